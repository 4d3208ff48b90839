import * as vscode from 'vscode';
import { levelNames } from '../editor/unitDescription';
import { textLevels, type TextLevel } from '../protocol/textLevel';
import { readSettings, writeSaliencyLevel } from '../settings';

const descriptions: Readonly<Record<TextLevel, string>> = {
  token: 'a background behind every token',
  word: 'a background behind every word',
  line: 'a bar beside every line',
  sentence: 'a background behind every sentence',
  paragraph: 'a bar beside every paragraph',
};

/** Asks what the scores of tokens are to be added up to. */
export async function chooseLevel(): Promise<void> {
  const current = readSettings().saliencyLevel;
  const items = textLevels.map((level) => ({
    label: `${level === current ? '$(check)' : '$(blank)'} ${levelNames[level]}`,
    description: descriptions[level],
    level,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Headlight: Choose Text Level of Saliency',
    placeHolder: 'What the scores of tokens are added up to',
  });
  if (chosen) await writeSaliencyLevel(chosen.level);
}
