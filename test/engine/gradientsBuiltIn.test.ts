import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor, type InferenceSession } from 'onnxruntime-node';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { readModel } from '../../src/engine/onnx/read';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument, type Lever } from '../../src/engine/sites/instrument';
import { Random } from './gradientCases/sample';
import { oneHot } from './gradientFixtures';

type Feeds = Record<string, OrtTensor>;

const tokens = [2, 7, 70, 700, 7000, 77, 3];

/** Values of a lever: 1 for the model as it is, or 0 where it is added. */
function atRest({ kind, dims }: Lever): OrtTensor {
  const shape =
    kind === 'embedding_noise'
      ? [1, tokens.length, Number(dims[2])]
      : dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const count = shape.reduce((product, dim) => product * dim, 1);
  return new OrtTensor('float32', new Float32Array(count).fill(kind === 'head_mask' ? 1 : 0), shape);
}

describe('gradients of the built-in models are the slopes that a run shows', () => {
  for (const [name, index] of [
    ['headlight-encoder-sentiment', [1]],
    ['headlight-decoder', [tokens.length - 1, 42]],
  ] as const) {
    test(name, async () => {
      const model = readModel(join(__dirname, '../../media/models', name, 'onnx/model.onnx'));
      const {
        model: edited,
        levers,
        embedded,
      } = instrument(model, findSites(model), { headMask: true, embeddingNoise: true });
      const [embeddings] = embedded.values();
      const masks = [...levers].flatMap(([lever, { kind }]) => (kind === 'head_mask' ? [lever] : []));
      const session = await openSession(
        differentiate(edited, { seeds: [{ tensor: 'logits', input: 'seed' }], of: [embeddings, ...masks] }),
        {
          intraOpNumThreads: 1,
        },
      );
      const sequence = { inputIds: tokens, attentionMask: tokens.map(() => 1), typeIds: tokens.map(() => 0) };
      const feeds: Feeds = fillInputs(model.graph.inputs, sequence);
      for (const [lever, described] of levers) feeds[lever] = atRest(described);
      const { logits } = await (await openSession(model)).run(fillInputs(model.graph.inputs, sequence));
      feeds.seed = oneHot(logits.dims, index);
      const results = await session.run(feeds);

      for (const [lever, { kind }] of levers) {
        const gradient = results[gradientName(kind === 'head_mask' ? lever : embeddings)]
          .data as Float32Array;
        const random = new Random(gradient.length);
        for (let direction = 0; direction < 3; direction++) {
          // Along the gradient itself first, then two random ways.
          const way = Float32Array.from(gradient, (slope) => (direction === 0 ? slope : random.unit() - 0.5));
          const length = Math.hypot(...way);
          const expected = gradient.reduce((sum, slope, at) => sum + (slope * way[at]) / length, 0);
          const measured = await slopeAlong(
            session,
            feeds,
            lever,
            way.map((value) => value / length),
            0.02,
          );
          const scale = Math.hypot(...gradient);
          assert.ok(
            Math.abs(measured - expected) <= 2e-3 * scale,
            `${lever}: ${expected} by the gradient, ${measured} by a run`,
          );
        }
      }
    });
  }
});

/** Central difference of the target along one direction of a lever, of fourth order. */
async function slopeAlong(
  session: InferenceSession,
  feeds: Feeds,
  lever: string,
  way: Float32Array,
  step: number,
): Promise<number> {
  const rest = feeds[lever];
  const target = async (distance: number): Promise<number> => {
    const moved = Float32Array.from(rest.data as Float32Array, (value, at) => value + distance * way[at]);
    const { logits } = await session.run({ ...feeds, [lever]: new OrtTensor('float32', moved, rest.dims) });
    const at = (feeds.seed.data as Float32Array).indexOf(1);
    return Number(logits.data[at]);
  };
  const near = (await target(step)) - (await target(-step));
  const far = (await target(2 * step)) - (await target(-2 * step));
  return (8 * near - far) / (12 * step);
}
