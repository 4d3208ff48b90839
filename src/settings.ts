import * as vscode from 'vscode';
import { saliencyNames } from './protocol/inspection';
import { textLevels, type TextLevel } from './protocol/textLevel';
import type { PromptForms } from './editor/promptLiterals';
import type { CalibrationRequest } from './protocol/engine';
import type { InspectRequest, SaliencyName } from './protocol/inspection';
import { relationsChoices, type RelationsChoice } from './protocol/view';

/** The user's settings, as package.json declares and describes them. */
export interface Settings {
  readonly model: string;
  readonly saliency: SaliencyName;
  /** What the scores of tokens are added up to, in the editor and in the saliency view. */
  readonly saliencyLevel: TextLevel;
  readonly showSaliencyInEditor: boolean;
  /** Opacity of the strongest saliency colour, 0 to 1. */
  readonly saliencyOpacity: number;
  readonly integratedGradients: InspectRequest['integratedGradients'];
  /** How attention sinks are calibrated. */
  readonly sinkCalibration: Omit<CalibrationRequest, 'inspection'>;
  readonly relations: RelationsChoice;
  /** Whether the editor shows where tokens begin. */
  readonly tokenBorders: boolean;
  readonly countFrom: 0 | 1;
  /** Time for the Shapley values of heads. */
  readonly shapleySeconds: number;
  /** 0: as many as the model takes. */
  readonly maxTokens: number;
  /** In bytes. */
  readonly memoryBudget: number;
  /** Where lenses over prompts are, and over which strings. */
  readonly codeLens: PromptForms & { readonly languages: readonly string[] };
  /** Which tokens have a hint that says what the model expected there. */
  readonly inlayHints: 'off' | 'surprising' | 'all';
}

const bytesPerMegabyte = 1024 * 1024;

/** Reads the settings; a value that was written by hand and makes no sense counts as not given. */
export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration('headlight');
  const method = section.get<string>('saliency.method');
  return {
    model: section.get<string>('model')?.trim() || defaultModel,
    saliency: saliencyNames.find((name) => name === method) ?? 'gradient-l1',
    saliencyLevel: textLevels.find((level) => level === section.get('saliency.level')) ?? 'token',
    showSaliencyInEditor: section.get('saliency.showInEditor', true),
    saliencyOpacity: within(section.get<number>('saliency.opacity'), 0.05, 1, 0.55),
    integratedGradients: {
      steps: Math.round(within(section.get<number>('integratedGradients.steps'), 5, 1000, 50)),
      baseline: (['pad', 'mask', 'unk', 'zero'] as const).find(
        (name) => name === section.get<string>('integratedGradients.baseline'),
      ),
    },
    sinkCalibration: {
      factor: within(section.get<number>('sinkCalibration.factor'), 0, 1, 0.4),
      keepFirst: section.get('sinkCalibration.keepFirstToken', true),
    },
    relations: relationsChoices.find((name) => name === section.get<string>('relations')) ?? 'auto',
    tokenBorders: section.get('tokens.showBorders', false),
    countFrom: section.get<number>('countFrom') === 1 ? 1 : 0,
    shapleySeconds: within(section.get<number>('heads.shapleyBudget'), 1, 3600, 10),
    maxTokens: Math.round(within(section.get<number>('maxTokens'), 0, 1_000_000, 0)),
    memoryBudget:
      Math.round(within(section.get<number>('engine.memoryBudget'), 64, 1_000_000, 1024)) * bytesPerMegabyte,
    codeLens: {
      languages: section.get<boolean>('codeLens.enabled', true)
        ? strings(section.get<unknown>('codeLens.languages'))
        : [],
      leastWords: Math.round(within(section.get<number>('codeLens.leastWords'), 1, 100_000, 20)),
      names: pattern(section.get<string>('codeLens.names')),
    },
    inlayHints:
      (['surprising', 'all'] as const).find((name) => name === section.get<string>('inlayHints')) ?? 'off',
  };
}

export async function writeSaliencyMethod(name: SaliencyName): Promise<void> {
  await write('saliency.method', name);
}

export async function writeSaliencyLevel(level: TextLevel): Promise<void> {
  await write('saliency.level', level);
}

export async function writeRelations(choice: RelationsChoice): Promise<void> {
  await write('relations', choice);
}

/** Keeps a choice where the user keeps it already: in the workspace, else in the user's settings. */
async function write(name: string, value: string): Promise<void> {
  const section = vscode.workspace.getConfiguration('headlight');
  const inWorkspace = section.inspect(name)?.workspaceValue !== undefined;
  const place = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await section.update(name, value, place);
}

export const defaultModel = 'headlight-encoder-sentiment';

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A pattern that was written wrongly matches nothing. */
function pattern(source: string | undefined): RegExp {
  try {
    return new RegExp(source?.trim() || '(?!)', 'iu');
  } catch {
    return /(?!)/;
  }
}

function within(value: number | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return otherwise;
  return Math.min(most, Math.max(least, value));
}
