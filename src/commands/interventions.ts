import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { withLateProgress } from '../lateProgress';
import { withEdit, type AttentionEdit } from '../protocol/edits';
import { readSettings } from '../settings';

/** Switches every head on again. */
export async function switchAllHeadsOn({ inspections: { interventions } }: App): Promise<void> {
  if (interventions.now.ablate === undefined)
    throw new UserError('All heads are on. Switch some off in the head overview.');
  await interventions.switchHeads([]);
}

/** Takes the last change of the model back. */
export async function undoIntervention({ inspections: { interventions } }: App): Promise<void> {
  if (!interventions.canUndo)
    throw new UserError('No head was switched and no attention edited, so there is nothing to undo.');
  await interventions.undo();
}

/** Changes the model again as it was before the change was taken back. */
export async function redoIntervention({ inspections: { interventions } }: App): Promise<void> {
  if (!interventions.canRedo) throw new UserError('No intervention was undone, so there is nothing to redo.');
  await interventions.redo();
}

/** Switches all heads on and takes all edits of attention away. */
export async function resetInterventions({ inspections: { interventions } }: App): Promise<void> {
  const { ablate, edits } = interventions.now;
  if (ablate === undefined && edits === undefined)
    throw new UserError('The model is as it is: no head is off and no attention edited.');
  await interventions.reset();
}

/** Takes attention from attention sinks, as edits that can be seen and undone. */
export async function calibrateSinks({ engine, inspections }: App): Promise<void> {
  const shown = inspections.shown;
  if (shown === undefined)
    throw new UserError('No text is inspected. Inspect one, then calibrate its attention sinks.');
  if (shown.inspection.attentionFile !== undefined)
    throw new UserError('This attention was read from a file: there is no model to run it otherwise.');
  const { factor, keepFirst } = readSettings().sinkCalibration;
  const abort = new AbortController();
  const sinks = await withLateProgress(abort, (progress) =>
    engine.ask(
      (remote) => remote.sinkCalibration,
      { inspection: shown.inspection.id, factor, keepFirst },
      { signal: abort.signal, progress },
    ),
  );
  if (inspections.shown?.inspection.id !== shown.inspection.id)
    throw new UserError('The text was inspected again meanwhile. Calibrate its attention sinks once more.');
  if (sinks.length === 0) {
    const but = keepFirst
      ? ' but the first token, which is left alone (headlight.sinkCalibration.keepFirstToken)'
      : '';
    void vscode.window.showInformationMessage(
      `No token draws five times the average attention of a head${but}: there is nothing to calibrate.`,
    );
    return;
  }
  const before = shown.inspection.edits ?? [];
  await inspections.interventions.editAttention(sinks.reduce<readonly AttentionEdit[]>(withEdit, before));
}
