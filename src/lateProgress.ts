import * as vscode from 'vscode';
import type { Progress } from './protocol/engine';

/** Milliseconds; work that is done sooner is not worth a sign that it is under way. */
export const patience = 300;

/**
 * Does some work, with a notification that can cancel it once it has taken longer than a user takes for an instant.
 * @param abort is aborted when the user cancels.
 */
export function withLateProgress<Result>(
  abort: AbortController,
  work: (report: (step: Progress) => void) => Promise<Result>,
): Promise<Result> {
  let last: Progress | undefined;
  let report = (step: Progress): void => {
    last = step;
  };
  const result = work((step) => report(step));
  const timer = setTimeout(() => {
    const options = { location: vscode.ProgressLocation.Notification, title: 'Headlight', cancellable: true };
    void vscode.window.withProgress(options, async (progress, cancellation) => {
      cancellation.onCancellationRequested(() => abort.abort());
      let done = 0;
      report = ({ message, fraction }) => {
        const increment = fraction === undefined ? undefined : Math.max(0, fraction * 100 - done);
        done += increment ?? 0;
        progress.report({ message, increment });
      };
      report(last ?? { message: 'Inspecting' });
      await Promise.allSettled([result]);
    });
  }, patience);
  return result.finally(() => clearTimeout(timer));
}
