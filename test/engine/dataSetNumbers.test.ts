import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { DataSetRequest } from '../../src/protocol/dataSet';
import type { HeadMeasureName, ModelInspection } from '../../src/protocol/inspection';
import { fixturesIn } from './golden';

const folder = mkdtempSync(join(tmpdir(), 'headlight-data-sets-'));
after(() => rmSync(folder, { recursive: true }));
const repository = join(__dirname, '../..');
const fixtures = process.env['HEADLIGHT_FIXTURES'];

/** Of different lengths, so that they pad one another; one of them twice. */
const texts = [
  'The film is slow, but its quiet performances are worth it.',
  'Nobody laughed.',
  'I loved every minute of the long evening, and so did my brother.',
  'This was terrible. The actors could not act, and the music was far too loud for anybody who likes to think.',
  'Nobody laughed.',
  'Great!',
];

/** What a model gives for one text after the other: the reference that batches must not differ from. */
async function oneByOne(
  engine: Engine,
  request: Omit<DataSetRequest, 'source' | 'columns'>,
  pairs?: readonly string[],
) {
  const inspections: ModelInspection[] = [];
  for (const [index, text] of texts.entries())
    inspections.push(await engine.inspect(index + 1, { ...request, text, pair: pairs?.[index] }));
  return inspections;
}

interface Compared {
  readonly name: string;
  readonly model: string;
  readonly onnx?: string;
  readonly pairs?: readonly string[];
  /** How far numbers may be apart: models in half precision round. */
  readonly tolerance: number;
}

function assertNear(actual: number, expected: number, tolerance: number, what: string): void {
  if (Number.isNaN(expected)) assert.ok(Number.isNaN(actual), `${what}: ${actual}, not NaN`);
  else assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
}

function compares({ name, model, onnx, pairs, tolerance }: Compared): void {
  it(`${name}: predictions and means over heads are those of single inspections`, async () => {
    const engine = new Engine({
      modelsFolder: join(repository, 'media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    const request = { model, ...(onnx === undefined ? {} : { onnx }), scores: true };
    const path = join(folder, `${name.replace(/\W+/g, '-')}.jsonl`);
    writeFileSync(path, texts.map((text, at) => JSON.stringify({ text, pair: pairs?.[at] })).join('\n'));
    const columns = { text: 'text', ...(pairs === undefined ? {} : { pair: 'pair' }) };
    const { id } = await engine.openDataSet(100, { ...request, source: { kind: 'file', path }, columns });
    const instances = await engine.runDataSet(101, id);
    const scores = await engine.dataSetScores(102, id);
    const single = await oneByOne(engine, request, pairs);
    assert.equal(instances.done, texts.length);
    single.forEach((inspection, row) => {
      const { candidates, kind } = inspection.prediction ?? {};
      if (kind === 'norm' || candidates === undefined) return assert.equal(instances.predicted[row], -1);
      assert.equal(
        instances.predicted[row],
        kind === 'class' ? candidates[0].id : -1,
        `prediction of row ${row}`,
      );
      assertNear(instances.confidence[row], candidates[0].probability, tolerance, `confidence of row ${row}`);
      assert.equal(instances.tokens[row], inspection.tokens.ids.length);
    });
    for (const block of scores.blocks) {
      for (const [measure, means] of Object.entries(block.measures)) {
        if (measure === 'syntactic') continue;
        means.forEach((mean, head) => {
          const values = single
            .map(
              ({ blocks }) =>
                blocks.find((one) => one.name === block.name)?.measures[measure as HeadMeasureName]?.[head] ??
                NaN,
            )
            .filter((value) => !Number.isNaN(value));
          const expected = values.reduce((sum, value) => sum + value, 0) / values.length;
          const size = Math.max(1, Math.abs(expected));
          assertNear(mean, expected, tolerance * size, `${block.name} ${measure} of head ${head}`);
        });
      }
    }
    assert.deepEqual(
      scores.blocks.map(({ name, measures }) => [name, Object.keys(measures).sort()]),
      single[0].blocks.map((block) => [block.name, Object.keys(block.measures).sort()]),
    );
  });
}

/** The second texts of encoder-decoder models. */
const answers = ['It is worth it.', 'No.', 'He loved it too, every minute of it.', 'Bad.', 'No.', 'Really?'];

describe('padding and batches change no number', () => {
  for (const model of ['headlight-encoder-sentiment', 'headlight-decoder'])
    compares({ name: model, model, tolerance: 1e-5 });

  for (const { architecture, form, folder: model, onnx } of fixturesIn(
    fixtures ?? join(repository, 'test/fixtures/models'),
  )) {
    // Pictures are not read from files of texts.
    if (['vit', 'clip'].includes(architecture)) continue;
    compares({
      name: `${architecture} ${form}`,
      model,
      onnx,
      ...(['bart', 't5'].includes(architecture) ? { pairs: answers } : {}),
      // Where numbers are rounded to a few steps, the order of additions decides some of them.
      tolerance: form === 'fp16' ? 2e-3 : form === 'int8' ? 1e-3 : 1e-5,
    });
  }
  // Two texts in one row.
  compares({ name: 'pairs', model: 'headlight-encoder-sentiment', pairs: answers, tolerance: 1e-5 });
});
