import * as vscode from 'vscode';
import { UserError } from '../engine/errors';
import type { Inspections } from '../inspections';
import type { ModelInspection, TargetRequest } from '../protocol/inspection';

interface Item extends vscode.QuickPickItem {
  readonly target: () => Promise<TargetRequest | undefined>;
}

/** Letters of a text that stand beside a choice. */
const lettersShown = 60;

/** Asks what of an embedding is to be explained: its length, or how similar it is to that of another text. */
export async function chooseSimilarity(
  inspections: Inspections,
  { target, text }: ModelInspection,
): Promise<void> {
  const isNorm = target.kind === 'norm';
  const check = (isChosen: boolean): string => (isChosen ? '$(check)' : '$(blank)');
  const items: Item[] = [
    {
      label: `${check(isNorm)} Norm of the embedding`,
      description: 'how long it is',
      target: () => Promise.resolve({}),
    },
    ...(isNorm
      ? []
      : [
          {
            label: `${check(true)} ${sentenceCase(target.label)}`,
            target: () => Promise.resolve(undefined),
          },
        ]),
    ...otherSelections(text).map(({ name, selected }) => ({
      label: `$(blank) Similarity to ${name}`,
      description: inOneLine(selected),
      target: () => Promise.resolve({ similarTo: selected }),
    })),
    // Read once it is wanted: where VS Code runs in a browser, that asks the user for permission.
    { label: '$(clippy) Similarity to the text in the clipboard', target: () => clipboard() },
    { label: '$(edit) Similarity to another text…', target: () => askForText() },
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Headlight: Choose Target',
    placeHolder: 'What of the embedding is to be explained',
    matchOnDescription: true,
  });
  const request = await chosen?.target();
  if (request) await inspections.retarget(request);
}

async function clipboard(): Promise<TargetRequest> {
  const similarTo = await vscode.env.clipboard.readText();
  if (similarTo.trim() !== '') return { similarTo };
  throw new UserError('There is no text in the clipboard. Copy the text to compare with, then choose again.');
}

async function askForText(): Promise<TargetRequest | undefined> {
  const similarTo = await vscode.window.showInputBox({
    title: 'Headlight: Similarity to Another Text',
    prompt: 'The cosine of the two embeddings is explained.',
    placeHolder: 'A text to compare with',
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? 'Give some words to compare with.' : undefined),
  });
  return similarTo === undefined ? undefined : { similarTo };
}

/** What is selected in the editors that can be seen, but for the text that is inspected itself. */
function otherSelections(text: string): { readonly name: string; readonly selected: string }[] {
  return vscode.window.visibleTextEditors.flatMap(({ document, selections }) =>
    selections
      .map((selection) => document.getText(selection))
      .filter((selected) => selected.trim() !== '' && selected.trim() !== text.trim())
      .map((selected) => ({
        name: `the selection in ${vscode.workspace.asRelativePath(document.uri)}`,
        selected,
      })),
  );
}

function sentenceCase(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/** A text as it fits beside a choice. */
export function inOneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const letters = Array.from(line);
  return letters.length > lettersShown ? `${letters.slice(0, lettersShown - 1).join('')}…` : line;
}
