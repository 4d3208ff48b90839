import { htmlDocument } from '../export/htmlDocument';
import type { ViewName } from '../protocol/view';

export interface DocumentParts {
  readonly view: ViewName;
  readonly title: string;
  /** Addresses of dist/webview/inspector.js and .css, as `asWebviewUri` gives them. */
  readonly script: string;
  readonly style: string;
  /** `webview.cspSource`. */
  readonly source: string;
  /** A fresh random word per document: letters, digits and signs of base 64. */
  readonly nonce: string;
}

/** The HTML of a view: nothing but the bundle. Nothing is loaded from elsewhere and no script runs but ours. */
export function viewDocument({ view, title, script, style, source, nonce }: DocumentParts): string {
  return htmlDocument({
    title,
    policy: [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src ${source} 'nonce-${nonce}'`,
      `img-src ${source} data: blob:`,
      `font-src ${source}`,
    ],
    nonce,
    view,
    head: [`<link rel="stylesheet" href="${style}">`],
    body: [`<script nonce="${nonce}" src="${script}"></script>`],
  });
}
