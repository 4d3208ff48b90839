import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findSites } from '../../src/engine/sites/find';
import type { AttentionSite } from '../../src/engine/sites/site';
import type { Tensor } from '../../src/protocol/tensor';
import { fixturesIn, largestDifference, largestMagnitude, type Fixture } from './golden';
import { gradientsOf, outcomeOf, prepared, withLogFactors, type Outcome } from './logFactors';

/**
 * Edited attention of every model of the fixtures, against a graph that is edited otherwise (ln s added to the scores) and against golden
 * attention. Three small models always run; all of them with HEADLIGHT_FIXTURES set to the folder of the full fixtures.
 */
const everything = process.env['HEADLIGHT_FIXTURES'];
const folder = everything ?? join(__dirname, '..', 'fixtures', 'models');
const wanted = new RegExp(process.env['HEADLIGHT_ONLY'] ?? '');

/** Relative to the largest value. int8: what lies between two of 255 steps falls to either side, and later layers with it. */
const tolerance = (form: string): number =>
  form === 'fp16' ? 2e-2 : form === 'int8' || form === 'q4' ? 0.2 : 2e-5;

/** Factors 0, 0.3, 1 and 2.5 over [H, Sq, Sk], without a row that has nothing left: every token keeps itself. */
function factorsFor([, heads, queries, keys]: readonly number[]): Tensor {
  const data = new Float32Array(heads * queries * keys);
  let state = 7;
  for (let at = 0; at < data.length; at++) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const [query, key] = [Math.floor(at / keys) % queries, at % keys];
    data[at] = key === query % keys ? 1 : [0, 0.3, 1, 2.5][(state >> 16) % 4];
  }
  return { data, dims: [heads, queries, keys] };
}

/** P·s with the rows of P brought back to their sums, in double precision. @param attention [1, H, Sq, Sk] */
function scaled({ data, dims }: Tensor, factors: Tensor): Float64Array {
  const keys = dims[3];
  const result = Float64Array.from(data, (weight, at) => weight * factors.data[at % factors.data.length]);
  for (let start = 0; start < result.length; start += keys) {
    const left = result.subarray(start, start + keys).reduce((sum, weight) => sum + weight, 0);
    const whole = data.subarray(start, start + keys).reduce((sum, weight) => sum + weight, 0);
    for (let at = start; at < start + keys; at++) result[at] = left === 0 ? 0 : (result[at] * whole) / left;
  }
  return result;
}

const leverOf = ({ block, layer }: AttentionSite): string => `attention_scale.${block}.${layer}`;
const nameOf = ({ block, layer }: AttentionSite): string => `${block}.${layer}`;

/** One layer of every block: the first, so that there are later ones to change. */
function firstOfBlocks(sites: readonly AttentionSite[]): AttentionSite[] {
  return sites.filter(({ layer }) => layer === 0);
}

async function inputOf(fixture: Fixture) {
  const inputs = await fixture.inputs();
  return inputs.find(({ isPadded }) => !isPadded) ?? assert.fail('an input without padding');
}

function assertClose(actual: Outcome, expected: Outcome, bound: number): void {
  for (const [name, attention] of expected.attentions) {
    const other = actual.attentions.get(name) ?? assert.fail(name);
    const off = largestDifference(other.data, attention.data);
    assert.ok(off < bound, `attention of ${name} is off by ${off}`);
  }
  const off =
    largestDifference(actual.answer.data, expected.answer.data) / largestMagnitude(expected.answer.data);
  assert.ok(off < bound, `the answer is off by ${off}`);
}

describe('attention times factors, rows brought back to their sums', () => {
  if (everything === undefined)
    test('all architectures and export forms', (t) =>
      t.skip('set HEADLIGHT_FIXTURES to the folder of the full fixtures'));
  for (const fixture of fixturesIn(folder)) {
    const title = `${fixture.architecture}/${fixture.form}`;
    if (!wanted.test(title)) continue;
    const bound = tolerance(fixture.form);

    test(`${title}: is the softmax of scores + ln s, and the model goes on with it`, async () => {
      const model = prepared(fixture.onnx);
      const table = findSites(model);
      const input = await inputOf(fixture);
      const plain = await outcomeOf(model, table, input);
      const resting = await outcomeOf(model, table, input, { attentionScale: true });
      // onnxruntime keeps probabilities of half precision wider than that where nothing stands between them and the values.
      assertClose(resting, plain, bound > 1e-3 ? bound : 1e-5);
      for (const site of firstOfBlocks(table.sites)) {
        const before = plain.attentions.get(nameOf(site)) ?? assert.fail();
        const factors = factorsFor(before.dims);
        const edited = await outcomeOf(
          model,
          table,
          input,
          { attentionScale: true },
          { [leverOf(site)]: { data: factors.data, dims: [1, ...factors.dims] } },
        );
        const after = edited.attentions.get(nameOf(site)) ?? assert.fail();
        const isExact = bound < 1e-3;
        assert.ok(
          largestDifference(after.data, scaled(before, factors)) < (isExact ? 1e-6 : 2e-3),
          'P·s, renormalised',
        );
        const golden = input.golden(`attentions.${nameOf(site)}`) as Tensor | undefined;
        if (golden !== undefined && isExact) {
          const expected = scaled({ data: golden.data, dims: [1, ...golden.dims].slice(-4) }, factors);
          assert.ok(largestDifference(after.data, expected) < 1e-4, 'of golden attention');
        }
        assertClose(edited, await outcomeOf(withLogFactors(model, site, factors), table, input), bound);
        assert.ok(
          largestDifference(edited.answer.data, plain.answer.data) > 0,
          `the answer follows ${nameOf(site)}`,
        );
      }
    });

    test(`${title}: a head without any weight left is a head that is off`, async () => {
      const model = prepared(fixture.onnx);
      const table = findSites(model);
      const input = await inputOf(fixture);
      const plain = await outcomeOf(model, table, input);
      for (const site of firstOfBlocks(table.sites)) {
        const [, heads] = plain.attentions.get(nameOf(site))?.dims ?? assert.fail();
        const of = (values: readonly number[], dims: readonly number[]): Tensor => ({
          data: Float32Array.from(values),
          dims,
        });
        const factors = Array.from({ length: heads }, (_, head) => (head === 1 ? 0 : 1));
        const emptied = await outcomeOf(
          model,
          table,
          input,
          { attentionScale: true },
          { [leverOf(site)]: of(factors, [1, heads, 1, 1]) },
        );
        const layers = table.sites.filter(({ block }) => block === site.block);
        const mask = layers.flatMap(({ layer }) => (layer === 0 ? factors : factors.map(() => 1)));
        const off = await outcomeOf(
          model,
          table,
          input,
          { headMask: true },
          { [`head_mask.${site.block}`]: of(mask, [1, layers.length, heads]) },
        );
        const after = emptied.attentions.get(nameOf(site)) ?? assert.fail();
        const perHead = after.dims[2] * after.dims[3];
        assert.ok(after.data.subarray(perHead, 2 * perHead).every((weight) => weight === 0));
        const distance = largestDifference(emptied.answer.data, off.answer.data);
        assert.ok(distance / largestMagnitude(off.answer.data) < bound, `${nameOf(site)}: ${distance}`);
      }
    });

    if (/int8|q4|fp16/.test(fixture.form)) continue;
    test(`${title}: gradients are those of the model with ln s in its scores`, async () => {
      const model = prepared(fixture.onnx);
      const table = findSites(model);
      const input = await inputOf(fixture);
      const plain = await outcomeOf(model, table, input);
      const site = table.sites[0];
      const factors = factorsFor(plain.attentions.get(nameOf(site))?.dims ?? assert.fail());
      const edited = await gradientsOf(
        model,
        table,
        input,
        { attentionScale: true },
        { [leverOf(site)]: { data: factors.data, dims: [1, ...factors.dims] } },
      );
      const expected = await gradientsOf(withLogFactors(model, site, factors), table, input);
      expected.forEach((gradient, i) => {
        const off = largestDifference(edited[i].data, gradient.data) / largestMagnitude(gradient.data);
        assert.ok(off < 1e-4, `${off}`);
      });
    });
  }
});
