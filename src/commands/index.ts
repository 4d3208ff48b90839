import * as vscode from 'vscode';
import type { App } from '../app';
import { report } from '../failures';
import { toFailure } from '../protocol/rpc';
import { chooseLevel } from './chooseLevel';
import { chooseModel } from './chooseModel';
import { chooseSaliency } from './chooseSaliency';
import { chooseTarget } from './chooseTarget';
import { exportPage } from './exportPage';
import { forgetModel, useModel } from './modelList';
import { inspectPrompt } from './inspectPrompt';
import { inspectFile } from './inspectFile';
import { inspectRow } from './inspectRow';
import { inspectSelection } from './inspectSelection';
import { openAttentionFile } from './openAttentionFile';
import {
  calibrateSinks,
  redoIntervention,
  resetInterventions,
  switchAllHeadsOn,
  undoIntervention,
} from './interventions';
import { openDataSet, openLinesAsDataSet, rerunDataSet, scoreHeads } from './openDataSet';
import { openInspector, openView } from './openView';
import { comparePin, pinInspection, removePin, renamePin, revealPin, unpinInspection } from './pins';
import { markReference, whatChanged } from './whatChanged';
import { restartEngine } from './restartEngine';
import { saveView } from './saveView';

import { toggleLive } from './toggleLive';
import { trySample } from './trySample';
import { useRelations } from './useRelations';
import { whichHeadFindsTheDefinition } from './whichHeadFindsTheDefinition';

/** A command's work; what the workbench hands over is checked by the command itself. */
export type Command = (app: App, argument: unknown) => Promise<void> | undefined;

/** All commands, by their id without the prefix `headlight.`. */
const commands: Readonly<Record<string, Command>> = {
  inspectSelection,
  inspectFile,
  inspectPrompt,
  chooseModel,
  useModel,
  forgetModel,
  chooseTarget,
  chooseSaliency,
  chooseLevel,
  useRelations,
  whichHeadFindsTheDefinition,
  toggleLive,
  switchAllHeadsOn,
  undoIntervention,
  redoIntervention,
  resetInterventions,
  calibrateSinks,
  openAttentionFile,
  openDataSet,
  openLinesAsDataSet,
  rerunDataSet,
  scoreHeads,
  inspectRow,
  openInspector,
  openView,
  pinInspection,
  unpinInspection,
  comparePin,
  renamePin,
  removePin,
  revealPin,
  whatChanged,
  markReference,
  saveView,
  exportPage,
  trySample,
  restartEngine,
  clear: ({ inspections }) => void inspections.clear(),
  showLog: ({ log }) => void log.show(),
};

/** Registers every command; one that fails says so in a sentence. */
export function registerCommands(app: App): vscode.Disposable {
  const registrations = Object.entries(commands).map(([name, command]) =>
    vscode.commands.registerCommand(`headlight.${name}`, async (argument: unknown) => {
      try {
        await command(app, argument);
      } catch (error) {
        report(toFailure(error), app.log);
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
