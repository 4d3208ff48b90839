import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CoverageRun, type Coverage } from './siteCoverage';

/**
 * Architecture × export form × result: what is seen in every model of the fixtures, against golden values of PyTorch in double precision.
 * Three small models always run; all of them with HEADLIGHT_FIXTURES set to the folder of the full fixtures.
 */
const full = process.env.HEADLIGHT_FIXTURES;
const folder = full ?? join(__dirname, '..', 'fixtures', 'models');

/** How far a form may lie from the golden values, by the precision of its numbers. */
interface Bounds {
  /** Largest absolute difference of attention weights and hidden states. */
  readonly attentions: number;
  readonly hiddenStates: number;
  /** Queries·keys, values, contexts: relative to the largest golden value. */
  readonly relative: number;
  /** Contexts against attentions · values of the same run: arithmetic alone, whatever the weights lost. */
  readonly consistency: number;
  /** Logits of the model with all its taps and head masks against the plain one. */
  readonly intact: number;
  /** The same with embeddings that can be steered. */
  readonly steered: number;
}

const float32: Bounds = {
  attentions: 1e-4,
  hiddenStates: 1e-4,
  relative: 1e-4,
  consistency: 1e-5,
  intact: 1e-4,
  steered: 1e-4,
};
const bounds: Readonly<Record<string, Bounds>> = {
  // 11 bits of mantissa, three layers of random weights: measured at most 1.4e-2 and 7.4e-2. Around taps on queries onnxruntime rounds elsewhere.
  fp16: {
    attentions: 2e-2,
    hiddenStates: 0.1,
    relative: 2e-2,
    consistency: 2e-3,
    intact: 1e-2,
    steered: 1e-2,
  },
  // Random weights quantise badly (measured: attention at most 0.4). Behind steered embeddings onnxruntime fuses other operators, and activations
  // on the edge between two of 255 steps fall to the other side.
  int8: { attentions: 0.5, hiddenStates: 2, relative: 0.5, consistency: 1e-5, intact: 1e-5, steered: 0.1 },
  q4: { attentions: 1, hiddenStates: 10, relative: 1.5, consistency: 1e-5, intact: 1e-5, steered: 1e-4 },
};

interface Row {
  readonly architecture: string;
  readonly form: string;
  readonly coverage: Coverage;
  readonly isWithin: boolean;
}

const rows: Row[] = [];

/** Difference of the exported model's own logits from the golden ones, as measured when the fixture was made. */
function exportError(architecture: string, form: string): number {
  const path = join(folder, architecture, 'variants.json');
  if (!existsSync(path)) return 0;
  const variants = JSON.parse(readFileSync(path, 'utf8')) as Record<
    string,
    { max_abs_diff?: Record<string, number> }
  >;
  return Math.max(0, ...Object.values(variants[form]?.max_abs_diff ?? {}));
}

function callsOf(architecture: string): string[] {
  const { attention_calls } = JSON.parse(readFileSync(join(folder, architecture, 'inputs.json'), 'utf8')) as {
    attention_calls: [string, number][];
  };
  return attention_calls.map(([block, layer]) => `${block}.${layer}`).sort();
}

/** Everything by which a model that can be seen into misses its golden values. */
function failuresOf(coverage: Coverage, architecture: string, form: string): string[] {
  const bound = bounds[form] ?? float32;
  const failures: string[] = [];
  const within = (what: keyof Omit<Coverage, 'table'>, most: number): void => {
    if (!(coverage[what] <= most))
      failures.push(`${what}: ${coverage[what].toExponential(1)} > ${most.toExponential(1)}`);
  };
  within('attentions', bound.attentions);
  within('hiddenStates', bound.hiddenStates);
  for (const what of ['products', 'values', 'contexts'] as const) within(what, bound.relative);
  within('consistency', bound.consistency);
  within('intact', bound.intact);
  within('steered', bound.steered);
  const lost = Math.max(exportError(architecture, form), 1e-4) + bound.intact;
  if (!Number.isNaN(coverage.logits)) within('logits', lost);
  // Taking a head away may enlarge what quantisation lost.
  if (!Number.isNaN(coverage.ablated)) within('ablated', 2 * lost);
  return failures;
}

for (const architecture of readdirSync(folder).sort()) {
  if (!existsSync(join(folder, architecture, 'inputs.json'))) continue;
  for (const form of CoverageRun.variantsOf(join(folder, architecture))) {
    test(`${architecture}, ${form}: what is seen is what PyTorch computed`, async () => {
      const coverage = await new CoverageRun(architecture, join(folder, architecture)).run(form);
      const failures = failuresOf(coverage, architecture, form);
      rows.push({ architecture, form, coverage, isWithin: failures.length === 0 });
      assert.deepEqual(failures, []);
      assert.deepEqual(
        coverage.table.sites.map(({ block, layer }) => `${block}.${layer}`).sort(),
        callsOf(architecture),
      );
      assert.deepEqual(coverage.table.missing, []);
    });
  }
}

after(() => {
  const number = (value: number): string => (Number.isNaN(value) ? '–' : value.toExponential(1));
  console.log(
    '| architecture | form | sites | attention | hidden states | logits | logits, plain | result |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const { architecture, form, coverage, isWithin } of rows) {
    const { table, attentions, hiddenStates, logits, intact } = coverage;
    const cells = [
      architecture,
      form,
      table.sites.length,
      number(attentions),
      number(hiddenStates),
      number(logits),
      number(intact),
      isWithin ? 'yes' : 'NO',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  if (full === undefined)
    console.log('Set HEADLIGHT_FIXTURES to the folder of the full fixtures for all architectures and forms.');
});
