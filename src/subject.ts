import * as vscode from 'vscode';
import { openedDocument } from './documents';
import type { Range } from './editor/literals';
import type { Region } from './editor/region';
import { chatFormOf, type ChatForm } from './protocol/chat';
import type { AttentionEdit, EditedTokens } from './protocol/edits';
import type { HeadRef, InspectRequest, SaliencyName, TargetRequest } from './protocol/inspection';
import type { CodeContext, RelationsFile } from './protocol/relations';
import type { Settings } from './settings';

/**
 * What is inspected: a text, where it stands, and what the user wants to know of it. Plain values, so that it can be
 * kept over a reload.
 */
export interface Subject {
  readonly text: string;
  /** Second text, for models that take two. */
  readonly pair?: string;
  /** The document that the text is from; undefined where it is gone. */
  readonly uri?: string;
  /** In offsets of the document. */
  readonly range: Range;
  readonly focus: Range;
  readonly kind: Region['kind'];
  readonly target?: TargetRequest;
  /** Relations that the user chose, in place of all others: a file, or CoNLL-U that was selected or copied. */
  readonly relations?: Pick<RelationsFile, 'name' | 'content'>;
  readonly ablate?: readonly HeadRef[];
  readonly edits?: readonly AttentionEdit[];
  /** The tokens that the edits number. */
  readonly editedTokens?: EditedTokens;
  /** The path of a file with attention, which has a text of its own; then nothing else is asked. */
  readonly attentionFile?: string;
}

/** A file with attention. */
export function subjectOfFile(path: string): Subject {
  return { text: '', range: [0, 0], focus: [0, 0], kind: 'document', attentionFile: path };
}

/** The text of a region of a document, as a subject about which nothing special is asked yet. */
export function subjectOf(document: vscode.TextDocument, { range, focus, kind }: Region): Subject {
  return { text: textIn(document, range), uri: document.uri.toString(), range, focus, kind };
}

export function textIn(document: vscode.TextDocument, [start, end]: Range): string {
  return document.getText(new vscode.Range(document.positionAt(start), document.positionAt(end)));
}

/** The open document that a subject is from. */
export function documentOf({ uri }: Subject): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

/**
 * The subject as its document has it now, `range` being where it has moved to. What was said of the old text alone
 * (a token's position, a parse) is dropped where the text is another one.
 */
export function refreshed(subject: Subject, range: Range): Subject {
  const document = documentOf(subject);
  if (!document) return subject;
  const text = textIn(document, range);
  const editor = vscode.window.visibleTextEditors.find((shown) => shown.document === document);
  const cursor = editor && document.offsetAt(editor.selection.active);
  const isInside = cursor !== undefined && cursor >= range[0] && cursor <= range[1];
  const focus: Range = isInside ? [cursor, cursor] : range;
  if (text === subject.text) return { ...subject, range, focus };
  const target = subject.target && { ...subject.target, position: undefined };
  return { ...subject, text, range, focus, target, relations: undefined };
}

/**
 * The subject of an earlier session, found again: its document is opened, and the text looked for where it was, then
 * anywhere. Where it is gone, the text itself is still there to be inspected.
 */
export async function foundAgain(subject: Subject): Promise<Subject> {
  const document =
    subject.uri === undefined ? undefined : await openedDocument(vscode.Uri.parse(subject.uri));
  const whole = document?.getText() ?? '';
  const [start] = subject.range;
  const at = whole.startsWith(subject.text, start) ? start : whole.indexOf(subject.text);
  if (!document || at < 0) return { ...subject, uri: undefined };
  const shift = ([from, to]: Range): Range => [from - start + at, to - start + at];
  return { ...subject, range: shift(subject.range), focus: shift(subject.focus) };
}

/** Characters of relations that are kept over a reload; the file of more can be chosen again. */
const mostRelationsKept = 200_000;

/** What of a subject is remembered for the next time. */
export function keptOverReload(subject: Subject): Subject {
  const isLarge = (subject.relations?.content.length ?? 0) > mostRelationsKept;
  return isLarge ? { ...subject, relations: undefined } : subject;
}

/** Measures that come with every run at next to no cost. */
const cheapSaliency: readonly SaliencyName[] = ['gradient-l1', 'gradient-l2', 'input-x-gradient'];

/** What the workbench knows of the text around a subject. */
export interface Surroundings {
  readonly code?: CodeContext;
  readonly relations?: RelationsFile;
}

export function requestFor(
  subject: Subject,
  model: string,
  settings: Settings,
  { code, relations }: Surroundings,
): InspectRequest {
  const [start, end] = subject.range;
  const inText = (offset: number) => Math.min(Math.max(offset, start), end) - start;
  return {
    model,
    text: subject.text,
    pair: subject.pair,
    focus: [inText(subject.focus[0]), inText(subject.focus[1])],
    maxTokens: settings.maxTokens || undefined,
    chat: chatOf(subject),
    target: subject.target,
    saliency: [...new Set([...cheapSaliency, settings.saliency])],
    integratedGradients: settings.integratedGradients,
    parse: settings.relations === 'auto' || settings.relations === 'dependencies' ? 'auto' : 'none',
    code,
    relations,
    ablate: subject.ablate,
    edits: subject.edits,
    editedTokens: subject.editedTokens,
  };
}

/** How roles are marked in a file of messages. Its paragraphs and strings are texts like any other. */
function chatOf({ kind, uri = '' }: Subject): ChatForm | undefined {
  return kind === 'document' || kind === 'selection' ? chatFormOf(vscode.Uri.parse(uri).path) : undefined;
}

/** Why a subject of white space cannot be inspected, and what to do. */
export function nothingToInspect(subject: Subject): string {
  const isDocument = subject.kind === 'document';
  if (subject.text === '') {
    return isDocument
      ? 'The file is empty. Open one that has text.'
      : 'There is no text at the cursor. Select some words, or put the cursor into a paragraph or a string.';
  }
  return `The ${isDocument ? 'file' : 'selection'} has only white space. Select some words.`;
}
