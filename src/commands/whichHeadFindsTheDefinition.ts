import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { twoDigits } from '../protocol/numbers';
import { bestHead } from '../protocol/relations';

/** Relations that lead from a name to its definition, the surest first. */
const toDefinitions = ['def-use', 'call-site', 'same-name'] as const;

/** Selects the head that finds definitions of names best, and lets the relation stand out everywhere. */
export async function whichHeadFindsTheDefinition({
  inspections,
  links,
  panels,
  selection,
}: App): Promise<void> {
  if (inspections.shown?.inspection.relations?.source !== 'code') {
    throw new UserError(
      'Heads find definitions in code. Select some code with names and their definitions, and inspect it; the setting “headlight.relations” has to be “auto” or “code”.',
    );
  }
  await links.settled;
  const inspection = inspections.shown?.inspection;
  if (!inspection) return;
  for (const relation of toDefinitions) {
    const best = bestHead(inspection, relation);
    if (!best) continue;
    panels.show('inspector');
    selection.set({ head: best.head, relation }, selection);
    if (best.accuracy > best.baseline) return;
    void vscode.window.showInformationMessage(
      `No head finds ${relation} better than a guess at a fixed distance: the best is right for ${twoDigits(best.accuracy)} of ${best.count}, the guess for ${twoDigits(best.baseline)}.`,
    );
    return;
  }
  throw new UserError(
    'No name in the inspected code has its definition there too. Select more of the code, with the definitions of the names that it uses.',
  );
}
