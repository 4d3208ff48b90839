import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { calibrationEdits } from '../../src/engine/measures/sinkCalibration';
import { Engine } from '../../src/engine/session/engine';
import type { InspectionResult } from '../../src/engine/session/inspect';
import { sameEdits, withEdit, withFactor, type AttentionEdit } from '../../src/protocol/edits';
import { saliencyNames, type InspectRequest } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import { largestDifference } from './golden';

const newEngine = (): Engine =>
  new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });

const request: InspectRequest = {
  model: 'headlight-encoder-sentiment',
  text: 'The film is slow, but its quiet performances make it a small masterpiece.',
  parse: 'none',
};
const column: AttentionEdit = { block: 'self', layer: 1, head: 2, key: 4, factor: 0 };
const edge: AttentionEdit = { block: 'self', layer: 1, head: 3, query: 5, key: 2, factor: 0.5 };

function weightsOf({ attentions }: InspectionResult, layer: number, head: number): Tensor {
  const { data, dims } = attentions.get('self')?.[layer] ?? assert.fail();
  const size = dims[1] * dims[2];
  return { data: data.slice(head * size, (head + 1) * size), dims: dims.slice(1) };
}

describe('an inspection with attention edited', () => {
  test('reports the attention that the model used, and nothing else in that layer is another one', async () => {
    const engine = newEngine();
    const whole = await engine.inspectCompletely(1, request);
    const edited = await engine.inspectCompletely(2, { ...request, edits: [column, edge] });
    const heads = whole.inspection.blocks[0].heads;
    for (let head = 0; head < heads; head++) {
      const before = weightsOf(whole, 1, head);
      const after = weightsOf(edited, 1, head);
      const [rows, keys] = before.dims;
      for (let row = 0; row < rows; row++) {
        const factor = (key: number): number =>
          head === 2 && key === 4 ? 0 : head === 3 && row === 5 && key === 2 ? 0.5 : 1;
        let left = 0;
        for (let key = 0; key < keys; key++) left += before.data[row * keys + key] * factor(key);
        for (let key = 0; key < keys; key++) {
          const expected = (before.data[row * keys + key] * factor(key)) / left;
          assert.ok(Math.abs(after.data[row * keys + key] - expected) < 1e-6, `${head} ${row} ${key}`);
        }
      }
    }
    assert.ok(largestDifference(weightsOf(whole, 0, 0).data, weightsOf(edited, 0, 0).data) < 1e-6);
    assert.ok(largestDifference(weightsOf(whole, 2, 0).data, weightsOf(edited, 2, 0).data) > 1e-6);
    assert.deepEqual(edited.inspection.edits, [column, edge]);
    assert.equal(edited.inspection.ablated, undefined);
    assert.notEqual(edited.inspection.target.value, whole.inspection.target.value);
  });

  test('carries what the model as it is gives, which comes back bit by bit', async () => {
    const engine = newEngine();
    const whole = await engine.inspect(1, request);
    const edited = await engine.inspect(2, { ...request, edits: [column] });
    const again = await engine.inspect(3, request);
    assert.deepEqual(edited.before?.prediction, whole.prediction);
    assert.deepEqual(edited.before?.target, whole.target);
    assert.deepEqual(edited.before?.saliency, whole.saliency);
    assert.deepEqual(again.prediction, whole.prediction);
    assert.deepEqual(again.saliency, whole.saliency);
    assert.deepEqual(again.blocks, whole.blocks);
    assert.equal(again.before, undefined);
  });

  test('says how likely a causal model as it is held what it says now, from the same row of its answer', async () => {
    const engine = newEngine();
    const causal: InspectRequest = { model: 'headlight-decoder', text: request.text, parse: 'none' };
    const whole = await engine.inspect(1, causal);
    const { before, prediction } = await engine.inspect(2, { ...causal, edits: [column] });
    const known = new Map(whole.prediction.candidates.map(({ id, probability }) => [id, probability]));
    let compared = 0;
    prediction.candidates.forEach(({ id }, i) => {
      const p = before?.probabilities[i] ?? NaN;
      assert.ok(p >= 0 && p <= 1, `${p}`);
      const was = known.get(id);
      if (was === undefined) return;
      compared++;
      assert.ok(Math.abs(p - was) < 1e-6, `${p} was ${was}`);
    });
    assert.ok(compared > 5, `${compared}`);
  });

  test('explains the edited model by every method', async () => {
    const engine = newEngine();
    const saliency = saliencyNames.filter((name) => name !== 'surprisal');
    const edits = [{ block: 'self', key: 6, factor: 0.2 } as const];
    const whole = await engine.inspect(1, { ...request, saliency });
    const edited = await engine.inspect(2, { ...request, saliency, edits });
    for (const name of saliency) {
      const [before, after] = [whole.saliency[name], edited.saliency[name]];
      assert.ok(before && after && largestDifference(before, after) > 1e-7, name);
    }
    assert.ok((edited.completenessGap ?? NaN) < 0.05, `gap ${edited.completenessGap}`);

    // Occlusion, from inspections of the edited model with one token replaced.
    const { ids } = edited.tokens;
    const unknown = 103;
    const target = { id: edited.target.id };
    const inputIds = Array.from(ids, (id, token) => (token === 4 ? unknown : id));
    const mask = (await engine.inspect(3, { ...request, text: 'a [MASK] b' })).tokens.ids[2];
    const without = await engine.inspect(4, {
      ...request,
      text: '',
      inputIds: inputIds.map((id) => (id === unknown ? mask : id)),
      target,
      edits,
    });
    const lost = edited.target.value - without.target.value;
    assert.ok(Math.abs((edited.saliency.occlusion?.[4] ?? NaN) - lost) < 1e-4, `occlusion ${lost}`);
  });

  test('takes heads off as well, and factors that meet multiply', async () => {
    const engine = newEngine();
    const ablate = [{ block: 'self', layer: 1, head: 2 } as const];
    const off = await engine.inspect(1, { ...request, ablate });
    const both = await engine.inspect(2, { ...request, ablate, edits: [column] });
    // The edited head gives nothing, whatever it attends to.
    assert.ok(Math.abs(both.target.value - off.target.value) < 1e-4);
    assert.deepEqual(both.ablated, ablate);
    const half = { block: 'self', key: 3, factor: 0.5 } as const;
    const twice = await engine.inspect(3, { ...request, edits: [half, { ...half, layer: 1 }] });
    const once = await engine.inspect(4, {
      ...request,
      edits: Array.from({ length: twice.blocks[0].layers }, (_, layer) => ({
        ...half,
        layer,
        factor: layer === 1 ? 0.25 : 0.5,
      })),
    });
    assert.deepEqual(twice.prediction, once.prediction);
  });

  test('says what is not there to be edited', async () => {
    const engine = newEngine();
    const cases: [Partial<AttentionEdit>, RegExp][] = [
      [{ key: 99 }, /no token 99 that is attended to: there are \d+/],
      [{ query: 99 }, /no token 99 that attends/],
      [{ layer: 99 }, /no layer 99/],
      [{ head: 99 }, /no head 1\.99/],
      [{ block: 'cross' }, /no attention block “cross”/],
      [{ factor: -1 }, /factor of 0 or more/],
      [{ factor: 1.5, isExact: true }, /exactly a share from 0 to 1 of its attention, not 1\.5/],
    ];
    for (const [change, message] of cases)
      await assert.rejects(engine.inspect(1, { ...request, edits: [{ ...column, ...change }] }), message);
  });
});

describe('edits of a text that was written in since', () => {
  const edits: AttentionEdit[] = [
    { block: 'self', key: 2, factor: 0 },
    { block: 'self', layer: 1, head: 2, query: 6, key: 2, factor: 0.5 },
    { block: 'self', key: 4, factor: 0.5 },
  ];

  test('stay with their tokens, and are dropped with a sentence where those are gone', async () => {
    const engine = newEngine();
    const first = await engine.inspect(1, { ...request, text: 'A good film with a slow end.' });
    const editedTokens = { tokens: Array.from(first.tokens.ids) };
    const inFront = await engine.inspect(2, {
      ...request,
      text: 'Once more: A good film with a slow end.',
      edits,
      editedTokens,
    });
    const shift = inFront.tokens.ids.length - first.tokens.ids.length;
    assert.ok(shift > 0);
    assert.deepEqual(
      inFront.edits?.map(({ key, query }) => [key, query]),
      [
        [2 + shift, undefined],
        [2 + shift, 6 + shift],
        [4 + shift, undefined],
      ],
    );
    assert.ok(!inFront.notes.some((note) => note.includes('dropped')));

    // “good”, token 2, becomes another word; token 4, “with”, stays.
    const inside = await engine.inspect(3, {
      ...request,
      text: 'A bad film with a slow end.',
      edits,
      editedTokens,
    });
    assert.deepEqual(
      inside.edits?.map(({ key, query }) => [key, query]),
      [[4, undefined]],
    );
    assert.ok(
      inside.notes.includes('2 edits of attention were dropped: their tokens are no longer in the text.'),
    );

    const gone = await engine.inspect(4, {
      ...request,
      text: 'Dull.',
      edits: edits.slice(0, 1),
      editedTokens,
    });
    assert.equal(gone.edits, undefined);
    assert.equal(gone.before, undefined);
    assert.ok(gone.notes.includes('An edit of attention was dropped: its token is no longer in the text.'));
  });
});

describe('calibration of attention sinks', () => {
  /** Two heads of four tokens: the first has its sink at 0, the second one at 0 and none else. */
  const attention = (columns: readonly (readonly number[])[]): Tensor => ({
    data: Float32Array.from(columns.flatMap((row) => Array.from({ length: 20 }, () => row).flat())),
    dims: [columns.length, 20, 20],
  });
  const spread = (sinks: Readonly<Record<number, number>>): number[] => {
    const rest = 1 - Object.values(sinks).reduce((sum, weight) => sum + weight, 0);
    const others = 20 - Object.keys(sinks).length;
    return Array.from({ length: 20 }, (_, key) => sinks[key] ?? rest / others);
  };
  const layers = new Map([['self', [attention([spread({ 0: 0.5, 7: 0.3 }), spread({ 7: 0.6 })])]] as const]);

  test('scales every token whose column mean is over five times the average', () => {
    assert.deepEqual(calibrationEdits(layers, { factor: 0.4, keepFirst: true }), [
      { block: 'self', layer: 0, key: 7, factor: 0.4, isExact: true },
    ]);
    assert.deepEqual(calibrationEdits(layers, { factor: 0.4, keepFirst: false }), [
      { block: 'self', layer: 0, head: 0, key: 0, factor: 0.4, isExact: true },
      { block: 'self', layer: 0, key: 7, factor: 0.4, isExact: true },
    ]);
  });

  test('leaves a sink exactly its share, and gives the rest of the row to the others in proportion', async () => {
    const engine = newEngine();
    const causal: InspectRequest = { model: 'headlight-decoder', text: request.text, parse: 'none' };
    const whole = await engine.inspectCompletely(1, causal);
    const factor = 0.4;
    const all = calibrationEdits(whole.attentions, { factor, keepFirst: false });
    const [{ layer = 0 }] = all;
    // One layer alone: later ones see other queries and keys then.
    const edits = all.filter((edit) => edit.layer === layer);
    const calibrated = await engine.inspectCompletely(2, { ...causal, edits });
    let rowsWithSinks = 0;
    for (let head = 0; head < whole.inspection.blocks[0].heads; head++) {
      const sinks = new Set(
        edits.filter((edit) => edit.head === undefined || edit.head === head).map(({ key }) => key),
      );
      const [before, after] = [weightsOf(whole, layer, head), weightsOf(calibrated, layer, head)];
      const [rows, keys] = before.dims;
      for (let row = 0; row < rows; row++) {
        const was = Array.from(before.data.subarray(row * keys, (row + 1) * keys));
        const is = Array.from(after.data.subarray(row * keys, (row + 1) * keys));
        const others = was.reduce((sum, weight, key) => (sinks.has(key) ? sum : sum + weight), 0);
        const freed = was.reduce((sum, weight, key) => (sinks.has(key) ? sum + 0.6 * weight : sum), 0);
        // The first token attends to itself alone: nobody could take what it has.
        const expected =
          others === 0
            ? was
            : was.map((weight, key) =>
                sinks.has(key) ? factor * weight : weight + (weight / others) * freed,
              );
        assert.ok(largestDifference(is, expected) < 1e-6, `head ${head}, row ${row}`);
        assert.ok(Math.abs(is.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
        if (freed > 0 && others > 0) rowsWithSinks++;
      }
    }
    assert.ok(rowsWithSinks > 10, `${rowsWithSinks} rows`);
  });

  test('is explained as the model computes it: integrated gradients add up', async () => {
    const engine = newEngine();
    const causal: InspectRequest = { model: 'headlight-decoder', text: request.text, parse: 'none' };
    const { id } = await engine.inspect(1, causal);
    const edits = await engine.sinkCalibration(2, { inspection: id, factor: 0.4, keepFirst: false });
    const { completenessGap = NaN, target } = await engine.inspect(3, {
      ...causal,
      edits,
      saliency: ['integrated-gradients'],
    });
    assert.ok(completenessGap < 0.05 * Math.abs(target.value), `gap ${completenessGap} of ${target.value}`);
  });

  test('is of the model as it is, also when it was calibrated before', async () => {
    const engine = newEngine();
    const causal: InspectRequest = { model: 'headlight-decoder', text: request.text, parse: 'none' };
    const { id } = await engine.inspect(1, causal);
    const settings = { factor: 0.4, keepFirst: false };
    const edits = await engine.sinkCalibration(2, { inspection: id, ...settings });
    assert.ok(edits.length > 0);
    const calibrated = await engine.inspect(3, { ...causal, edits });
    assert.deepEqual(await engine.sinkCalibration(4, { inspection: calibrated.id, ...settings }), edits);
    assert.notEqual(calibrated.target.value, calibrated.before?.target.value);
  });
});

describe('a list of edits', () => {
  test('has one factor for a place, and 1 is no edit', () => {
    const place = { block: 'self', layer: 1, head: 2, key: 4 } as const;
    const edits = withFactor([column, edge], place, 0.5);
    assert.ok(sameEdits(edits, [edge, { ...column, factor: 0.5 }]));
    assert.ok(sameEdits(withFactor(edits, place, 1), [edge]));
    assert.ok(!sameEdits([column], [{ ...column, query: 1 }]));
    const exact = { ...column, factor: 0.4, isExact: true };
    assert.ok(sameEdits(withEdit([column, edge], exact), [edge, exact]));
    assert.ok(!sameEdits([exact], [{ ...column, factor: 0.4 }]));
  });
});
