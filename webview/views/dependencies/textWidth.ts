import type { TextWidth } from './row';

/** Sizes of the picture's two fonts, as shares of the view's own font; the style sheet has the same. */
const shares = { word: 1, label: 0.85 };

export interface TextMeasure {
  readonly width: TextWidth;
  /** Reads the font anew: call before a drawing, not within one, because asking for styles makes the browser work them out. */
  refresh(): void;
}

/** Measures texts in the fonts that a view is drawn with. Each text is measured once per font. */
export function measureTexts(root: HTMLElement): TextMeasure {
  const canvas = document.createElement('canvas').getContext('2d');
  const known = new Map<string, number>();
  let family = 'sans-serif';
  let pixels = 13;
  return {
    width(text, font) {
      const key = `${font} ${text}`;
      let width = known.get(key);
      if (width === undefined) {
        if (canvas) canvas.font = `${pixels * shares[font]}px ${family}`;
        width = canvas ? canvas.measureText(text).width : text.length * pixels * 0.6 * shares[font];
        known.set(key, width);
      }
      return width;
    },
    refresh() {
      const style = getComputedStyle(root);
      if (style.fontFamily === family && parseFloat(style.fontSize) === pixels) return;
      family = style.fontFamily;
      pixels = parseFloat(style.fontSize);
      known.clear();
    },
  };
}
