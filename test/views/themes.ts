import recorded from './themes.json';

/** The kinds of theme that VS Code tells webviews apart by, with the default theme of each. */
export const themeNames = ['dark', 'light', 'hc-dark', 'hc-light'] as const;
export type ThemeName = (typeof themeNames)[number];

/** As VS Code writes them on a webview's body. */
export interface Theme {
  readonly kind: 'vscode-dark' | 'vscode-light' | 'vscode-high-contrast' | 'vscode-high-contrast-light';
  readonly classes: readonly string[];
  /** Every `--vscode-*` variable that a webview has in this theme. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Recorded from a real VS Code by scripts/record-themes.ts. */
export const themes: Readonly<Record<ThemeName, Theme>> = {
  dark: { kind: 'vscode-dark', classes: ['vscode-dark'], variables: recorded.dark },
  light: { kind: 'vscode-light', classes: ['vscode-light'], variables: recorded.light },
  'hc-dark': {
    kind: 'vscode-high-contrast',
    classes: ['vscode-high-contrast'],
    variables: recorded['hc-dark'],
  },
  'hc-light': {
    kind: 'vscode-high-contrast-light',
    // VS Code sets both, for views that know only one high contrast.
    classes: ['vscode-high-contrast-light', 'vscode-high-contrast'],
    variables: recorded['hc-light'],
  },
};
