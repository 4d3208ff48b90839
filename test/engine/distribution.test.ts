import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tokenSurprisal } from '../../src/engine/measures/surprisal';
import { Engine } from '../../src/engine/session/engine';
import { logitsAt } from '../../src/engine/session/logitRows';
import type { InspectRequest } from '../../src/protocol/inspection';
import { fixturesIn } from './golden';

const modelsFolder = join(__dirname, '../../media/models');
const fixtures = process.env.HEADLIGHT_FIXTURES ?? join(__dirname, '../fixtures/models');

function engineWith(): Engine {
  return new Engine({ modelsFolder, events: { progress: () => undefined, log: () => undefined } });
}

/** log₂ softmax of a row, in float64, written apart from the product's. */
function log2Softmax(row: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(row);
  const largest = values.reduce((a, b) => Math.max(a, b));
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
  return values.map((value) => (value - largest - Math.log(sum)) / Math.LN2);
}

describe('surprisal and distributions against golden logits', { concurrency: false }, () => {
  for (const fixture of fixturesIn(fixtures)) {
    if (fixture.form !== 'eager-ts' || !['gpt2', 'llama'].includes(fixture.architecture)) continue;
    test(`${fixture.architecture}: bits of each token, and the distribution after each`, async () => {
      const engine = engineWith();
      for (const input of await fixture.inputs()) {
        if (input.isPadded) continue;
        const logits = input.golden('logits');
        assert.ok(logits);
        const vocabulary = logits.dims.at(-1) ?? 0;
        const ids = Array.from(input.feeds['input_ids'].data, Number);
        const rows = ids.map((_, i) =>
          log2Softmax(Array.from(logits.data.subarray(i * vocabulary, (i + 1) * vocabulary), Number)),
        );
        const { id } = await engine.inspect(1, {
          model: fixture.folder,
          onnx: fixture.onnx,
          text: '',
          feeds: input.feeds,
          saliency: [],
          measures: [],
        });
        const bits = await engine.surprisal(2, { inspection: id });
        assert.ok(Number.isNaN(bits[0]));
        ids
          .slice(1)
          .forEach((token, i) =>
            assert.ok(Math.abs(bits[i + 1] + rows[i][token]) < 1e-4, `${input.name} ${i + 1}`),
          );

        for (const position of [0, Math.floor(ids.length / 2), ids.length - 1]) {
          const next = await engine.distribution(3, { inspection: id, position });
          const row = rows[position];
          const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a]);
          assert.equal(next.position, position);
          assert.equal(next.candidates.length, 20);
          next.candidates.forEach(({ id: candidate, probability }, rank) => {
            assert.ok(Math.abs(probability - 2 ** row[candidate]) < 1e-5);
            assert.ok(Math.abs(row[candidate] - row[order[rank]]) < 1e-4, `rank ${rank}`);
          });
          const entropy = row.reduce((sum, log) => sum - 2 ** log * log, 0);
          assert.ok(Math.abs(next.entropy - entropy) < 1e-4);
          const actual = ids[position + 1];
          assert.equal(next.actual?.id, actual);
          if (actual === undefined) continue;
          assert.equal(next.actual?.rank, 1 + row.filter((log) => log > row[actual]).length);
          assert.ok(Math.abs((next.actual?.probability ?? NaN) - 2 ** row[actual]) < 1e-5);
        }
      }
    });
  }
});

describe('what the inspection’s own run says of every token', { concurrency: false }, () => {
  const causal = ['gpt2', 'llama', 'qwen2', 'gpt_neox', 'bloom', 'gemma2'];
  for (const fixture of fixturesIn(fixtures)) {
    if (!causal.includes(fixture.architecture)) continue;
    test(`${fixture.architecture} ${fixture.form}: surprisal and logits are those of a run for all tokens`, async () => {
      const engine = engineWith();
      const input = (await fixture.inputs()).find(({ isPadded }) => !isPadded);
      assert.ok(input);
      const { id } = await engine.inspect(1, {
        model: fixture.folder,
        onnx: fixture.onnx,
        text: '',
        feeds: input.feeds,
        saliency: [],
        measures: [],
      });
      const bits = await engine.surprisal(2, { inspection: id });
      const next = await engine.distribution(3, { inspection: id, position: 2 });
      await engine.furtherRun(4, id, async ({ model, result: { prepared, interventions, forward } }) => {
        const { ids } = prepared.tokens;
        const all = await logitsAt(model, prepared.sequence, Array.from(ids.keys()), interventions);
        const isQuantised = /^int8|^4-bit/.test(model.summary.quantisation);
        if (!isQuantised) assert.equal(forward.stream?.dims[0], ids.length);
        // Where numbers are quantised as they come, a row alone has a scale of its own.
        const within = isQuantised ? 0.3 : model.summary.quantisation.startsWith('float16') ? 0.02 : 1e-4;
        const expected = tokenSurprisal(all, ids);
        bits.slice(1).forEach((value, i) => assert.ok(Math.abs(value - expected[i + 1]) < within, `${i}`));
        const width = all.dims[1];
        next.candidates.forEach(({ id: token, logit }) =>
          assert.ok(Math.abs(logit - all.data[2 * width + token]) < within, `${token}`),
        );
      });
    });
  }
});

describe('distributions of the built-in decoder', { concurrency: false }, () => {
  const text = 'The parcel was opened before it reached me, and the parcel was';
  const request: InspectRequest = { model: 'headlight-decoder', text, parse: 'none', saliency: [] };

  test('are the inspection’s own at its position, with what each token adds to the text', async () => {
    const engine = engineWith();
    const { id, prediction, tokens } = await engine.inspect(1, request);
    const { texts, actual, ...next } = await engine.distribution(2, { inspection: id });
    assert.deepEqual(next, prediction);
    assert.equal(next.position, tokens.ids.length - 1);
    assert.equal(actual, undefined);
    assert.deepEqual(
      texts,
      prediction.candidates.map(({ label }) => label),
    );
    // The texts are what makes the token the next one.
    for (const i of [0, 7, 19]) {
      const longer = await engine.inspect(3, { ...request, text: text + texts[i], measures: [] });
      assert.deepEqual(longer.tokens.ids.slice(-1), Int32Array.of(prediction.candidates[i].id));
    }
  });

  test('with “what if”: those of an inspection of the text with the token', async () => {
    const engine = engineWith();
    const { id, prediction } = await engine.inspect(1, request);
    const after = [prediction.candidates[2].id];
    const next = await engine.distribution(2, { inspection: id, after });
    const longer = await engine.inspect(3, { ...request, text: text + prediction.candidates[2].label });
    next.candidates.forEach((candidate, i) => {
      assert.equal(candidate.id, longer.prediction.candidates[i].id);
      assert.ok(Math.abs(candidate.probability - longer.prediction.candidates[i].probability) < 1e-6);
    });
  });

  test('take less time than the inspection, wherever the cursor is', async () => {
    const engine = engineWith();
    const long = { ...request, text: `${text} not there. `.repeat(8) };
    const { id, tokens, timings } = await engine.inspect(1, long);
    await engine.distribution(2, { inspection: id, position: 3 });
    const times: number[] = [];
    for (let position = 4; position < 24; position++) {
      const began = performance.now();
      await engine.distribution(3, { inspection: id, position });
      times.push(performance.now() - began);
    }
    const median = times.sort((a, b) => a - b)[10];
    assert.ok(tokens.ids.length > 100);
    assert.ok(median < timings.total, `${median} ms, the inspection ${timings.total} ms`);
  });

  test('surprisal is the saliency measure of that name', async () => {
    const engine = engineWith();
    const measured = await engine.inspect(1, { ...request, saliency: ['surprisal'] });
    const bits = await engine.surprisal(2, { inspection: measured.id });
    assert.deepEqual(bits, measured.saliency.surprisal);
    const { id } = await engine.inspect(3, request);
    const computed = await engine.surprisal(4, { inspection: id });
    bits.forEach((value, i) => assert.ok(i === 0 || Math.abs(value - computed[i]) < 1e-4));
  });

  test('a model that does not predict the next token says so', async () => {
    const engine = engineWith();
    const { id } = await engine.inspect(1, { ...request, model: 'headlight-encoder-sentiment' });
    await assert.rejects(engine.distribution(2, { inspection: id }), /does not predict the next token/);
    await assert.rejects(engine.surprisal(3, { inspection: id }), /does not predict the next token/);
  });
});
