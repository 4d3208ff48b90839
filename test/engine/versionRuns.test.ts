import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findModel } from '../../src/engine/session/folder';
import { prepareInputs } from '../../src/engine/session/inputs';
import { LoadedModel } from '../../src/engine/session/loaded';
import { logitsAt } from '../../src/engine/session/logitRows';
import { SessionCache } from '../../src/engine/session/sessions';
import { logitsOfVersions, type VersionInputs } from '../../src/engine/session/versionRuns';
import type { HeadRef } from '../../src/protocol/inspection';
import { fixturesIn } from './golden';

const fixtures = process.env.HEADLIGHT_FIXTURES ?? join(__dirname, '../fixtures/models');
const modelsFolder = join(__dirname, '../../media/models');

const texts = [
  'The parcel was opened before it reached me.',
  'The small parcel was opened, long before it had reached me, by somebody else.',
  'The parcel was closed.',
  'A parcel was opened before it reached me and the others.',
  'Me.',
  'The parcel was opened before it reached you.',
];

interface Ran {
  readonly model: LoadedModel;
  /** Texts of each run. */
  readonly batches: readonly number[];
  readonly largest: number;
}

/** The answers of texts run together against those of the same texts run alone. */
async function compare(
  model: LoadedModel,
  row: 'last' | 'middle',
  ablate: readonly HeadRef[] = [],
): Promise<Ran> {
  const versions: VersionInputs[] = [];
  for (const text of texts) {
    const request = {
      model: model.name,
      text,
      pair: model.outcomes.task === 'seq2seq' ? 'It was.' : undefined,
    };
    const prepared = await prepareInputs(request, {
      ...model.outcomes,
      config: model.config,
      name: model.name,
    });
    const rows = prepared.pair?.ids.length ?? prepared.tokens.ids.length;
    const at = row === 'last' ? rows - 1 : rows >> 1;
    versions.push({ prepared, row: model.hasPositions ? at : -1 });
  }
  const batches: number[] = [];
  const together = await logitsOfVersions(model, versions, { ablate }, (count, once) => {
    batches.push(count);
    return once();
  });
  let largest = 0;
  for (const [i, version] of versions.entries()) {
    const rows = version.row < 0 ? [] : [version.row];
    const { data } = await logitsAt(model, version.prepared.sequence, rows, { ablate });
    assert.equal(together[i].length, data.length);
    data.forEach((logit, id) => (largest = Math.max(largest, Math.abs(logit - together[i][id]))));
  }
  assert.equal(
    batches.reduce((sum, count) => sum + count, 0),
    texts.length,
  );
  return { model, batches, largest };
}

const open = (reference: string, onnx?: string) =>
  LoadedModel.open(findModel(reference, modelsFolder, onnx), new SessionCache(2));

describe('several texts in one run', { concurrency: false }, () => {
  const wanted = [
    'bert',
    'distilbert',
    'deberta_v2',
    'gpt2',
    'llama',
    'qwen2',
    'gpt_neox',
    'bloom',
    'gemma2',
    'roberta',
    't5',
    'bart',
  ];
  for (const { architecture, form, folder, onnx } of fixturesIn(fixtures)) {
    if (!wanted.includes(architecture) || !['eager-ts', 'int8'].includes(form)) continue;
    test(`${architecture} ${form}: the logits of the same texts run one by one`, async () => {
      const model = await open(folder, onnx);
      for (const row of ['last', 'middle'] as const) {
        const { batches, largest } = await compare(model, row);
        assert.ok(largest < 1e-4, `${row}: off by ${largest}`);
        // What is quantised as it comes would change with what else is in the batch.
        const isAlone = model.summary.quantisation === 'int8 (dynamic)';
        assert.deepEqual(batches, isAlone ? texts.map(() => 1) : [texts.length]);
      }
    });
  }

  test('with heads off', async () => {
    const model = await open('headlight-decoder');
    const { largest, batches } = await compare(model, 'last', [{ block: 'self', layer: 1, head: 2 }]);
    assert.ok(largest < 1e-4, `off by ${largest}`);
    assert.deepEqual(batches, [texts.length]);
  });
});
