import { attribute } from '../../../src/engine/onnx/graph';
import { CaseTable, type Sampler, fixed, microsoft, real, sigmoid } from './sample';

const matrices: Sampler = (random) => {
  const [m, k, n] = random.dims(3);
  const batch = random.dims(random.int(0, 2));
  const left = random.pick([k], [m, k], [...batch, m, k], [...random.narrowed(batch), m, k]);
  const right = random.pick([k], [k, n], [...batch, k, n], [...random.narrowed(batch), k, n]);
  return { inputs: [real(random, left), real(random, right)] };
};

/** Products with transposed operands, in float64. */
const fusedMatrices: Sampler = (random) => {
  const [batch, m, k, n] = random.dims(4);
  const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
  const alpha = 0.5 + random.unit();
  return {
    inputs: [
      real(random, transA ? [batch, k, m] : [batch, m, k]),
      real(random, transB ? [batch, n, k] : [batch, k, n]),
    ],
    attributes: [
      attribute.int('transA', transA),
      attribute.int('transB', transB),
      attribute.float('alpha', Math.fround(alpha)),
    ],
    reference: ([a, b]) => {
      const y = new Float64Array(batch * m * n);
      for (let at = 0; at < y.length; at++) {
        const [block, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
        for (let inner = 0; inner < k; inner++) {
          const left = a[block * m * k + (transA ? inner * m + row : row * k + inner)];
          const right = b[block * k * n + (transB ? column * k + inner : inner * n + column)];
          y[at] += Math.fround(alpha) * left * right;
        }
      }
      return [y];
    },
  };
};

const general =
  (isFused: boolean): Sampler =>
  (random) => {
    const [m, k, n] = random.dims(3);
    const [transA, transB] = [random.int(0, 1), random.int(0, 1)];
    const [alpha, beta] = [Math.fround(0.5 + random.unit()), Math.fround(0.5 + random.unit())];
    const width = random.pick(1, n);
    const activation = isFused ? random.pick('Tanh', 'Sigmoid', 'Relu', 'LeakyRelu') : 'none';
    const activate = {
      Tanh: Math.tanh,
      Sigmoid: sigmoid,
      Relu: (x: number) => Math.max(x, 0),
      LeakyRelu: (x: number) => (x < 0 ? Math.fround(0.1) * x : x),
      none: (x: number) => x,
    }[activation];
    return {
      inputs: [
        real(random, transA ? [k, m] : [m, k]),
        real(random, transB ? [n, k] : [k, n]),
        real(random, [width]),
      ],
      attributes: [
        attribute.int('transA', transA),
        attribute.int('transB', transB),
        attribute.float('alpha', alpha),
        attribute.float('beta', beta),
        ...(isFused
          ? [attribute.string('activation', activation), attribute.float('activation_alpha', 0.1)]
          : []),
      ],
      reference: isFused
        ? ([a, b, c]) => {
            const y = new Float64Array(m * n);
            for (let at = 0; at < y.length; at++) {
              const [row, column] = [Math.floor(at / n), at % n];
              let sum = beta * c[column % width];
              for (let inner = 0; inner < k; inner++)
                sum +=
                  alpha *
                  a[transA ? inner * m + row : row * k + inner] *
                  b[transB ? column * k + inner : inner * n + column];
              y[at] = activate(sum);
            }
            return [y];
          }
        : undefined,
    };
  };

/** A convolution over one spatial axis, in float64. */
const convolution: Sampler = (random) => {
  const [batch, channels, filters, kernel] = [
    random.int(1, 2),
    random.int(1, 2),
    random.int(1, 3),
    random.int(1, 3),
  ];
  const [stride, dilation, before, behind] = [
    random.int(1, 3),
    random.int(1, 2),
    random.int(0, 1),
    random.int(0, 1),
  ];
  const length = random.int(6, 9);
  const weight = fixed(real(random, [filters, channels, kernel]));
  const results = Math.floor((length + before + behind - dilation * (kernel - 1) - 1) / stride) + 1;
  return {
    inputs: [real(random, [batch, channels, length]), weight, real(random, [filters])],
    attributes: [
      attribute.ints('strides', [stride]),
      attribute.ints('dilations', [dilation]),
      attribute.ints('pads', [before, behind]),
    ],
    reference: ([x, , bias]) => {
      const y = new Float64Array(batch * filters * results);
      for (let at = 0; at < y.length; at++) {
        const [block, filter, place] = [
          Math.floor(at / (filters * results)),
          Math.floor(at / results) % filters,
          at % results,
        ];
        y[at] = bias[filter];
        for (let channel = 0; channel < channels; channel++) {
          for (let tap = 0; tap < kernel; tap++) {
            const from = place * stride + tap * dilation - before;
            if (from >= 0 && from < length)
              y[at] +=
                x[(block * channels + channel) * length + from] *
                Math.fround(weight.values[(filter * channels + channel) * kernel + tap]);
          }
        }
      }
      return [y];
    },
  };
};

const einsum: Sampler = (random) => {
  const [b, i, j, k] = random.dims(4);
  const size: Record<string, number> = { b, i, j, k };
  const shape = (letters: string): number[] => [...letters].map((letter) => size[letter]);
  const [equation, ...terms] = random.pick(
    ['bij,bjk->bik', 'bij', 'bjk'],
    ['bij,kj->bki', 'bij', 'kj'],
    ['ij,jk', 'ij', 'jk'],
    ['bij,bij->b', 'bij', 'bij'],
    ['bij->bi', 'bij'],
    ['ij->ji', 'ij'],
    ['i,j,k->kji', 'i', 'j', 'k'],
  );
  return {
    inputs: terms.map((term) => real(random, shape(term))),
    attributes: [attribute.string('equation', equation)],
  };
};

const table = new CaseTable();
const { add } = table;

add('MatMul', matrices);
add('FusedMatMul', fusedMatrices, { domain: microsoft });
add('Gemm', general(false));
add('FusedGemm', general(true), { domain: microsoft });
add('Einsum', einsum);
add('Conv', convolution);

export const productCases = table.cases;
