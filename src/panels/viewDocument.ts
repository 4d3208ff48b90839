import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ViewName } from '../protocol/view';

/** The folders that a webview may read. */
export function viewRoots(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist', 'webview'), vscode.Uri.joinPath(extension, 'media')];
}

/** The HTML of every view: which one it is, its script knows from `data-view`. Nothing is loaded from outside. */
export function viewDocument(
  webview: vscode.Webview,
  extension: vscode.Uri,
  name: ViewName,
  title: string,
): string {
  const nonce = randomBytes(16).toString('base64');
  const resource = (file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', file)).toString();
  const policy = [
    `default-src 'none'`,
    `img-src ${webview.cspSource} data: blob:`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <!-- Where the UI toolkit looks for the nonce of its own style elements. -->
  <meta property="csp-nonce" content="${nonce}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="stylesheet" href="${resource('inspector.css')}">
</head>
<body data-view="${name}">
  <script nonce="${nonce}" src="${resource('inspector.js')}"></script>
</body>
</html>`;
}
