import { attribute } from '../../../src/engine/onnx/graph';
import { CaseTable, type SampleInput, type Sampler, fixed, microsoft, randomInts, real } from './sample';

/** (x − mean)/√(variance + ε)·scale + bias over rows of `width`; without centring the mean stays in. */
function normalised(
  x: ArrayLike<number>,
  width: number,
  epsilon: number,
  centred: boolean,
  scale: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = Array.from({ length: width }, (_, at) => x[start + at]);
    const mean = centred ? row.reduce((sum, value) => sum + value, 0) / width : 0;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    row.forEach(
      (value, at) =>
        (y[start + at] = ((value - mean) / Math.sqrt(variance + epsilon)) * scale[at] + (bias?.[at] ?? 0)),
    );
  }
  return y;
}

const epsilon = attribute.float('epsilon', 1e-3);

const epsilonValue = Math.fround(1e-3);

const layerNormalization: Sampler = (random) => {
  const dims = random.dims(3);
  const axis = random.pick(-1, 2, 1);
  const own = axis === 1 ? dims.slice(1) : dims.slice(2);
  const inputs = [real(random, dims), real(random, own), real(random, own)];
  return {
    inputs: random.pick(inputs, inputs.slice(0, 2)),
    attributes: [attribute.int('axis', axis), epsilon],
  };
};

const rms: Sampler = (random) => {
  const dims = random.dims(3);
  return {
    inputs: [real(random, dims), real(random, [dims[2]])],
    attributes: [attribute.int('axis', -1), epsilon],
    reference: ([x, scale]) => [normalised(x, dims[2], epsilonValue, false, scale)],
  };
};

const skip =
  (centred: boolean): Sampler =>
  (random) => {
    const dims = random.dims(3);
    const width = dims[2];
    const row = (): SampleInput => real(random, [width]);
    const gamma = row();
    const beta = centred ? [row()] : [];
    const outputs = random.pick(1, 4);
    return {
      inputs: [real(random, dims), real(random, dims), gamma, ...beta, row()],
      attributes: [epsilon],
      outputs,
      reference: (given) => {
        const [x, other, scale] = given;
        const bias = given[given.length - 1];
        const sum = x.map((value, at) => value + other[at] + bias[at % width]);
        const y = normalised(sum, width, epsilonValue, centred, scale, centred ? given[3] : undefined);
        return outputs === 1 ? [y] : [y, [], [], sum];
      },
    };
  };

const rotary =
  (order: 'onnx' | 'microsoft'): Sampler =>
  (random) => {
    const [batch, heads, tokens, half] = [
      random.int(1, 2),
      random.int(1, 3),
      random.int(2, 3),
      random.int(1, 3),
    ];
    const size = 2 * half;
    const interleaved = random.int(0, 1);
    const most = 5;
    const positions = randomInts(random, [batch, tokens], 0, most - 1);
    const angles = Array.from({ length: most * half }, () => random.unit() * 6);
    const cosine = fixed({
      dims: [most, half],
      values: angles.map((angle) => Math.fround(Math.cos(angle))),
      type: 'real',
      isFixed: true,
    });
    const sine = fixed({
      dims: [most, half],
      values: angles.map((angle) => Math.fround(Math.sin(angle))),
      type: 'real',
      isFixed: true,
    });
    return {
      inputs:
        order === 'onnx'
          ? [real(random, [batch, heads, tokens, size]), cosine, sine, positions]
          : [real(random, [batch, heads, tokens, size]), positions, cosine, sine],
      attributes: [attribute.int('interleaved', interleaved)],
      reference: ([x]) => {
        const y = new Float64Array(x.length);
        for (let row = 0; row < x.length / size; row++) {
          const [block, token] = [Math.floor(row / (heads * tokens)), row % tokens];
          for (let pair = 0; pair < half; pair++) {
            const [first, second] = interleaved ? [2 * pair, 2 * pair + 1] : [pair, pair + half];
            const at = positions.values[block * tokens + token] * half + pair;
            const [c, s] = [cosine.values[at], sine.values[at]];
            y[row * size + first] = x[row * size + first] * c - x[row * size + second] * s;
            y[row * size + second] = x[row * size + second] * c + x[row * size + first] * s;
          }
        }
        return [y];
      },
    };
  };

const table = new CaseTable();
const { add } = table;

add('Softmax', (random) => ({
  inputs: [real(random, random.dims(3))],
  attributes: [attribute.int('axis', random.axis(3))],
}));
add('LogSoftmax', (random) => ({
  inputs: [real(random, random.dims(3))],
  attributes: [attribute.int('axis', random.axis(3))],
}));
add('LayerNormalization', layerNormalization);
add('RMSNormalization', rms, { opset: 23 });
add('SimplifiedLayerNormalization', rms);
add('SkipLayerNormalization', skip(true), { domain: microsoft });
add('SkipSimplifiedLayerNormalization', skip(false), { domain: microsoft });
add('RotaryEmbedding', rotary('onnx'), { opset: 23 });
add('RotaryEmbedding', rotary('microsoft'), { name: 'RotaryEmbedding of onnxruntime', domain: microsoft });

export const normalizationCases = table.cases;
