import type { App } from '../app';
import { UserError } from '../engine/errors';

/** Switches every head on again. */
export async function switchAllHeadsOn({ inspections }: App): Promise<void> {
  if (inspections.headsOff.length === 0)
    throw new UserError('All heads are on. Switch some off in the head overview.');
  await inspections.switchHeads([]);
}

/** Takes the last switching of heads back. */
export async function undoSwitchHeads({ inspections }: App): Promise<void> {
  if (!inspections.canUndoSwitch) throw new UserError('No head was switched, so there is nothing to undo.');
  await inspections.undoSwitch();
}

/** Switches the heads again whose switching was taken back. */
export async function redoSwitchHeads({ inspections }: App): Promise<void> {
  if (!inspections.canRedoSwitch)
    throw new UserError('No switching was undone, so there is nothing to redo.');
  await inspections.redoSwitch();
}
