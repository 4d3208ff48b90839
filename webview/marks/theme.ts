import { lab, rgb } from 'd3';
import type { ThemeKind } from './relations';

/** What scales need to know of the theme that is on: colours as CSS writes them, without transparency. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  /** Colours of the tokens that speak for and against the target, the same as in the editor. */
  readonly saliency: string;
  readonly saliencyNegative: string;
}

/** Where a document lacks the colours that the extension contributes: their defaults in package.json. */
export const contributedColours: Readonly<Record<ThemeKind, Pick<Theme, 'saliency' | 'saliencyNegative'>>> = {
  dark: { saliency: '#f2994a', saliencyNegative: '#4a9ff2' },
  light: { saliency: '#f08c00', saliencyNegative: '#2f80ed' },
  'hc-dark': { saliency: '#ff9d3c', saliencyNegative: '#4db2ff' },
  'hc-light': { saliency: '#e06c00', saliencyNegative: '#0057c2' },
};

/** Reads the theme from VS Code's variables on the document; call again after a change of theme. */
export function readTheme(document: Document): Theme {
  const styles = getComputedStyle(document.documentElement);
  const variable = (name: string): string => styles.getPropertyValue(`--vscode-${name}`).trim();
  const bodyKind = document.body.dataset.vscodeThemeKind ?? '';
  const background = variable('editor-background') || (bodyKind.includes('light') ? '#ffffff' : '#1f1f1f');
  const isDark = lab(background).l < 50;
  const isHighContrast = bodyKind.includes('high-contrast');
  const kind: ThemeKind = isHighContrast ? (isDark ? 'hc-dark' : 'hc-light') : isDark ? 'dark' : 'light';
  const { saliency, saliencyNegative } = contributedColours[kind];
  return {
    kind,
    isDark,
    isHighContrast,
    background: rgb(background).formatHex(),
    foreground: rgb(variable('editor-foreground') || (isDark ? '#cccccc' : '#3b3b3b')).formatHex(),
    saliency: variable('headlight-saliency') || saliency,
    saliencyNegative: variable('headlight-saliencyNegative') || saliencyNegative,
  };
}
