import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSigned, levelCount, saliencyLevels, shownMeasure } from '../../src/editor/levels';
import { TrackedRanges } from '../../src/editor/trackedRanges';
import type { Inspection } from '../../src/protocol/inspection';

/** `[CLS] a b c d [SEP]`, a to d being seen. */
const ranges = () => new TrackedRanges(Int32Array.of(-1, -1, 0, 1, 2, 3, 4, 5, 6, 7, -1, -1), 0, [0, 7]);
const levels = (...scores: number[]) => [...saliencyLevels(Float32Array.from(scores), ranges())];

describe('the step of colour of a token', () => {
  it('is in proportion to its score, the largest that is seen being full', () => {
    assert.deepEqual(levels(0, 4, 2, 1, 0.25, 0), [0, levelCount, 8, 4, 1, 0]);
  });

  it('does not mind the scores of special tokens, however large', () => {
    assert.deepEqual(levels(1000, 4, 2, 1, 0, 1000), [0, levelCount, 8, 4, 0, 0]);
  });

  it('has the sign of the score', () => {
    assert.deepEqual(levels(0, -4, 2, -1, 0, 0), [0, -levelCount, 8, -4, 0, 0]);
  });

  it('is none where the score is not a number, and where there is nothing but zeros', () => {
    assert.deepEqual(levels(0, NaN, 2, Infinity, 1, 0), [0, 0, levelCount, 0, 8, 0]);
    assert.deepEqual(levels(3, 0, 0, 0, 0, 3), [0, 0, 0, 0, 0, 0]);
  });

  it('is none for a token that lost its range', () => {
    const edited = ranges();
    edited.follow([{ offset: 0, length: 1, text: 'x' }]);
    assert.deepEqual([...saliencyLevels(Float32Array.of(0, 4, 2, 1, 0, 0), edited)], [0, 0, 16, 8, 0, 0]);
  });
});

describe('the measure that is shown', () => {
  const withMeasures = (...names: string[]) =>
    ({
      saliency: Object.fromEntries(names.map((name) => [name, new Float32Array(1)])),
    }) as unknown as Inspection;

  it('is the one that is wanted where it is known, else the first that is', () => {
    assert.equal(shownMeasure(withMeasures('gradient-l1', 'occlusion'), 'occlusion'), 'occlusion');
    assert.equal(shownMeasure(withMeasures('gradient-l1', 'gradient-l2'), 'occlusion'), 'gradient-l1');
    assert.equal(shownMeasure(withMeasures(), 'occlusion'), undefined);
  });

  it('is signed where it can speak against a target', () => {
    assert.deepEqual(
      (['gradient-l1', 'input-x-gradient', 'integrated-gradients', 'occlusion', 'surprisal'] as const).map(
        isSigned,
      ),
      [false, true, true, true, false],
    );
  });
});
