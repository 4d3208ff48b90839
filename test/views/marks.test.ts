import fc from 'fast-check';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { hcl, lab } from 'd3';
import type { TokenRow } from '../../src/protocol/inspection';
import { glyphRadius, ringWidth } from '../../webview/marks/glyph';
import { contrast, measureColour, roleColour, saliencyColour, textColour } from '../../webview/marks/scales';
import { contributedColours, type Theme } from '../../webview/marks/theme';
import { tokenRuns, visibleToken } from '../../webview/marks/tokenText';
import { placeTooltip } from '../../webview/marks/tooltip';
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
