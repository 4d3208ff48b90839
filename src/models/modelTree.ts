import * as vscode from 'vscode';
import type { EngineClient } from '../engineClient';
import type { ModelSummary } from '../protocol/model';
import { toFailure } from '../protocol/rpc';
import { builtInModels } from './builtIn';
import { modelName } from './chosenModel';
import type { ChosenModel } from './chosenModel';

/** A model, or one line of what is known of it. */
export type ModelNode = ModelEntry | Fact;

interface ModelEntry {
  readonly reference: string;
  readonly description: string;
  readonly isBuiltIn: boolean;
}

interface Fact {
  readonly label: string;
  readonly value?: string;
  readonly icon?: string;
  readonly facts?: readonly Fact[];
}

/** The models at hand; opening one asks the engine what it is. */
export class ModelTree implements vscode.TreeDataProvider<ModelNode>, vscode.Disposable {
  readonly #engine: EngineClient;
  readonly #model: ChosenModel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(engine: EngineClient, model: ChosenModel) {
    this.#engine = engine;
    this.#model = model;
    this.#listener = model.onDidChange(() => this.#changed.fire());
  }

  getTreeItem(node: ModelNode): vscode.TreeItem {
    return 'reference' in node ? this.#modelItem(node) : factItem(node);
  }

  async getChildren(node?: ModelNode): Promise<ModelNode[]> {
    if (!node) return this.#models();
    if (!('reference' in node)) return [...(node.facts ?? [])];
    try {
      this.#model.requireTrust(node.reference);
      return factsOf(await this.#engine.describe(node.reference));
    } catch (error) {
      return [{ label: toFailure(error).message, icon: 'warning' }];
    }
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }

  #models(): ModelEntry[] {
    const own = [...new Set([this.#model.reference, ...this.#model.recent])];
    return [
      ...builtInModels.map(({ name, description }) => ({ reference: name, description, isBuiltIn: true })),
      ...own
        .filter((reference) => builtInModels.every(({ name }) => name !== reference))
        .map((reference) => ({ reference, description: reference, isBuiltIn: false })),
    ];
  }

  #modelItem({ reference, description, isBuiltIn }: ModelEntry): vscode.TreeItem {
    const isChosen = reference === this.#model.reference;
    const item = new vscode.TreeItem(modelName(reference), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = reference;
    item.description = description;
    item.tooltip = isChosen ? `${description}\n\nThis model is asked.` : description;
    item.iconPath = new vscode.ThemeIcon(isChosen ? 'check' : isBuiltIn ? 'package' : 'folder');
    item.contextValue = `model ${isBuiltIn ? 'builtIn' : 'own'} ${isChosen ? 'chosen' : 'other'}`;
    return item;
  }
}

function factItem({ label, value, icon, facts }: Fact): vscode.TreeItem {
  const state = facts?.length
    ? vscode.TreeItemCollapsibleState.Collapsed
    : vscode.TreeItemCollapsibleState.None;
  const item = new vscode.TreeItem(label, state);
  item.description = value;
  item.tooltip = value ? `${label}: ${value}` : label;
  if (icon) item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

function factsOf(model: ModelSummary): Fact[] {
  const tensor = ({ name, type, dims }: ModelSummary['inputs'][number]): Fact => ({
    label: name,
    value: `${type} [${dims.join(', ')}]`,
  });
  const list = (label: string, facts: readonly Fact[], icon: string): Fact[] =>
    facts.length > 0 ? [{ label, value: String(facts.length), facts, icon }] : [];
  const heads = model.sites.reduce((sum, site) => sum + site.heads, 0);
  const sites = model.sites.map(({ block, layer, heads: own, form }) => ({
    label: `${block} ${layer}`,
    value: `${own > 0 ? own : 'an unknown number of'} heads, ${form}`,
  }));
  return [
    { label: model.architecture || 'Unknown architecture', value: model.task, icon: 'symbol-class' },
    ...list(
      'Labels',
      model.labels.map((label) => ({ label })),
      'tag',
    ),
    ...list(`Attention, ${heads} heads`, sites, 'eye'),
    ...list('Inputs', model.inputs.map(tensor), 'arrow-right'),
    ...list('Outputs', model.outputs.map(tensor), 'arrow-left'),
    {
      label: 'Context',
      value: model.contextLength > 0 ? `${model.contextLength} tokens` : 'not stated',
      icon: 'whole-word',
    },
    { label: 'Size', value: `${megabytes(model.bytes)} MB, ${model.quantisation}`, icon: 'database' },
    { label: 'File', value: model.file, icon: 'file-binary' },
    ...model.missing.map((sentence) => ({ label: sentence, icon: 'warning' })),
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
