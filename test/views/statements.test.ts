import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Inspection, TokenRow } from '../../src/protocol/inspection';
import { shownSaliency } from '../../webview/marks/saliency';
import { saliencyStatements, targetSentence } from '../../webview/views/saliency/statements';
import { scoredUnits } from '../../webview/views/saliency/units';
import type { RecordedInspection } from './harness';
import { readRecorded } from './recorded';

function row(offsets: readonly (readonly [number, number])[], words: readonly number[]): TokenRow {
  return {
    ids: new Int32Array(offsets.length),
    pieces: offsets.map((_, i) => `piece ${i}`),
    offsets: Int32Array.from(offsets.flat()),
    special: Uint8Array.from(offsets, ([from]) => Number(from < 0)),
    words: Int32Array.from(words),
  };
}

describe('what is said of saliency', () => {
  let recorded: RecordedInspection;
  before(async () => {
    recorded = await readRecorded('sentiment');
  });

  /** Three words of one piece each with these scores. */
  function scored(scores: readonly number[], words = scores.map((_, i) => `w${i}`)): Inspection {
    const text = words.join(' ');
    let at = 0;
    const offsets = words.map((word): [number, number] => {
      const from = at;
      at += word.length + 1;
      return [from, from + word.length];
    });
    const tokens = row(
      offsets,
      words.map((_, i) => i),
    );
    const saliency = Float32Array.from(scores);
    return {
      ...recorded.inspection,
      text,
      tokens,
      words: {
        text: words,
        offsets: tokens.offsets,
        sentences: new Int32Array(words.length),
      },
      saliency: { 'gradient-l1': saliency, 'input-x-gradient': saliency, surprisal: saliency },
    };
  }

  function say(inspection: Inspection, name: 'gradient-l1' | 'input-x-gradient' | 'surprisal'): string {
    const shown = shownSaliency(inspection, name);
    assert.ok(shown);
    return saliencyStatements(inspection, shown)[0]?.text ?? '';
  }

  it('names the words that stand out, with their share', () => {
    const { label } = recorded.inspection.target;
    assert.equal(
      say(scored([10, 1, 1, 1, 1, 8, 1, 1]), 'gradient-l1'),
      `“${label}” reacts most to “w0” and “w5”: together they carry 75\u202f% of the gradient (L1) of all words.`,
    );
  });

  it('says so where none stands out', () => {
    assert.equal(
      say(scored([1, 1.2, 1, 1]), 'gradient-l1'),
      'No word stands out: the strongest, “w1”, carries 29\u202f% of the gradient (L1) of all words, where an even share is 25\u202f%.',
    );
  });

  it('names a repeated word once', () => {
    const words = say(
      scored(
        [9, 1, 1, 1, 1, 8, 1, 1],
        [...'abcdefgh'].map((w, i) => (i === 5 ? 'a' : w)),
      ),
      'gradient-l1',
    );
    assert.match(words, /“a” \(2 times\): together they carry 74/);
  });

  it('tells what speaks for the target from what speaks against it', () => {
    const { label } = recorded.inspection.target;
    const all = (scores: readonly number[]): string[] => {
      const inspection = scored(scores);
      const shown = shownSaliency(inspection, 'input-x-gradient');
      assert.ok(shown);
      return saliencyStatements(inspection, shown).map(({ text }) => text);
    };
    const share = (part: string): string => `${part}\u202f%`;
    assert.deepEqual(all([1, -0.5, 0.01]), [
      `“w0” (+1.0) speaks most for “${label}”: ${share('99')} of all that speaks for it.`,
      `“w1” (−0.50) speaks most against “${label}”: ${share('100')} of all that speaks against it.`,
      `All words together speak for “${label}” (+0.51).`,
    ]);
    assert.deepEqual(all([-1, -0.5, 0.01]), [
      `“w0” (−1.0) and “w1” (−0.50) speak most against “${label}”: ${share('100')} of all that speaks against it.`,
      `All words together speak against “${label}” (−1.5).`,
    ]);
  });

  it('gives surprisal in bits', () => {
    assert.equal(
      say(scored([1, 12.4]), 'surprisal'),
      'Most surprising are “w1” (12 bits) and “w0” (1.0 bits); the mean is 6.7 bits per word.',
    );
  });

  it('is silent where there is nothing to say', () => assert.equal(say(scored([0, 0]), 'gradient-l1'), ''));

  it('says what is explained where that is not what the model predicts', () => {
    const { inspection } = recorded;
    const [best, second] = inspection.prediction.candidates;
    assert.match(targetSentence(inspection), new RegExp(`^The model predicts “${best.label}”`));
    const other: Inspection = { ...inspection, target: { ...inspection.target, ...second } };
    assert.match(
      targetSentence(other),
      new RegExp(`^Explained is “${second.label}” .*; the model predicts “${best.label}”`),
    );
  });

  it('adds tokens up to words, lines, sentences and paragraphs', () => {
    const { inspection } = recorded;
    const shown = shownSaliency(inspection, 'gradient-l1');
    assert.ok(shown);
    const total = (units: readonly { readonly score: number }[]): number =>
      units.reduce((sum, { score }) => sum + score, 0);
    const pieces = scoredUnits(inspection, shown, 'token');
    const inText = pieces.filter(({ token }) => inspection.tokens.special[token] === 0);
    for (const level of ['word', 'line', 'sentence', 'paragraph'] as const) {
      const units = scoredUnits(inspection, shown, level);
      assert.ok(Math.abs(total(units) - total(inText)) < 1e-3 * total(inText), level);
    }
    const words = scoredUnits(inspection, shown, 'word');
    assert.deepEqual(
      words.map(({ label }) => label),
      inspection.words.text,
    );
  });
});
