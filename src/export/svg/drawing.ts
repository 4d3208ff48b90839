import type { Theme } from '../../../webview/marks/theme';
import { contributedColours } from '../../../webview/marks/theme';

/** Pictures without a browser are drawn for paper. */
export const paper: Theme = {
  kind: 'light',
  isDark: false,
  isHighContrast: false,
  background: '#ffffff',
  foreground: '#1f1f1f',
  ...contributedColours.light,
};

export const muted = '#6b6b6b';
export const faint = '#b8b8b8';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text and attribute values of XML; control characters, which XML cannot hold, become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const number = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escaped(value);

/** One SVG element; children are markup that this module made. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${number(value ?? '')}"`)
    .join('');
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`;
}

/** A piece of text; `x` is its middle unless `anchor` says otherwise. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element(
    'text',
    { x, y, 'text-anchor': 'middle', 'xml:space': 'preserve', ...attributes },
    escaped(text),
  );
}

/** The font of all pictures: of one width, so that texts can be measured without a browser. */
export const fontSize = 13;

/** Width of a text in pixels; characters of East Asian scripts and emoji take two places. */
export function widthOf(text: string, size = fontSize): number {
  let places = 0;
  for (const character of text) {
    if (/\p{M}|\u200d|[\ufe00-\ufe0f]/u.test(character)) continue;
    places +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return places * size * 0.602;
}

/** A whole picture with its background and, for screen readers, what it shows. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
      'font-family': "'DejaVu Sans Mono', Menlo, Consolas, monospace",
      'font-size': fontSize,
      fill: paper.foreground,
    },
    element('title', {}, escaped(title)),
    element('rect', { width, height, fill: paper.background }),
    ...parts,
  )}\n`;
}
