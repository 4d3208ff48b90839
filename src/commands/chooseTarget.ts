import * as vscode from 'vscode';
import type { App } from '../app';
import { editorsOf } from '../editor/shownEditors';
import { UserError } from '../engine/errors';
import type { Shown } from '../inspections';
import { hasPrediction, isOutcome } from '../protocol/inspection';
import type { Inspection, ModelInspection, TargetRequest } from '../protocol/inspection';
import type { Subject } from '../subject';
import { chooseSimilarity, inOneLine } from './chooseSimilarity';
import { targetChoices, visible } from '../targetChoices';

/** What is asked of the text from then on; undefined where the user thought better of it. */
type Answer = () => Promise<Partial<Subject> | undefined>;

interface Item extends vscode.QuickPickItem {
  readonly answer?: Answer;
  /** The present target rather than this one. */
  readonly contrast?: TargetRequest;
}

const check = '$(check)';

/** Asks what is to be explained: a likely outcome, one that is typed, the token at the cursor, or one rather than another. */
export async function chooseTarget({ inspections, selection }: App): Promise<void> {
  const { shown } = inspections;
  if (!shown) throw new UserError('There is nothing to choose a target for. Inspect some text first.');
  const known = explained(shown.inspection);
  if (!isOutcome(known.target.kind)) return chooseSimilarity(inspections, known);
  const items = itemsOf(known, selection.value.token ?? tokenAtCursor(shown));
  const position = known.prediction.position < 0 ? undefined : known.prediction.position;
  const isClass = known.prediction.kind === 'class';
  const answer = await pick(items, isClass ? undefined : (label) => ({ label, position }));
  const changes = await answer?.();
  if (changes) await inspections.again(changes);
}

/** @throws UserError where there is no model to ask */
function explained(inspection: Inspection): ModelInspection {
  if (hasPrediction(inspection) && inspection.attentionFile === undefined) return inspection;
  throw new UserError(
    'The attention was read from a file: there is no model that could explain another outcome. Inspect some text with a model.',
  );
}

/** A new inspection selects no token, but the cursor stands somewhere. */
function tokenAtCursor(shown: Shown): number | undefined {
  const [editor] = editorsOf(shown);
  return editor && shown.ranges.tokenAt(editor.document.offsetAt(editor.selection.active));
}

function itemsOf(inspection: ModelInspection, cursor: number | undefined): Item[] {
  const { target, model, pairText = '' } = inspection;
  const ratherThan: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('git-compare'),
    tooltip: `Why “${visible(target.label)}” rather than this?`,
  };
  const items = targetChoices(inspection, cursor).map((choice): Item => ({
    label: `${choice.isChosen ? check : '$(blank)'} ${choice.label}`,
    description: choice.description,
    answer: asking(choice.target),
    contrast: choice.contrast,
    buttons: choice.contrast ? [ratherThan] : [],
  }));
  if (model.task !== 'seq2seq') return items;
  const said = pairText.trim() === '' ? 'nothing so far' : inOneLine(pairText);
  const decoder: Item = {
    label: '$(edit) Text of the decoder…',
    description: said,
    answer: decoderText(pairText),
  };
  return [decoder, { label: '', kind: vscode.QuickPickItemKind.Separator }, ...items];
}

const asking = (target: TargetRequest): Answer => {
  return () => Promise.resolve({ target });
};

/** Asks what the decoder of an encoder-decoder has said, after which its next token is explained. */
function decoderText(present: string): Answer {
  return async () => {
    const pair = await vscode.window.showInputBox({
      title: 'Headlight: Text of the Decoder',
      prompt: 'What the decoder has said so far; its next token is explained, and each of these can be.',
      placeHolder: 'Nothing: the first token is explained',
      value: present,
      ignoreFocusOut: true,
    });
    return pair === undefined ? undefined : { pair: pair === '' ? undefined : pair, target: undefined };
  };
}

/** A quick pick that also takes what is typed, where `typed` says how. */
function pick(
  items: readonly Item[],
  typed: ((text: string) => TargetRequest) | undefined,
): Promise<Answer | undefined> {
  const list = vscode.window.createQuickPick<Item>();
  list.title = 'Headlight: Choose Target';
  list.placeholder = typed ? 'A likely token, or type any other' : 'The class to be explained';
  list.items = items;
  list.activeItems = items.filter(({ label }) => label.startsWith(check)).slice(0, 1);
  list.matchOnDescription = true;
  list.onDidChangeValue((text) => {
    if (!typed) return;
    const own: Item = {
      label: `$(edit) ${visible(text)}`,
      description: 'as typed',
      alwaysShow: true,
      answer: asking(typed(text)),
    };
    list.items = text === '' ? items : [...items, own];
  });
  return new Promise((resolve) => {
    const close = (answer: Answer | undefined): void => {
      resolve(answer);
      list.hide();
    };
    list.onDidAccept(() => {
      const [item] = list.selectedItems;
      // Who types fast has accepted before the list has the line of what was typed.
      close(item ? item.answer : typed && list.value !== '' ? asking(typed(list.value)) : undefined);
    });
    list.onDidTriggerItemButton(({ item }) => close(item.contrast && asking(item.contrast)));
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}
