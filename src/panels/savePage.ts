import * as vscode from 'vscode';
import { UserError } from '../engine/errors';
import { readPageBundle } from '../export/bundle';
import { inspectionPage } from '../export/page';
import { readSettings } from '../settings';
import { saveFile } from './saveFile';
import type { ViewContext } from './viewHost';

/** Makes a page of what is shown and asks where to keep it. */
export async function savePage({
  extension,
  engine,
  inspections,
  selection,
}: Omit<ViewContext, 'marks' | 'pins'>): Promise<void> {
  const { shown } = inspections;
  if (!shown) throw new UserError('There is nothing to save. Inspect some text first.');
  const { saliency, saliencyLevel: level, countFrom } = readSettings();
  const options = { location: vscode.ProgressLocation.Notification, title: 'Headlight', cancellable: true };
  const page = await vscode.window.withProgress(options, async (progress, cancellation) => {
    progress.report({ message: 'Gathering the attention of all heads' });
    const abort = new AbortController();
    cancellation.onCancellationRequested(() => abort.abort());
    return inspectionPage({
      inspection: shown.inspection,
      attention: (request) => engine.attention(request, { signal: abort.signal }),
      bundle: await readPageBundle(vscode.Uri.joinPath(extension, 'dist', 'webview').fsPath),
      settings: { saliency, level, countFrom },
      selection: selection.value,
    });
  });
  const { name } = shown.inspection.model;
  await saveFile({ name: `headlight-${name}`, extension: 'html', content: page });
}
