import * as vscode from 'vscode';
import type { EngineClient } from '../engineClient';
import type { Inspections } from '../inspections';
import type { Inspection } from '../protocol/inspection';
import { readSettings } from '../settings';
import { rangeIn } from './shownEditors';
import { attentionLines, tokenDescription } from './tokenDescription';

/** The numbers of a token, and the heads that attend from it and to it, when the mouse rests on it in the text. */
export class TokenHover implements vscode.HoverProvider {
  readonly #inspections: Inspections;
  readonly #engine: EngineClient;

  constructor(inspections: Inspections, engine: EngineClient) {
    this.#inspections = inspections;
    this.#engine = engine;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    cancellation: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const shown = this.#inspections.shown;
    if (!shown || shown.subject.uri !== document.uri.toString()) return undefined;
    const { inspection, ranges } = shown;
    const token = ranges.tokenAt(document.offsetAt(position));
    const place = token === undefined ? undefined : ranges.at(token);
    if (token === undefined || !place) return undefined;
    const range = rangeIn(document, place);
    const numbers = tokenDescription(inspection, token, (other) => ranges.at(other) !== undefined);
    const heads = await this.#heads(inspection, token, cancellation);
    const markdown = new vscode.MarkdownString([numbers, heads].filter((part) => part !== '').join('\n\n'));
    markdown.isTrusted = false;
    markdown.supportHtml = false;
    return new vscode.Hover(markdown, range);
  }

  /** Without them the hover still has its numbers: an engine that is being restarted must not cost it. */
  async #heads(
    inspection: Inspection,
    token: number,
    cancellation: vscode.CancellationToken,
  ): Promise<string> {
    const abort = new AbortController();
    const given = cancellation.onCancellationRequested(() => abort.abort());
    try {
      const request = { inspection: inspection.id, token };
      const attention = await this.#engine.ask((engine) => engine.tokenAttention, request, {
        signal: abort.signal,
      });
      return attentionLines(inspection, attention, readSettings().countFrom);
    } catch {
      return '';
    } finally {
      given.dispose();
    }
  }
}
