import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { InferenceSession } from 'onnxruntime-node';
import { readModel } from '../../src/engine/onnx/read';
import { Engine } from '../../src/engine/session/engine';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import { loadTokenizer } from '../../src/engine/tokens/load';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { tensorTable } from '../../src/engine/session/tensorTable';
import { writeEmbedder } from './derivedModels';
import { largestDifference, largestMagnitude } from './golden';

const text = 'The licence covers the work.';
const other = 'Copying is allowed with this notice.';

describe('similarity of two texts', { concurrency: false }, () => {
  let folder = '';
  let request: { model: string; onnx: string; text: string; parse: 'none' };
  const engine = new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-similarity-'));
    writeEmbedder(folder);
    request = { model: folder, onnx: join(folder, 'onnx', 'model.onnx'), text, parse: 'none' };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The mean of the output over tokens, by a session of the test's own; embeddings can be moved by noise. */
  async function embedding(ids: readonly number[], noise?: Float32Array): Promise<Float64Array> {
    const model = readModel(request.onnx);
    session ??= await openSession(instrument(model, findSites(model), { embeddingNoise: true }).model);
    const zeros = ids.map(() => 0);
    const feeds = fillInputs(model.graph.inputs, {
      inputIds: ids,
      attentionMask: ids.map(() => 1),
      typeIds: zeros,
    });
    const moved = noise ?? new Float32Array(ids.length * width);
    const { last_hidden_state: states } = await session.run({
      ...feeds,
      'embedding_noise.self': new OrtTensor('float32', moved, [1, ids.length, width]),
    });
    const mean = new Float64Array(48);
    (states.data as Float32Array).forEach((value, i) => (mean[i % 48] += value / ids.length));
    return mean;
  }
  let session: InferenceSession | undefined;
  const width = 48;
  const idsOf = async (of: string): Promise<number[]> => {
    const tokenizer = (await loadTokenizer(folder)) ?? assert.fail();
    return Array.from((await tokenizer.encode(of)).ids);
  };
  const cosine = (a: Float64Array, b: Float64Array): number => {
    const dot = (x: Float64Array, y: Float64Array): number =>
      x.reduce((sum, value, i) => sum + value * y[i], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  test('is the cosine of the mean outputs; the command line’s second text asks for it', async () => {
    const expected = cosine(await embedding(await idsOf(text)), await embedding(await idsOf(other)));
    const asked = await engine.inspect(1, { ...request, target: { similarTo: other } });
    assert.equal(asked.target.kind, 'similarity');
    assert.equal(asked.target.label, `similarity to “${other}”`);
    assert.ok(Math.abs(asked.target.value - expected) < 1e-5, `${asked.target.value}, not ${expected}`);
    const paired = await engine.inspect(1, { ...request, pair: other });
    assert.deepEqual(paired.target, asked.target);
    assert.deepEqual(Array.from(paired.pair?.ids ?? []), await idsOf(other));
    assert.equal(paired.pairText, other);
    const self = await engine.inspect(1, { ...request, pair: text });
    assert.ok(Math.abs(self.target.value - 1) < 1e-6);
    const alone = await engine.inspect(1, request);
    assert.equal(alone.target.kind, 'norm');
  });

  test('has the gradients that central differences have', async () => {
    const ids = await idsOf(text);
    const fixed = await embedding(await idsOf(other));
    const { gradients } = await engine.inspectCompletely(1, { ...request, target: { similarTo: other } });
    const ours = gradients?.embeddings.get('self')?.gradient ?? assert.fail();
    assert.deepEqual(ours.dims, [ids.length, width]);
    const step = 1e-2;
    let largest = 0;
    let worst = 0;
    for (let at = 0; at < ours.data.length; at += 7) {
      const moved = async (by: number): Promise<number> => {
        const noise = new Float32Array(ours.data.length);
        noise[at] = by;
        return cosine(await embedding(ids, noise), fixed);
      };
      const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
      largest = Math.max(largest, Math.abs(difference));
      worst = Math.max(worst, Math.abs(difference - ours.data[at]));
    }
    assert.ok(largest > 1e-4 && worst < 0.01 * largest, `${worst} of ${largest}`);
  });

  test('is explained by both texts: the second has what it would have as the first', async () => {
    const saliency = ['gradient-l1', 'input-x-gradient', 'integrated-gradients', 'occlusion'] as const;
    const asked = await engine.inspectCompletely(1, { ...request, target: { similarTo: other }, saliency });
    const turned = await engine.inspect(2, {
      ...request,
      text: other,
      target: { similarTo: text },
      saliency,
    });
    for (const name of saliency) {
      const [own, theirs] = [asked.inspection.pairSaliency?.[name], turned.saliency[name]];
      assert.ok(own && theirs, name);
      // Special tokens are not occluded.
      const [ours, expected] = [own, theirs].map((scores) => scores.map((score) => score || 0));
      const off = largestDifference(ours, expected) / largestMagnitude(expected);
      assert.ok(off < 1e-3, `${name} is off by ${off}`);
    }
    assert.deepEqual(asked.inspection.pair?.pieces, turned.tokens.pieces);
    const table = tensorTable(asked);
    assert.deepEqual(table.get('saliency.pair.occlusion')?.data, asked.inspection.pairSaliency?.occlusion);
    assert.ok(table.has('pair_input_ids') && table.has('saliency.occlusion'));
    assert.ok(![...table.keys()].some((name) => /decoder|encoder/.test(name)));
  });

  test('integrated gradients add up to it, occlusion and ablation are of it', async () => {
    const {
      target,
      saliency,
      completenessGap = NaN,
      blocks,
      tokens,
    } = await engine.inspect(1, {
      ...request,
      target: { similarTo: other },
      saliency: ['integrated-gradients', 'occlusion'],
      measures: ['ablation-effect', 'head-deviation', 'direct-logit-attribution'],
      integratedGradients: { steps: 200, baseline: 'pad' },
    });
    const sum = Array.from(saliency['integrated-gradients'] ?? []).reduce((total, score) => total + score, 0);
    assert.ok(
      Math.abs(sum) > 0.01 && completenessGap < 0.02 * Math.abs(sum),
      `gap ${completenessGap} of ${sum}`,
    );
    const ids = Array.from(tokens.ids);
    const mask = (await loadTokenizer(folder))?.specials.mask?.id ?? assert.fail();
    const fixed = await embedding(await idsOf(other));
    const covered = cosine(await embedding(ids.map((id, i) => (i === 2 ? mask : id))), fixed);
    assert.ok(Math.abs((saliency.occlusion?.[2] ?? NaN) - (target.value - covered)) < 1e-5);
    const without = await engine.inspect(2, {
      ...request,
      target: { similarTo: other },
      measures: [],
      ablate: [{ block: 'self', layer: 1, head: 2 }],
    });
    const effect = blocks[0].measures['ablation-effect']?.[1 * blocks[0].heads + 2] ?? NaN;
    assert.ok(Math.abs(effect - (without.target.value - target.value)) < 1e-5);
    assert.equal(without.before?.target.value, target.value);
    // Not a probability: the deviation is how far it moves.
    const deviation = blocks[0].measures['head-deviation']?.[1 * blocks[0].heads + 2] ?? NaN;
    assert.ok(Math.abs(deviation - Math.abs(effect)) < 1e-6);
    assert.equal(blocks[0].measures['direct-logit-attribution'], undefined);
  });

  test('leaves padding out of the mean', async () => {
    const ids = await idsOf(text);
    const padded = [...ids, 0, 0, 0];
    const feed = (values: readonly number[]) => ({ data: Int32Array.from(values), dims: [values.length] });
    const { target } = await engine.inspect(1, {
      ...request,
      text: '',
      feeds: {
        input_ids: feed(padded),
        attention_mask: feed(padded.map((_, i) => (i < ids.length ? 1 : 0))),
        token_type_ids: feed(padded.map(() => 0)),
      },
      target: { similarTo: other },
    });
    const whole = await engine.inspect(1, { ...request, target: { similarTo: other } });
    assert.ok(Math.abs(target.value - whole.target.value) < 1e-5);
  });

  test('is refused where there are no embeddings, and to nothing', async () => {
    const model = 'headlight-encoder-sentiment';
    await assert.rejects(
      engine.inspect(1, { model, text, parse: 'none', target: { similarTo: other } }),
      /Similarity is for models that give embeddings; “headlight-encoder-sentiment” does not/,
    );
    await assert.rejects(
      engine.inspect(1, { ...request, target: { similarTo: ' ' } }),
      /text to compare with is empty/,
    );
  });
});
