import * as vscode from 'vscode';
import type { ColumnChoice, DataSetOutline } from '../protocol/dataSet';

type Part = keyof ColumnChoice;

interface Item extends vscode.QuickPickItem {
  readonly part?: Part;
}

const parts: readonly { readonly part: Part; readonly title: string; readonly placeHolder: string }[] = [
  { part: 'text', title: 'Text', placeHolder: 'The column that the model reads' },
  { part: 'label', title: 'True label', placeHolder: 'What predictions are compared with' },
  { part: 'pair', title: 'Second text', placeHolder: 'For models that take two texts' },
];

/**
 * Asks which columns mean what, with what their names suggest; lines of text, and tables of one column, are not asked about.
 * @returns undefined where the user gave up
 */
export async function chooseColumns(
  { columns, suggested }: DataSetOutline,
  name: string,
): Promise<ColumnChoice | undefined> {
  if (columns.length === 0) return {};
  if (columns.length === 1) return { text: columns[0].name };
  let choice: ColumnChoice = { ...suggested, text: suggested.text ?? columns[0].name };
  for (;;) {
    const open: Item = {
      label: `$(play) Open “${name}”`,
      description: `${columns.length} columns`,
      detail: inWords(choice),
      alwaysShow: true,
    };
    const items = parts.map(({ part, title }): Item => ({
      label: `$(blank) ${title}: ${choice[part] ?? 'none'}`,
      description: samplesOf(columns, choice[part]),
      part,
    }));
    const separator: Item = { label: 'columns', kind: vscode.QuickPickItemKind.Separator };
    const chosen = await vscode.window.showQuickPick([open, separator, ...items], {
      title: 'Headlight: Open Data Set',
      placeHolder: 'Enter opens it; choose a column to change it',
    });
    if (!chosen) return undefined;
    if (!chosen.part) return choice;
    choice = { ...choice, ...(await chooseColumn(columns, chosen.part, choice)) };
  }
}

/** @returns nothing where the user went back */
async function chooseColumn(
  columns: DataSetOutline['columns'],
  part: Part,
  choice: ColumnChoice,
): Promise<ColumnChoice> {
  const { title, placeHolder } = parts.find((one) => one.part === part) ?? parts[0];
  const none = { label: '$(circle-slash) None', name: undefined, description: '' };
  const items = columns.map(({ name, samples }) => ({
    label: `${name === choice[part] ? '$(check)' : '$(blank)'} ${name}`,
    description: samples.join(' · '),
    name,
  }));
  const chosen = await vscode.window.showQuickPick(part === 'text' ? items : [none, ...items], {
    title: `Headlight: ${title}`,
    placeHolder,
    matchOnDescription: true,
  });
  return chosen ? { [part]: chosen.name } : {};
}

function samplesOf(columns: DataSetOutline['columns'], name: string | undefined): string {
  const samples = columns.find((column) => column.name === name)?.samples ?? [];
  return samples.join(' · ');
}

function inWords({ text, label, pair }: ColumnChoice): string {
  return [
    `text “${text}”`,
    ...(pair === undefined ? [] : [`second text “${pair}”`]),
    ...(label === undefined ? [] : [`label “${label}”`]),
  ].join(', ');
}
