import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NodeBuilder } from '../../src/engine/onnx/builder';
import { copyModel } from '../../src/engine/onnx/copy';
import { ElementType, type Model } from '../../src/engine/onnx/graph';
import { topologicalOrder } from '../../src/engine/onnx/wiring';
import { encodeModel } from '../../src/engine/onnx/write';
import { tensorOf } from '../../src/engine/session/feeds';
import { findModel } from '../../src/engine/session/folder';
import { LoadedModel } from '../../src/engine/session/loaded';
import { openSession, SessionCache } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { heads, Sketch, width, type Spelling } from './attentionGraphs';
import { largestDifference, largestMagnitude } from './golden';
import { floats } from './siteTensors';

const ids = [3, 1, 4, 1, 5, 9];
const tokens = ids.length;
const size = heads * tokens * tokens;
/** The target: numbers of the answer of one token, weighed so that none cancels another. */
const position = 2;
const weights = Float32Array.from({ length: width }, (_, at) => Math.cos(at) - 0.2);

/** A model of two layers whose attention is spelled so; the answer is [B, S, D]. */
function sketched(spelling: Spelling): Model {
  const sketch = new Sketch(7);
  const first = sketch.layer(sketch.embed('input_ids'), { spelling });
  const answer = sketch.norm(sketch.layer(first));
  sketch.build.node('Identity', [answer], ['logits']);
  const model = sketch.model();
  model.graph.outputs = [{ name: 'logits', type: ElementType.float, dims: ['batch', 'sequence', width] }];
  return model;
}

/** How the probabilities of each spelling lie in memory, in other words than those of the engine. */
const layouts: readonly (readonly [Spelling, shape: readonly number[], perm: readonly number[]])[] = [
  ['plain', [1, heads, tokens, tokens], [0, 1, 2, 3]],
  ['einsum', [1, heads, tokens, tokens], [0, 1, 2, 3]],
  ['einsum-rows-first', [1, heads, tokens, tokens], [0, 2, 1, 3]],
  ['batch-and-heads-in-one-axis', [heads, tokens, tokens], [0, 1, 2]],
  ['grouped', [1, heads, 1, tokens, tokens], [0, 1, 2, 3, 4]],
];

/** Central differences of the target by each weight of the first layer [H, S, S], by runs of a model that adds to its weights. */
async function differences(
  model: Model,
  shape: readonly number[],
  perm: readonly number[],
): Promise<Float32Array> {
  const copy = copyModel(model);
  const [{ probabilities, reader }] = findSites(model).sites;
  copy.graph.inputs.push({ name: 'delta', type: ElementType.float, dims: shape });
  const build = new NodeBuilder(copy.graph, 'test');
  const sum = build.op('Add', [probabilities, build.transpose('delta', perm)]);
  const node = copy.graph.nodes.find(({ outputs }) => outputs.includes(reader.output)) ?? assert.fail();
  node.inputs[reader.slot] = sum;
  build.appendTo();
  copy.graph.nodes = topologicalOrder(copy.graph);
  const session = await openSession(copy);
  const targetAt = async (delta: Float32Array): Promise<number> => {
    const { logits } = await session.run({
      input_ids: tensorOf(ElementType.int64, ids, [1, tokens]),
      delta: tensorOf(ElementType.float, delta, shape),
    });
    const row = floats(logits).data.subarray(position * width, (position + 1) * width);
    return row.reduce((total, value, at) => total + value * weights[at], 0);
  };
  const step = 0.02;
  const slopes = new Float32Array(size);
  for (let at = 0; at < size; at++) {
    const [up, down] = [new Float32Array(size), new Float32Array(size)];
    up[at] = step;
    down[at] = -step;
    slopes[at] = ((await targetAt(up)) - (await targetAt(down))) / (2 * step);
  }
  await session.release();
  return slopes;
}

describe('gradients of attention', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-attention-'));
    const model = { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' };
    writeFileSync(
      join(folder, 'tokenizer.json'),
      JSON.stringify({ version: '1.0', added_tokens: [], pre_tokenizer: { type: 'Whitespace' }, model }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [spelling, shape, perm] of layouts) {
    test(`spelled “${spelling}” are [H, Sq, Sk], as central differences say, of edited attention too`, async () => {
      const model = sketched(spelling);
      const file = join(folder, `${spelling}.onnx`);
      writeFileSync(file, encodeModel(model));
      const loaded = await LoadedModel.open(findModel(file, folder), new SessionCache(4));
      const sequence = { inputIds: ids, attentionMask: ids.map(() => 1), typeIds: ids.map(() => 0) };
      const seed = { weights, positions: [position] };
      const options = { ablate: [], attentions: true };
      const { attentions } = await loaded.gradients(sequence, seed, options);
      const [gradient] = attentions?.get('self') ?? assert.fail();
      assert.deepEqual(gradient.dims, [heads, tokens, tokens]);
      const slopes = await differences(model, shape, perm);
      const off = largestDifference(gradient.data, slopes) / largestMagnitude(slopes);
      assert.ok(off < 2e-3, `off by ${off}`);

      const rest = { data: new Float32Array(tokens).fill(1), dims: [1, 1, tokens] };
      const scales = new Map([['self.0', { scale: rest }]]);
      const edited = await loaded.gradients(sequence, seed, { ...options, scales });
      const [same] = edited.attentions?.get('self') ?? assert.fail();
      assert.deepEqual(same.dims, gradient.dims);
      assert.ok(largestDifference(same.data, gradient.data) / largestMagnitude(slopes) < 1e-4);
    });
  }
});
