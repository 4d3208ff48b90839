import { lab, rgb } from 'd3';
import type { ThemeKind } from './relations';

/** What scales need to know of the theme that is on: colours as CSS writes them, without transparency. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
}

/** Reads the theme from VS Code's variables on the document; call again after a change of theme. */
export function readTheme(document: Document): Theme {
  const styles = getComputedStyle(document.documentElement);
  const variable = (name: string): string => styles.getPropertyValue(`--vscode-${name}`).trim();
  const kind = document.body.dataset.vscodeThemeKind ?? '';
  const background = variable('editor-background') || (kind.includes('light') ? '#ffffff' : '#1f1f1f');
  const isDark = lab(background).l < 50;
  const isHighContrast = kind.includes('high-contrast');
  return {
    kind: isHighContrast ? (isDark ? 'hc-dark' : 'hc-light') : isDark ? 'dark' : 'light',
    isDark,
    isHighContrast,
    background: rgb(background).formatHex(),
    foreground: rgb(variable('editor-foreground') || (isDark ? '#cccccc' : '#3b3b3b')).formatHex(),
  };
}
