import * as vscode from 'vscode';
import type { App } from '../app';
import { probability, twoDigits } from '../editor/numbers';
import { UserError } from '../engine/errors';
import type { Candidate, TargetRequest } from '../protocol/inspection';

type Choice = vscode.QuickPickItem & { readonly target: TargetRequest };

/** Asks what is to be explained: one of the likely outcomes, or one that is typed. */
export async function chooseTarget({ inspections }: App): Promise<void> {
  const inspection = inspections.shown?.inspection;
  if (!inspection) throw new UserError('There is nothing to choose a target for. Inspect some text first.');
  const { prediction, target } = inspection;
  const isClass = prediction.kind === 'class';
  const position = isClass ? undefined : prediction.position;
  const entry = (candidate: Candidate): Choice => ({
    label: `${candidate.id === target.id ? '$(check)' : '$(blank)'} ${visible(candidate.label)}`,
    description: `probability ${probability(candidate.probability)} · logit ${twoDigits(candidate.logit)}`,
    target: { id: candidate.id, position },
  });
  const candidates = prediction.candidates.map(entry);
  const chosen = await pick(candidates, isClass ? undefined : (label) => ({ label, position }));
  if (chosen) await inspections.retarget(chosen);
}

/** A quick pick that also takes what is typed, where `typed` says how. */
function pick(
  candidates: readonly Choice[],
  typed: ((text: string) => TargetRequest) | undefined,
): Promise<TargetRequest | undefined> {
  const list = vscode.window.createQuickPick<Choice>();
  list.title = 'Headlight: Choose Target';
  list.placeholder = typed ? 'A likely token, or type any other' : 'The class to be explained';
  list.items = candidates;
  list.matchOnDescription = true;
  list.onDidChangeValue((text) => {
    if (!typed) return;
    const own: Choice = {
      label: `$(edit) ${visible(text)}`,
      description: 'as typed',
      alwaysShow: true,
      target: typed(text),
    };
    list.items = text === '' ? candidates : [...candidates, own];
  });
  return new Promise((resolve) => {
    list.onDidAccept(() => {
      resolve(list.selectedItems[0]?.target);
      list.hide();
    });
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}

/** A token as it can be seen in a list: spaces at its ends are part of it. */
function visible(label: string): string {
  return label
    .replace(/^ +| +$/g, (spaces) => '␣'.repeat(spaces.length))
    .replace(/\n/g, '⏎')
    .replace(/\t/g, '⇥');
}
