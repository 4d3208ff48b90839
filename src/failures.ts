import * as vscode from 'vscode';
import type { EngineFailure, FailureKind } from './protocol/engine';
import { toFailure } from './protocol/rpc';

interface Action {
  readonly title: string;
  readonly command: string;
}

const chooseModel: Action = { title: 'Choose Model…', command: 'headlight.chooseModel' };
const restartEngine: Action = { title: 'Restart Engine', command: 'headlight.restartEngine' };
const manageTrust: Action = { title: 'Manage Workspace Trust', command: 'workbench.trust.manage' };
const showLog: Action = { title: 'Show Log', command: 'headlight.showLog' };

/** Ways out, by what went wrong. */
const actions: Readonly<Record<FailureKind, readonly Action[]>> = {
  input: [],
  forgotten: [],
  model: [chooseModel, showLog],
  untrusted: [manageTrust, chooseModel],
  cancelled: [],
  crashed: [restartEngine, chooseModel, showLog],
  failed: [showLog],
};

/** Tells the user of a failure, with ways out, and keeps its details for the log. Cancelled work is not spoken of. */
export function report({ kind, message, detail }: EngineFailure, log: vscode.LogOutputChannel): void {
  if (kind === 'cancelled') return;
  log.error(message);
  if (detail) log.error(detail);
  const show = kind === 'input' ? vscode.window.showWarningMessage : vscode.window.showErrorMessage;
  void show<Action & vscode.MessageItem>(message, ...actions[kind]).then(
    (chosen) => chosen && vscode.commands.executeCommand(chosen.command),
  );
}

/** Does what nobody waits for; where it fails, the user is told. */
export async function orReport(work: Promise<unknown>, log: vscode.LogOutputChannel): Promise<void> {
  try {
    await work;
  } catch (error) {
    report(toFailure(error), log);
  }
}
