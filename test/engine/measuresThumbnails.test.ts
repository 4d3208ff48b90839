import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { strongestEdges } from '../../src/engine/measures/thumbnails';
import { attentionOf, head } from './attentionSamples';

describe('the strongest edges of every head', () => {
  it('come by falling weight, as query and key, with 255 for 1', () => {
    const { edges, weights, perHead } = strongestEdges(
      [
        attentionOf([
          head([
            [0.2, 0.8],
            [1, 0],
          ]),
        ]),
      ],
      2,
    );
    assert.equal(perHead, 2);
    assert.deepEqual([...edges], [1, 0, 0, 1]);
    assert.deepEqual([...weights], [255, 204]);
  });

  it('are filled up with weight 0 where there are fewer, and where layers have fewer heads', () => {
    const one = head([[1]]);
    const { edges, weights } = strongestEdges([attentionOf([one, one]), attentionOf([one])], 2);
    assert.equal(edges.length, 2 * 2 * 2 * 2);
    assert.deepEqual([...weights], [255, 0, 255, 0, 255, 0, 0, 0]);
  });

  it('leave out what is not a number', () => {
    const { edges, weights } = strongestEdges([attentionOf([head([[NaN, 0.5, NaN]])])], 2);
    assert.deepEqual([...edges], [0, 1, 0, 0]);
    assert.deepEqual([...weights], [128, 0]);
  });

  it('are the same as by sorting everything, ties in the order of the text', () => {
    // Few different weights, so that ties abound.
    const weights = fc.array(fc.nat(6), { minLength: 0, maxLength: 60 });
    fc.assert(
      fc.property(weights, fc.nat(12), (sixths, perHead) => {
        const data = Float32Array.from(sixths, (sixth) => sixth / 6);
        const found = strongestEdges([{ data, dims: [1, 1, data.length] }], perHead);
        const sorted = Array.from(data.keys())
          .filter((at) => data[at] > 0)
          .sort((a, b) => data[b] - data[a] || a - b)
          .slice(0, perHead);
        sorted.forEach((key, rank) => {
          assert.equal(found.edges[2 * rank + 1], key);
          assert.equal(found.weights[rank], Math.round(255 * data[key]));
        });
        assert.ok(found.weights.subarray(sorted.length).every((weight) => weight === 0));
      }),
    );
  });

  it('refuse more tokens than a 16-bit number can name', () => {
    assert.throws(
      () => strongestEdges([{ data: new Float32Array(65537), dims: [1, 1, 65537] }], 1),
      RangeError,
    );
  });
});
