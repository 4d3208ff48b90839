import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { numbersOf } from '../../src/engine/onnx/constants';
import type { Model } from '../../src/engine/onnx/graph';
import { readModel } from '../../src/engine/onnx/read';
import { Engine } from '../../src/engine/session/engine';
import type { TargetRequest } from '../../src/protocol/inspection';
import { fixturesIn, type GoldenInput } from './golden';

const own = join(__dirname, '..', 'fixtures', 'models');
const everything = process.env['HEADLIGHT_FIXTURES'];
const folders = [own, ...(everything === undefined ? [] : [everything])].filter(existsSync);
const wanted = new RegExp(process.env['HEADLIGHT_ONLY'] ?? '');
const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});

/** Where the weights are in the export `eager-ts`, by how each architecture is built; nothing of this is known to the engine. */
interface Weights {
  /** Output projection of a layer: a name, or which of the numbered matrices it is. */
  readonly projection: (layer: number) => string | number;
  readonly finalNorm?: string;
  readonly finalBias?: string;
  /** Gemma normalises what attention gives before it is added. */
  readonly hasBranchNorm?: boolean;
  readonly isLayerNorm: boolean;
  readonly epsilon: number;
}

const llamaLike: Weights = {
  projection: (layer) => 7 * layer + 3,
  finalNorm: 'm.model.norm.weight',
  isLayerNorm: false,
  epsilon: 1e-6,
};
const weightsOf: Readonly<Record<string, Weights>> = {
  gpt2: {
    projection: (layer) => `m.transformer.h.${layer}.attn.c_proj.weight`,
    finalNorm: 'm.transformer.ln_f.weight',
    finalBias: 'm.transformer.ln_f.bias',
    isLayerNorm: true,
    epsilon: 1e-5,
  },
  gpt_neox: {
    projection: (layer) => 4 * layer + 1,
    finalNorm: 'm.gpt_neox.final_layer_norm.weight',
    finalBias: 'm.gpt_neox.final_layer_norm.bias',
    isLayerNorm: true,
    epsilon: 1e-5,
  },
  bloom: {
    projection: (layer) => 4 * layer + 1,
    finalNorm: 'm.transformer.ln_f.weight',
    finalBias: 'm.transformer.ln_f.bias',
    isLayerNorm: true,
    epsilon: 1e-5,
  },
  llama: llamaLike,
  qwen2: llamaLike,
  gemma2: { ...llamaLike, finalNorm: undefined, hasBranchNorm: true },
};

/** Direct logit attribution by its formula, in double precision, from PyTorch's contexts and the weights. */
function attributions(model: Model, weights: Weights, input: GoldenInput, cap: number | undefined) {
  const tensor = (name: string): Float64Array => {
    const found = model.graph.initializers.get(name) ?? assert.fail(`no weights ${name}`);
    return Float64Array.from(numbersOf(model, found));
  };
  const numbered = (kind: string): string[] =>
    [...model.graph.initializers.keys()]
      .filter((name) => name.startsWith(`onnx::${kind}_`))
      .sort((a, b) => Number(a.split('_')[1]) - Number(b.split('_')[1]));
  const matrices = numbered('MatMul');
  const scales = numbered('Mul');
  const golden = (key: string): { data: ArrayLike<number>; dims: readonly number[] } => {
    const found = input.golden(key) ?? assert.fail(key);
    return { data: Float64Array.from(found.data as Float32Array), dims: found.dims };
  };
  const [row, id] = input.scalar.index;
  const unembedding = tensor(matrices[matrices.length - 1]);
  const finalScale = tensor(weights.finalNorm ?? scales[scales.length - 1]);
  const width = finalScale.length;
  const vocabulary = unembedding.length / width;
  const rowOf = (key: string): Float64Array =>
    Float64Array.from(Array.from(golden(key).data).slice(row * width, (row + 1) * width));
  const meanOf = (vector: Float64Array): number => vector.reduce((sum, x) => sum + x, 0) / width;
  const inverse = (vector: Float64Array, mean: number): number =>
    1 / Math.sqrt(vector.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width + weights.epsilon);

  const end = rowOf('final_norm_input');
  const held = inverse(end, weights.isLayerNorm ? meanOf(end) : 0);
  /** Through the final norm, its deviation held, and the unembedding of the target. */
  const written = (vector: Float64Array): number => {
    const mean = weights.isLayerNorm ? meanOf(vector) : 0;
    return vector.reduce(
      (sum, x, d) => sum + (x - mean) * held * finalScale[d] * unembedding[d * vocabulary + id],
      0,
    );
  };
  const heads: number[] = [];
  for (let layer = 0; input.golden(`context.self.${layer}`) !== undefined; layer++) {
    const { data, dims } = golden(`context.self.${layer}`);
    const [, count, queries, size] = dims;
    const place = weights.projection(layer);
    const projection = tensor(typeof place === 'number' ? matrices[place] : place);
    const outputs = Array.from({ length: count }, (_, head) => {
      const output = new Float64Array(width);
      for (let j = 0; j < size; j++)
        for (let d = 0; d < width; d++)
          output[d] += data[(head * queries + row) * size + j] * projection[(head * size + j) * width + d];
      return output;
    });
    if (weights.hasBranchNorm === true) {
      const whole = outputs[0].map((_, d) => outputs.reduce((sum, output) => sum + output[d], 0));
      const scale = tensor(scales[4 * layer + 1]);
      const branch = inverse(whole, 0);
      for (const output of outputs) output.forEach((x, d) => (output[d] = x * branch * scale[d]));
    }
    heads.push(...outputs.map(written));
  }
  const bias =
    weights.finalBias === undefined
      ? 0
      : tensor(weights.finalBias).reduce((sum, x, d) => sum + x * unembedding[d * vocabulary + id], 0);
  const logit = cap === undefined ? input.scalar.value : cap * Math.atanh(input.scalar.value / cap);
  return { heads, stream: written(end), bias, logit };
}

describe('direct logit attribution', { concurrency: false }, () => {
  for (const folder of folders) {
    for (const fixture of fixturesIn(folder)) {
      const weights = weightsOf[fixture.architecture];
      const name = `${fixture.architecture}/${fixture.form}`;
      if (weights === undefined || !wanted.test(name) || /int8|fp16|q4/.test(fixture.form)) continue;
      test(`of ${name} is what the formula gives, and with the other parts makes up the logit`, async () => {
        const model = readModel(join(fixture.folder, 'eager-ts', 'model.onnx'));
        const config = JSON.parse(readFileSync(join(fixture.folder, 'config.json'), 'utf8')) as {
          final_logit_softcapping?: number;
        };
        for (const input of await fixture.inputs()) {
          if (input.isPadded) continue;
          const { heads, stream, bias, logit } = attributions(
            model,
            weights,
            input,
            config.final_logit_softcapping,
          );
          const [position, id] = input.scalar.index;
          const { blocks } = await engine.inspect(1, {
            model: fixture.folder,
            onnx: fixture.onnx,
            text: '',
            feeds: input.feeds,
            target: { position, id },
            measures: ['direct-logit-attribution'],
            saliency: [],
            parse: 'none',
          });
          const ours = blocks[0].measures['direct-logit-attribution'] ?? assert.fail('none');
          assert.equal(ours.length, heads.length);
          heads.forEach((value, head) =>
            assert.ok(
              Math.abs(ours[head] - value) < 1e-4,
              `${input.name}, ${head}: ${ours[head]}, not ${value}`,
            ),
          );
          // Heads, feed-forward blocks, embeddings and biases are all that the stream is the sum of.
          const rest = stream - heads.reduce((sum, value) => sum + value, 0);
          const total = ours.reduce((sum, value) => sum + value, 0) + rest + bias;
          assert.ok(Math.abs(total - logit) < 1e-3, `${input.name}: ${total}, not ${logit}`);
        }
      });
    }
  }

  test('of a contrast is the difference', async () => {
    const of = async (target: TargetRequest) => {
      const { blocks } = await engine.inspect(1, {
        model: 'headlight-decoder',
        text: 'def add(a, b):',
        target,
        measures: ['direct-logit-attribution'],
        saliency: [],
        parse: 'none',
      });
      return blocks[0].measures['direct-logit-attribution'] ?? assert.fail();
    };
    const [first, second] = [await of({ id: 20 }), await of({ id: 30 })];
    const contrast = await of({ id: 20, contrast: { id: 30 } });
    contrast.forEach((value, head) => assert.ok(Math.abs(value - (first[head] - second[head])) < 1e-4));
    assert.ok(contrast.some((value) => Math.abs(value) > 1e-3));
  });

  test('has no meaning where every layer is normalised, and says so', async () => {
    const { blocks, unmeasured } = await engine.inspect(1, {
      model: 'headlight-encoder-sentiment',
      text: 'A fine film.',
      measures: ['direct-logit-attribution', 'confidence'],
      parse: 'none',
    });
    assert.equal(blocks[0].measures['direct-logit-attribution'], undefined);
    assert.ok(blocks[0].measures.confidence);
    assert.match(unmeasured?.['direct-logit-attribution'] ?? '', /normalises after each layer/);
  });
});
