import fc from 'fast-check';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { hcl, lab } from 'd3';
import type { Inspection, TokenRow } from '../../src/protocol/inspection';
import { glyphRadius, ringWidth } from '../../webview/marks/glyph';
import { probability } from '../../webview/marks/probability';
import { shownSaliency } from '../../webview/marks/saliency';
import { contrast, measureColour, roleColour, saliencyColour, textColour } from '../../webview/marks/scales';
import { contributedColours, type Theme } from '../../webview/marks/theme';
import { tokenRuns, visibleToken } from '../../webview/marks/tokenText';
import { placeTooltip } from '../../webview/marks/tooltip';
import { saliencyStatements, targetSentence } from '../../webview/views/saliency/statements';
import { scoredUnits } from '../../webview/views/saliency/units';
import type { RecordedInspection } from './harness';
import { readRecorded } from './recorded';
import { themeNames, themes } from './themes';

const share = fc.double({ min: 0, max: 1, noNaN: true });

function row(offsets: readonly (readonly [number, number])[], words: readonly number[]): TokenRow {
  return {
    ids: new Int32Array(offsets.length),
    pieces: offsets.map((_, i) => `piece ${i}`),
    offsets: Int32Array.from(offsets.flat()),
    special: Uint8Array.from(offsets, ([from]) => Number(from < 0)),
    words: Int32Array.from(words),
  };
}

describe('the colour of a head’s role', () => {
  for (const theme of themeNames) {
    it(`goes from red over purple to blue (${theme})`, () => {
      const hues = [
        [1, 0],
        [1, 1],
        [0, 1],
      ].map(([semantic, syntactic]) => hcl(roleColour(semantic, syntactic, theme)).h);
      const [red, purple, blue] = hues.map((hue) => (hue + 360) % 360);
      assert.ok(red < 45 || red > 350, `red is ${red}`);
      assert.ok(purple > 300 && purple < 345, `purple is ${purple}`);
      assert.ok(blue > 250 && blue < 300, `blue is ${blue}`);
    });

    it(`comes nearer to the background the weaker both scores are (${theme})`, () => {
      const background = lab(themes[theme].variables['--vscode-editor-background']).l;
      const distances = [0, 0.25, 0.5, 0.75, 1].map((score) =>
        Math.abs(lab(roleColour(score, score, theme)).l - background),
      );
      assert.deepEqual(
        distances,
        [...distances].sort((a, b) => a - b),
      );
    });
  }

  it('depends on nothing but the two scores, and takes a missing one as 0', () => {
    assert.equal(roleColour(0.4, NaN, 'dark'), roleColour(0.4, 0, 'dark'));
    assert.notEqual(roleColour(0.4, 0.1, 'dark'), roleColour(0.1, 0.4, 'dark'));
  });

  it('keeps a contrast of 3 : 1 in high contrast, for measures as well', () => {
    for (const theme of ['hc-dark', 'hc-light'] as const) {
      const background = themes[theme].variables['--vscode-editor-background'];
      fc.assert(
        fc.property(share, share, (a, b) => {
          assert.ok(contrast(roleColour(a, b, theme), background) >= 3);
          assert.ok(contrast(measureColour(a, theme), background) >= 3);
        }),
      );
    }
  });
});

describe('the colours of tokens', () => {
  it('are those that the extension contributes to themes', () => {
    const file = readFileSync(resolve(__dirname, '../../package.json'), 'utf8');
    const { contributes } = JSON.parse(file) as {
      contributes: { colors: { id: string; defaults: Record<string, string> }[] };
    };
    const names = {
      dark: 'dark',
      light: 'light',
      'hc-dark': 'highContrast',
      'hc-light': 'highContrastLight',
    };
    for (const theme of themeNames) {
      for (const name of ['saliency', 'saliencyNegative'] as const) {
        const contributed = contributes.colors.find(({ id }) => id === `headlight.${name}`);
        assert.equal(contributedColours[theme][name], contributed?.defaults[names[theme]]);
      }
    }
  });

  it('leave every text readable, in every theme', () => {
    for (const name of themeNames) {
      const { variables } = themes[name];
      const theme: Theme = {
        kind: name,
        isDark: name.includes('dark'),
        isHighContrast: name.startsWith('hc'),
        background: variables['--vscode-editor-background'],
        foreground: variables['--vscode-editor-foreground'],
        ...contributedColours[name],
      };
      assert.equal(saliencyColour(0, theme), theme.background);
      fc.assert(
        fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
          const background = saliencyColour(value, theme);
          assert.ok(contrast(textColour(background, theme), background) >= 4.5);
        }),
      );
    }
  });
});

describe('a glyph', () => {
  it('grows with its magnitude, in radius and thickness, and stays inside its cell', () => {
    fc.assert(
      fc.property(share, share, fc.integer({ min: 20, max: 120 }), (a, b, size) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(glyphRadius(small, size) <= glyphRadius(large, size));
        assert.ok(ringWidth(small, size) <= ringWidth(large, size));
        assert.ok(glyphRadius(large, size) < size / 2);
        assert.ok(ringWidth(large, size) < glyphRadius(large, size));
      }),
    );
  });
});

describe('a probability', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 %'],
    [1, '100 %'],
    [0.56, '56 %'],
    [0.099, '9.9 %'],
    [0.00019, '0.019 %'],
    [0.99981, '99.98 %'],
    [0.995, '99.5 %'],
    [0.95, '95 %'],
    [0.9, '90 %'],
    [0.999999, '> 99.99 %'],
    [1e-9, '< 0.001 %'],
    [NaN, '–'],
  ];
  for (const [value, words] of cases)
    it(`of ${value} reads ${words}`, () => assert.equal(probability(value), words));

  it('never says 0 % or 100 % of anything between', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (value) => {
        assert.ok(!['0', '100'].includes(probability(value).replace(/(\.0+)? %$/, '')), String(value));
      }),
    );
  });
});

describe('tokens over their text', () => {
  it('give the text back, whatever the tokens are', () => {
    const pieces = fc.array(fc.stringMatching(/^[a-z é😀\n\t]{1,6}$/u), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pieces, (parts) => {
        let at = 0;
        const offsets = parts.map((part): [number, number] => [at, (at += part.length)]);
        const runs = tokenRuns({
          text: parts.join(''),
          row: row(
            offsets,
            parts.map((_, i) => i),
          ),
        });
        const written = runs.map((run) => run.before + (run.isMark ? '' : run.shown)).join('');
        assert.equal(written.replace(/\s/g, ''), parts.join('').replace(/\s/g, ''));
        assert.ok(runs.every((run) => run.shown !== ''));
      }),
    );
  });

  it('keep a line break, and show it', () => {
    const [, mark, after] = tokenRuns({
      text: 'a\n  b',
      row: row(
        [
          [0, 1],
          [1, 4],
          [4, 5],
        ],
        [0, -1, 1],
      ),
    });
    assert.deepEqual([mark.shown, mark.after, mark.isMark], ['↵', '\n  ', true]);
    assert.equal(after.shown, 'b');
  });

  it('draw the blank that a tokenizer counts to a word before that word', () => {
    const [, word] = tokenRuns({
      text: 'a word',
      row: row(
        [
          [0, 1],
          [1, 6],
        ],
        [0, 1],
      ),
    });
    assert.deepEqual([word.before, word.shown], [' ', 'word']);
  });

  it('show a character that several tokens share once', () => {
    const runs = tokenRuns({
      text: '😀',
      row: row(
        [
          [0, 2],
          [0, 2],
          [0, 2],
        ],
        [0, 0, 0],
      ),
    });
    assert.deepEqual(
      runs.map(({ shown }) => shown),
      ['😀', '·', '·'],
    );
  });

  it('lay a second text over its own tokens', () => {
    const pair = {
      ...row(
        [
          [0, 1],
          [-1, -1],
          [0, 3],
        ],
        [0, -1, -1],
      ),
      sequences: Int8Array.of(0, -1, 1),
    };
    const runs = tokenRuns({ text: 'a', secondText: 'two', row: pair });
    assert.deepEqual(
      runs.map(({ shown, isSpecial }) => [shown, isSpecial]),
      [
        ['a', false],
        ['piece 1', true],
        ['two', false],
      ],
    );
  });

  it('are labels with their blanks made visible', () => {
    assert.equal(visibleToken(' door'), '·door');
    assert.equal(visibleToken('\n'), '↵');
    assert.equal(visibleToken('a b'), 'a b');
  });
});

describe('a tooltip', () => {
  it('lies inside the window, and beside what it must not cover where it fits there', () => {
    const edge = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(edge, edge, (left, top) => {
        const anchor = { left, right: left + 20, top, bottom: top + 20 };
        const box = { width: 200, height: 150 };
        const place = placeTooltip(anchor, box, { width: 1000, height: 1000 });
        assert.ok(place.left >= 0 && place.left + box.width <= 1000);
        assert.ok(place.top >= 0 && place.top + box.height <= 1000);
      }),
    );
    const grid = { left: 0, right: 400, top: 0, bottom: 400 };
    const anchor = { left: 100, right: 130, top: 100, bottom: 130 };
    const beside = placeTooltip(anchor, { width: 200, height: 100 }, { width: 900, height: 900 }, grid);
    assert.deepEqual(beside, { left: 406, top: 65 });
    const below = placeTooltip(anchor, { width: 200, height: 100 }, { width: 450, height: 900 }, grid);
    assert.deepEqual(below, { left: 15, top: 136 });
  });
});

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
