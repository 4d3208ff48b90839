import { attribute } from '../../../src/engine/onnx/graph';
import {
  CaseTable,
  type SampleInput,
  type Sampler,
  binary,
  fixed,
  ints,
  microsoft,
  positive,
  real,
  scalar,
  sigmoid,
  unary,
} from './sample';

/** Series of the error function, exact in float64 for small arguments. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

const tanhGelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** f(x + bias) over the last axis, in float64. */
const withBias =
  (compute: (x: number) => number): Sampler =>
  (random) => {
    const dims = random.dims(3);
    const width = dims[2];
    return {
      inputs: [real(random, dims), real(random, [width])],
      reference: ([x, bias]) => [x.map((value, at) => compute(value + bias[at % width]))],
    };
  };

const table = new CaseTable();
const { add } = table;

add('Add', binary());
add('Sub', binary());
add('Neg', unary());
add('Sum', (random) => {
  const dims = random.dims();
  return { inputs: Array.from({ length: random.int(1, 3) }, () => real(random, random.narrowed(dims))) };
});
add('Mean', (random) => {
  const dims = random.dims();
  const inputs = Array.from({ length: random.int(1, 3) }, () => real(random, dims));
  return {
    inputs,
    reference: (values) => [
      values[0].map((_, at) => values.reduce((sum, each) => sum + each[at], 0) / values.length),
    ],
  };
});
add('Mul', binary());
add('Div', binary(real, positive));
add('Reciprocal', unary());
add('Pow', binary(positive));
for (const exponent of [2, 3, 0.5, -1]) {
  add(
    'Pow',
    (random) => ({
      inputs: [
        positive(random, random.dims()),
        fixed({ dims: [], values: [exponent], type: 'real', isFixed: true }),
      ],
    }),
    { name: `Pow by ${exponent}` },
  );
}
add('Pow', (random) => ({ inputs: [real(random, random.dims()), ints([2], [])] }), {
  name: 'Pow by an integer',
});
add('Sqrt', unary(positive));
add('Exp', unary());
add('Log', unary(positive));
add(
  'Softplus',
  scalar((x) => Math.log1p(Math.exp(x))),
);
add('Sin', unary());
add('Cos', unary());
add('Sigmoid', unary());
add('Tanh', unary());
add(
  'Softsign',
  scalar((x) => x / (1 + Math.abs(x))),
);
add(
  'Mish',
  scalar((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
);
add(
  'HardSigmoid',
  scalar((x) => Math.max(0, Math.min(1, Math.fround(0.2) * x + 0.5))),
);
add(
  'HardSwish',
  scalar((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
);
add(
  'QuickGelu',
  scalar((x) => x * sigmoid(1.5 * x), attribute.float('alpha', 1.5)),
  { domain: microsoft },
);
add('Relu', unary());
add(
  'LeakyRelu',
  scalar((x) => (x < 0 ? Math.fround(0.3) * x : x), attribute.float('alpha', 0.3)),
);
add(
  'Elu',
  scalar((x) => (x < 0 ? 1.5 * Math.expm1(x) : x), attribute.float('alpha', 1.5)),
);
add('PRelu', (random) => {
  const dims = random.dims(3);
  return { inputs: [real(random, dims), real(random, random.pick([dims[2]], dims))] };
});
add('Abs', unary());
add('Clip', (random) => {
  const [low, high] = [-0.9 + 0.1 * random.unit(), 0.9];
  const limit = (value: number): SampleInput => ({ dims: [], values: [value], type: 'real', isFixed: true });
  return {
    inputs: [
      real(random, random.dims()),
      ...random.pick<(SampleInput | undefined)[]>(
        [limit(low), limit(high)],
        [limit(low)],
        [undefined, limit(high)],
        [],
      ),
    ],
  };
});
add('Max', binary());
add('Min', binary());
add('Erf', scalar(erf));
add('Gelu', scalar(gelu), { opset: 20 });
add('Gelu', scalar(tanhGelu, attribute.string('approximate', 'tanh')), { name: 'Gelu by tanh', opset: 20 });
add('Gelu', scalar(gelu), { name: 'Gelu of onnxruntime', domain: microsoft });
add('BiasGelu', withBias(gelu), { domain: microsoft });
add('FastGelu', withBias(tanhGelu), { domain: microsoft });
add('FastGelu', scalar(tanhGelu), { name: 'FastGelu without bias', domain: microsoft });
add('Identity', unary());
add('Dropout', unary());
add(
  'Cast',
  scalar((x) => x, attribute.int('to', 1)),
  { name: 'Cast to float' },
);
add('Ceil', unary(), { name: 'Ceil (flat)' });

export const elementwiseCases = table.cases;
