import * as vscode from 'vscode';
import type { App } from '../app';
import { UserError } from '../engine/errors';
import { hasPrediction, isOutcome } from '../protocol/inspection';
import type { Inspection, ModelInspection, TargetRequest } from '../protocol/inspection';
import { chooseSimilarity } from './chooseSimilarity';
import { targetChoices, visible, type TargetChoice } from '../targetChoices';

type Item = vscode.QuickPickItem & Pick<TargetChoice, 'target' | 'contrast'>;

/** Asks what is to be explained: a likely outcome, one that is typed, the token at the cursor, or one rather than another. */
export async function chooseTarget({ inspections, selection }: App): Promise<void> {
  const inspection = inspections.shown?.inspection;
  if (!inspection) throw new UserError('There is nothing to choose a target for. Inspect some text first.');
  const known = explained(inspection);
  if (!isOutcome(known.target.kind)) return chooseSimilarity(inspections, known);
  const { prediction, target } = known;
  const ratherThan: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('git-compare'),
    tooltip: `Why “${visible(target.label)}” rather than this?`,
  };
  const items = targetChoices(known, selection.value.token).map((choice): Item => ({
    ...choice,
    label: `${choice.isChosen ? '$(check)' : '$(blank)'} ${choice.label}`,
    buttons: choice.contrast ? [ratherThan] : [],
  }));
  const position = prediction.position < 0 ? undefined : prediction.position;
  const chosen = await pick(
    items,
    prediction.kind === 'class' ? undefined : (label) => ({ label, position }),
  );
  if (chosen) await inspections.retarget(chosen);
}

/** @throws UserError where there is no model to ask */
function explained(inspection: Inspection): ModelInspection {
  if (hasPrediction(inspection) && inspection.attentionFile === undefined) return inspection;
  throw new UserError(
    'The attention was read from a file: there is no model that could explain another outcome. Inspect some text with a model.',
  );
}

/** A quick pick that also takes what is typed, where `typed` says how. */
function pick(
  items: readonly Item[],
  typed: ((text: string) => TargetRequest) | undefined,
): Promise<TargetRequest | undefined> {
  const list = vscode.window.createQuickPick<Item>();
  list.title = 'Headlight: Choose Target';
  list.placeholder = typed ? 'A likely token, or type any other' : 'The class to be explained';
  list.items = items;
  list.matchOnDescription = true;
  list.onDidChangeValue((text) => {
    if (!typed) return;
    const own: Item = {
      label: `$(edit) ${visible(text)}`,
      description: 'as typed',
      alwaysShow: true,
      target: typed(text),
    };
    list.items = text === '' ? items : [...items, own];
  });
  return new Promise((resolve) => {
    const close = (target: TargetRequest | undefined): void => {
      resolve(target);
      list.hide();
    };
    list.onDidAccept(() => close(list.selectedItems[0]?.target));
    list.onDidTriggerItemButton(({ item }) => close(item.contrast));
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}
