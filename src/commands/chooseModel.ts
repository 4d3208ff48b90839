import * as vscode from 'vscode';
import type { App } from '../app';
import { builtInModels } from '../models/builtIn';
import { modelName } from '../models/chosenModel';
import { adoptModel } from '../models/adoptModel';

type Choice = vscode.QuickPickItem & { readonly choose?: () => Promise<string | undefined> };

/** Asks for a model: built in, used before, or anywhere on disk. */
export async function chooseModel(app: App): Promise<void> {
  const current = app.model.reference;
  const entry = (label: string, reference: string, more: Partial<Choice>): Choice => ({
    ...more,
    label: `${reference === current ? '$(check)' : '$(blank)'} ${label}`,
    choose: () => Promise.resolve(reference),
  });
  const separator = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const recent = app.model.recent.map((path) => entry(modelName(path), path, { description: path }));
  const choices: Choice[] = [
    separator('built in'),
    ...builtInModels.map(({ name, description, detail }) => entry(name, name, { description, detail })),
    ...(recent.length > 0 ? [separator('used before'), ...recent] : []),
    separator('on this machine'),
    {
      label: '$(folder-opened) Browse for a model folder…',
      detail: 'laid out as on the Hugging Face hub: config.json, tokenizer.json, onnx/model.onnx',
      choose: () => browse({ canSelectFolders: true, canSelectFiles: false }),
    },
    {
      label: '$(file) Browse for an .onnx file…',
      detail: 'with config.json and tokenizer.json beside it or one folder up',
      choose: () => browse({ canSelectFiles: true, filters: { 'ONNX models': ['onnx'] } }),
    },
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: 'Headlight: Choose Model',
    placeHolder: 'The model that is asked about the text',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  const reference = await chosen?.choose?.();
  if (reference !== undefined) await adoptModel(app, reference);
}

async function browse(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  const [place] = (await vscode.window.showOpenDialog({ ...options, openLabel: 'Use This Model' })) ?? [];
  return place?.fsPath;
}
