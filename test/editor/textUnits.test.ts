import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { barColours, barPicture, barSteps, plainColour, type Bar } from '../../src/editor/gutterBars';
import { levelsOf } from '../../src/editor/levels';
import { scoredRanges, type WordsOfUnits } from '../../src/editor/textUnits';
import { TrackedRanges } from '../../src/editor/trackedRanges';
import { unitDescription } from '../../src/editor/unitDescription';
import { stretchesOf } from '../../src/engine/measures/textUnits';
import type { TextLevel } from '../../src/protocol/textLevel';

/** Two paragraphs; the first has two lines and two sentences, the first of which ends in the second line. */
const text = 'One two\nthree. Four\n\n  Five six';
const words = ['One', 'two', 'three', '.', 'Four', 'Five', 'six'];
const starts = words.reduce<number[]>(
  (found, word) => [...found, text.indexOf(word, found.length === 0 ? 0 : (found.at(-1) ?? 0) + 1)],
  [],
);
/** `[CLS]`, a token per word, but two for “three”, `[SEP]`. */
const pieces: (readonly [from: number, to: number, word: number])[] = words.flatMap((word, i) =>
  word === 'three'
    ? [
        [starts[i], starts[i] + 2, i],
        [starts[i] + 2, starts[i] + 5, i],
      ]
    : [[starts[i], starts[i] + word.length, i]],
);
const offsets = Int32Array.from([-1, -1, ...pieces.flatMap(([from, to]) => [from, to]), -1, -1]);
const known = {
  tokens: { words: Int32Array.from([-1, ...pieces.map(([, , word]) => word), -1]) },
  words: { sentences: Int32Array.from([0, 0, 0, 0, 1, 2, 2]) },
} as unknown as WordsOfUnits;
const scores = Float32Array.from([100, 1, 2, 3, -4, 5, 6, 7, 8, 100]);
/** The text stands at 10 in its document. */
const start = 10;
const ranges = () => new TrackedRanges(offsets, start, [start, start + text.length]);

function units(level: TextLevel, where = ranges(), now = text) {
  return scoredRanges('input-x-gradient', scores, level, where, now, known).map(
    ({ range: [from, to], score, tokens }) => [now.slice(from - start, to - start), score, tokens] as const,
  );
}

describe('the units of a text', () => {
  it('are its tokens, without those that are not seen', () => {
    assert.deepEqual(
      units('token').map(([unit, score]) => [unit, score]),
      pieces.map(([from, to], i) => [text.slice(from, to), scores[i + 1]]),
    );
  });

  it('have the sum of a signed measure, and the stretch that it is of', () => {
    assert.deepEqual(units('word')[2], ['three', -1, 2]);
    assert.deepEqual(units('line'), [
      ['One two', 3, 2],
      ['three. Four', 10, 4],
      ['  Five six', 15, 2],
    ]);
    assert.deepEqual(units('sentence'), [
      ['One two\nthree.', 7, 5],
      ['Four', 6, 1],
      ['Five six', 15, 2],
    ]);
    assert.deepEqual(units('paragraph'), [
      ['One two\nthree. Four', 13, 6],
      ['  Five six', 15, 2],
    ]);
  });

  it('have the root of the sum of squares of a length', () => {
    const [line] = scoredRanges('gradient-l2', scores, 'line', ranges(), text, known);
    assert.ok(Math.abs(line.score - Math.sqrt(5)) < 1e-6);
  });

  it('follow what is written: a line that was split is two, and a token that was touched counts no more', () => {
    const where = ranges();
    where.follow([{ offset: start + 3, length: 1, text: '\n' }]);
    const now = text.replace('One two', 'One\ntwo');
    assert.deepEqual(units('line', where, now).slice(0, 2), [
      ['One', 1, 1],
      ['two', 2, 1],
    ]);
    where.follow([{ offset: start, length: 1, text: 'o' }]);
    assert.deepEqual(units('line', where, now.replace('One', 'one'))[0], ['two', 2, 1]);
  });

  it('need no words where they are lines or paragraphs', () => {
    assert.equal(scoredRanges('surprisal', scores, 'paragraph', ranges(), text, undefined).length, 2);
  });

  it('that are paragraphs end at blank lines, whatever the line ends and the blanks in them', () => {
    const said = (content: string) => {
      const found = stretchesOf('paragraph', content);
      return Array.from({ length: found.length / 2 }, (_, i) =>
        content.slice(found[2 * i], found[2 * i + 1]),
      );
    };
    assert.deepEqual(said('a\r\nb\r\n \t\r\nc'), ['a\r\nb', 'c']);
    assert.deepEqual(said('\n\na\n\n\n\nb\n'), ['a', 'b']);
    assert.deepEqual(said(''), []);
  });
});

describe('what is said of a unit', () => {
  const all = [
    { range: [0, 1], score: 0.5, tokens: 1 },
    { range: [2, 3], score: -0.25, tokens: 12 },
  ] as const;

  it('is its number with sign, how that was added up, and its rank', () => {
    assert.equal(
      unitDescription(all[1], all, 'line', 'input-x-gradient', { label: 'positive' }),
      '**Line: −0.25** · input-x-gradient for “positive”, sum over its 12 tokens · 2 of 2 by size',
    );
  });

  it('has the unit of the measure; surprisal is of no target', () => {
    assert.equal(
      unitDescription(all[0], all, 'paragraph', 'surprisal', { label: ' mat' }),
      '**Paragraph: 0.50 bits** · surprisal, its only token · 1 of 2 by size',
    );
    assert.match(
      unitDescription(all[1], all, 'word', 'gradient-l2', { label: 'x' }),
      /root of the sum of squares over its 12 tokens/,
    );
  });
});

describe('a bar beside the text', () => {
  const bar: Bar = { step: 5, isSigned: false, isJoined: false, theme: 'dark' };
  const drawn = (changes: Partial<Bar>) => {
    const rect =
      /.*<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" .*?fill="(.*?)" fill-opacity="([\d.]+)"/.exec(
        barPicture({ ...bar, ...changes }),
      );
    return { left: Number(rect?.[1]), width: Number(rect?.[2]), fill: rect?.[3], opacity: Number(rect?.[4]) };
  };

  it('is longer and stronger from step to step, up to the whole width', () => {
    const steps = Array.from({ length: barSteps }, (_, i) => drawn({ step: i + 1 }));
    steps.slice(1).forEach((next, i) => {
      assert.ok(next.width > steps[i].width && next.opacity > steps[i].opacity);
    });
    assert.deepEqual(steps.at(-1), { left: 1, width: 18, fill: barColours.dark.positive, opacity: 1 });
    assert.equal(steps[4].width, 9);
  });

  it('grows from the middle, to the left and in the other colour where it speaks against', () => {
    assert.deepEqual(drawn({ step: -10, isSigned: true, theme: 'light' }), {
      left: 1,
      width: 9,
      fill: barColours.light.negative,
      opacity: 1,
    });
    assert.deepEqual(drawn({ step: 10, isSigned: true }).left, 10);
  });

  it("has the theme's colours as package.json declares them, or the user's own", () => {
    const { contributes } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
      contributes: { colors: { id: string; defaults: Record<string, string> }[] };
    };
    for (const [id, side] of [
      ['headlight.saliency', 'positive'],
      ['headlight.saliencyNegative', 'negative'],
    ] as const) {
      const declared = contributes.colors.find((colour) => colour.id === id)?.defaults;
      for (const theme of ['dark', 'light'] as const)
        assert.equal(barColours[theme][side], declared?.[theme]);
    }
    assert.equal(drawn({ own: { positive: plainColour('#abcdef') } }).fill, '#abcdef');
    assert.equal(plainColour('"/><script>'), undefined);
    assert.equal(plainColour('#12'), undefined);
  });
});

describe('steps of scores that all count', () => {
  it('are in proportion to the largest, with its sign', () => {
    assert.deepEqual([...levelsOf([1, -4, 2, 0])], [4, -16, 8, 0]);
    assert.deepEqual([...levelsOf([])], []);
  });
});
