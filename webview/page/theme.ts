/**
 * Dresses the document as VS Code dresses a webview, in its default light or dark theme as the system wants it, and
 * follows the system when that changes.
 */
export function followTheme(page: Window): void {
  const prefersLight = page.matchMedia('(prefers-color-scheme: light)');
  const dress = (): void => {
    const kind = prefersLight.matches ? 'light' : 'dark';
    const { documentElement, body } = page.document;
    documentElement.dataset.theme = kind;
    body.className = `vscode-${kind}`;
    body.dataset.vscodeThemeKind = `vscode-${kind}`;
  };
  prefersLight.addEventListener('change', dress);
  dress();
}
