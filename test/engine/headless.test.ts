import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { tensorTable } from '../../src/engine/session/tensorTable';
import { fixturesIn, largestDifference, largestMagnitude, type Fixture, type GoldenInput } from './golden';

/** The name of a tensor of the headless contract in the golden files. */
function goldenKey(name: string, block: string): string {
  const renamed: readonly (readonly [RegExp, string])[] = [
    [/^queries\./, 'q.'],
    [/^keys\./, 'k.'],
    [/^values\./, 'v.'],
    [/^embedding_gradient/, 'grad.embeddings'],
    [/^attention_gradients\./, 'grad_attentions.'],
    [/^heads\.importance$/, `head_importance.${block}`],
    [/^heads\.(\w+)\.importance$/, 'head_importance.$1'],
    [/^saliency(\.encoder|\.decoder)?\.gradient-l1$/, 'grad_l1.embeddings$1'],
    [/^saliency(\.encoder|\.decoder)?\.gradient-l2$/, 'grad_l2.embeddings$1'],
    [/^saliency(\.encoder|\.decoder)?\.input-x-gradient$/, 'grad_x_input.embeddings$1'],
  ];
  for (const [pattern, replacement] of renamed)
    if (pattern.test(name)) return name.replace(pattern, replacement);
  return name;
}

/** Largest difference by kind of tensor: absolute for values, relative to the largest golden value for gradients. */
async function compare(
  fixture: Fixture,
  input: GoldenInput,
  worst: Map<string, number>,
  engine: Engine,
): Promise<string[]> {
  const { index } = input.scalar;
  const target = index.length === 2 ? { position: index[0], id: index[1] } : { id: index[index.length - 1] };
  const result = await engine.inspectCompletely(1, {
    model: fixture.folder,
    onnx: fixture.onnx,
    text: '',
    feeds: input.feeds,
    target,
    parse: 'none',
  });
  const first = result.inspection.blocks[0].name;
  for (const [name, { data: whole, dims }] of tensorTable(result)) {
    const golden = input.golden(goldenKey(name, first));
    // Gradients of a picture are of its patches; a row has the tokens before them too.
    const before =
      name.startsWith('saliency') && golden !== undefined ? whole.length - golden.data.length : 0;
    const data = before > 0 ? whole.slice(before) : whole;
    const kind = name.startsWith('saliency')
      ? 'saliency'
      : name.replace(/^heads\..*importance$/, 'importance').split('.')[0];
    if (golden === undefined || kind === 'rollout' || kind === 'input_ids') continue;
    const isGradient = ['embedding_gradient', 'attention_gradients', 'importance', 'saliency'].includes(kind);
    // Where the graph keeps the scale apart, PyTorch may have had it in the queries already: the contract is about the product of the two.
    const place = /^queries\.(.*)$/.exec(name)?.[1];
    const ours = result.inspection.model.sites.find(
      ({ block, layer }) => `${block}.${layer}` === place,
    )?.scale;
    const theirs = place === undefined ? undefined : input.scales.get(place);
    const ratio = ours === undefined || theirs === undefined || Number.isNaN(ours) ? 1 : ours / theirs;
    const values = ratio === 1 ? data : Float32Array.from(data as Float32Array, (value) => value * ratio);
    // Σ e·g cancels to nothing where a norm follows the look-up directly: then the gradient itself is the measure of noise.
    const magnitude = Math.max(
      largestMagnitude(golden.data),
      name.endsWith('input-x-gradient')
        ? largestMagnitude(
            input.golden(goldenKey(name.replace('input-x-gradient', 'gradient-l2'), first))?.data ?? [],
          )
        : 0,
    );
    const difference = largestDifference(values, golden.data) / (isGradient ? magnitude : 1);
    worst.set(kind, Math.max(worst.get(kind) ?? 0, difference));
    assert.equal(dims.reduce((a, b) => a * b, 1) - Math.max(0, before), golden.data.length, name);
  }
  return [...result.inspection.notes];
}

const own = join(__dirname, '..', 'fixtures', 'models');
const everything = process.env['HEADLIGHT_FIXTURES'];
const folders = [own, ...(everything === undefined ? [] : [everything])].filter(existsSync);
const wanted = new RegExp(process.env['HEADLIGHT_ONLY'] ?? '');
/** Forms whose numbers differ by nature from those of the model they were made from. */
const isRounded = (form: string): boolean => /int8|fp16|q4/.test(form);
/** Tensors where the graph's own float32 arithmetic is the only difference. */
const bound = 1e-4;

describe('the headless contract, against PyTorch', { concurrency: false }, () => {
  const lines: string[] = [];
  after(() => console.log(lines.join('\n')));
  if (everything === undefined)
    test('all architectures and export forms', (t) =>
      t.skip('set HEADLIGHT_FIXTURES to the folder of the full fixtures'));
  for (const folder of folders) {
    for (const fixture of fixturesIn(folder)) {
      const name = `${fixture.architecture}/${fixture.form}`;
      if (!wanted.test(name)) continue;
      test(name, async () => {
        const engine = new Engine({
          modelsFolder: join(__dirname, '../../media/models'),
          events: { progress: () => undefined, log: () => undefined },
        });
        const worst = new Map<string, number>();
        const notes = new Set<string>();
        for (const input of await fixture.inputs()) {
          if (!input.isPadded)
            for (const note of await compare(fixture, input, worst, engine)) notes.add(note);
        }
        lines.push(
          `${name.padEnd(26)} ${[...worst].map(([kind, difference]) => `${kind} ${difference.toExponential(0)}`).join('  ')} ${[...notes].join(' ')}`,
        );
        if (isRounded(fixture.form)) return;
        for (const [kind, difference] of worst)
          assert.ok(difference <= bound, `${kind} of ${name} differs by ${difference.toExponential(1)}`);
      });
    }
  }
});
