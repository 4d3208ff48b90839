import * as vscode from 'vscode';
import type { CallOptions, EngineClient } from '../engineClient';
import type { Inspections } from '../inspections';
import type { Inspection } from '../protocol/inspection';
import { readSettings } from '../settings';
import { rangeIn } from './shownEditors';
import { alternativesLine, attentionLines, tokenDescription } from './tokenDescription';

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
    const [heads, alternatives] = await Promise.all([
      this.#heads(inspection, token, cancellation),
      this.#alternatives(inspection, token, cancellation),
    ]);
    const parts = [numbers, alternatives, heads].filter((part) => part !== '');
    const markdown = new vscode.MarkdownString(parts.join('\n\n'));
    markdown.isTrusted = false;
    markdown.supportHtml = false;
    return new vscode.Hover(markdown, range);
  }

  async #heads(
    inspection: Inspection,
    token: number,
    cancellation: vscode.CancellationToken,
  ): Promise<string> {
    const request = { inspection: inspection.id, token };
    const ask = (options: CallOptions) =>
      this.#engine.ask((engine) => engine.tokenAttention, request, options);
    return orNothing(cancellation, async (options) =>
      attentionLines(inspection, await ask(options), readSettings().countFrom),
    );
  }

  /** What a causal model would have said instead: at the token before, in the text that stands before. */
  async #alternatives(
    inspection: Inspection,
    token: number,
    cancellation: vscode.CancellationToken,
  ): Promise<string> {
    if (inspection.model.task !== 'causal-lm' || token === 0) return '';
    const request = { inspection: inspection.id, position: token - 1 };
    return orNothing(cancellation, async (options) =>
      alternativesLine(await this.#engine.ask((engine) => engine.distribution, request, options)),
    );
  }
}

/** A part of the hover, or nothing: an engine that is being restarted must not cost the hover its other parts. */
async function orNothing(
  cancellation: vscode.CancellationToken,
  write: (options: CallOptions) => Promise<string>,
): Promise<string> {
  const abort = new AbortController();
  const given = cancellation.onCancellationRequested(() => abort.abort());
  try {
    return await write({ signal: abort.signal });
  } catch {
    return '';
  } finally {
    given.dispose();
  }
}
