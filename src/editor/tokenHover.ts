import * as vscode from 'vscode';
import type { Inspections } from '../inspections';
import { rangeIn } from './shownEditors';
import { tokenDescription } from './tokenDescription';

/** The numbers of a token, when the mouse rests on it in the text. */
export class TokenHover implements vscode.HoverProvider {
  readonly #inspections: Inspections;

  constructor(inspections: Inspections) {
    this.#inspections = inspections;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const shown = this.#inspections.shown;
    if (!shown || shown.subject.uri !== document.uri.toString()) return undefined;
    const { inspection, ranges } = shown;
    const token = ranges.tokenAt(document.offsetAt(position));
    const place = token === undefined ? undefined : ranges.at(token);
    if (token === undefined || !place) return undefined;
    const text = tokenDescription(inspection, token, (other) => ranges.at(other) !== undefined);
    const markdown = new vscode.MarkdownString(text);
    markdown.isTrusted = false;
    markdown.supportHtml = false;
    return new vscode.Hover(markdown, rangeIn(document, place));
  }
}
