import * as vscode from 'vscode';
import { documentGone, openedDocument } from '../documents';
import { editorsOf } from '../editor/shownEditors';
import { UserError } from '../engine/errors';
import type { CallOptions } from '../engineClient';
import { orReport } from '../failures';
import type { Shown } from '../inspections';
import type { PromptCalls, PromptEvents } from '../protocol/prompt';
import type { ViewContext } from './viewHost';

/** The extension host's side of the calls that a view makes about prompts, for as long as the view lives. */
export class PromptHost implements PromptCalls, vscode.Disposable {
  readonly #context: ViewContext;
  readonly #tell: PromptEvents['progressed'];
  readonly #runs = new Map<number, AbortController>();
  readonly #subscription: vscode.Disposable;

  constructor(context: ViewContext, tell: PromptEvents['progressed']) {
    this.#context = context;
    this.#tell = tell;
    // A new inspection must not wait for what is about the last one.
    this.#subscription = context.inspections.onDidBegin(() => this.#stopAll());
  }

  distribution: PromptCalls['distribution'] = (run, place) =>
    this.#run(run, (options) => this.#context.engine.ask((engine) => engine.distribution, place, options));

  surprisal: PromptCalls['surprisal'] = (run, inspection) =>
    this.#run(run, (options) =>
      this.#context.engine.ask((engine) => engine.surprisal, { inspection }, options),
    );

  generate: PromptCalls['generate'] = (run, request) =>
    this.#run(run, (options) => this.#context.engine.ask((engine) => engine.generate, request, options));

  changes: PromptCalls['changes'] = (run, inspection, since) =>
    this.#run(run, async (options) => {
      const { engine, references } = this.#context;
      const shown = this.#shown();
      const earlier = await references.before(shown, since);
      const request = { inspection, before: earlier.before };
      const changes = await engine.ask((remote) => remote.changes, request, options);
      return { ...changes, since: earlier.since, marked: references.of(shown)?.marked };
    });

  stop: PromptCalls['stop'] = (run) => this.#runs.get(run)?.abort();

  insertAfter: PromptCalls['insertAfter'] = (token, text) =>
    void orReport(this.#insert(token, text), this.#context.log);

  revealRange: PromptCalls['revealRange'] = (from, to) =>
    void orReport(this.#reveal(from, to), this.#context.log);

  dispose(): void {
    this.#subscription.dispose();
    this.#stopAll();
  }

  async #run<T>(run: number, call: (options: CallOptions) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#runs.set(run, abort);
    try {
      return await call({ signal: abort.signal, progress: (progress) => this.#tell(run, progress) });
    } finally {
      this.#runs.delete(run);
    }
  }

  #stopAll(): void {
    for (const abort of this.#runs.values()) abort.abort();
  }

  #shown(): Shown {
    const shown = this.#context.inspections.shown;
    if (shown) return shown;
    throw new UserError('Nothing is inspected any more. Inspect some text.');
  }

  /** One edit that can be undone; the cursor goes behind it, and the text is inspected as it is then. */
  async #insert(token: number, text: string): Promise<void> {
    const { inspections } = this.#context;
    const shown = this.#shown();
    const place = shown.ranges.at(token);
    const editor = place && (await editorOf(shown));
    if (!place || !editor) {
      void vscode.window.showWarningMessage(
        'Headlight: The text was edited at this place, or its document is gone. Inspect it again, then insert.',
      );
      return;
    }
    const at = editor.document.positionAt(place[1]);
    const isJson = shown.inspection.chat !== undefined && /^\s*[[{]/.test(shown.subject.text);
    const written = isJson ? JSON.stringify(text).slice(1, -1) : text;
    if (!(await editor.edit((edit) => edit.insert(at, written)))) return;
    const end = editor.document.positionAt(place[1] + written.length);
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(at, end));
    if (!inspections.live) await inspections.again({});
  }

  async #reveal(from: number, to: number): Promise<void> {
    const shown = this.#shown();
    const editor = await editorOf(shown, false);
    if (!editor) return;
    const [start, end] = shown.ranges.whole;
    const position = (offset: number) => editor.document.positionAt(Math.min(start + offset, end));
    editor.selection = new vscode.Selection(position(from), position(to));
    editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

/** The editor that has the text, opened where none shows it; undefined where it is of no document. @throws UserError where the document is gone */
async function editorOf(shown: Shown, preserveFocus = true): Promise<vscode.TextEditor | undefined> {
  const [open] = editorsOf(shown);
  if (open && preserveFocus) return open;
  if (shown.subject.uri === undefined) return undefined;
  const document = await openedDocument(vscode.Uri.parse(shown.subject.uri));
  if (!document) throw documentGone();
  const viewColumn = open?.viewColumn ?? vscode.ViewColumn.One;
  return vscode.window.showTextDocument(document, { viewColumn, preserveFocus });
}
