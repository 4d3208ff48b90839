import type { ViewName } from '../protocol/view';

export interface DocumentParts {
  readonly view: ViewName;
  /** Addresses of dist/webview/inspector.js and .css, as `asWebviewUri` gives them. */
  readonly script: string;
  readonly style: string;
  /** `webview.cspSource`. */
  readonly source: string;
  /** A fresh random word per document: letters and digits. */
  readonly nonce: string;
}

/**
 * The HTML document of a view: nothing but the bundle, which `data-view` tells what to draw. Nothing is loaded from
 * elsewhere and no script runs but ours. The nonce stands for styles too, and in the meta element, because the UI
 * toolkit tries out with a style element of its own whether the browser knows :focus-visible.
 */
export function viewDocument({ view, script, style, source, nonce }: DocumentParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    `img-src ${source} data: blob:`,
    `font-src ${source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="${style}">
<title>Headlight</title>
</head>
<body data-view="${view}">
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
