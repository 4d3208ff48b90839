import * as vscode from 'vscode';
import { documentGone } from './documents';
import { UserError } from './engine/errors';
import type { Shown } from './inspections';
import type { EarlierText, Since } from './protocol/prompt';
import { documentOf } from './subject';

/** A version of an inspected text that later ones are compared with. */
interface Reference {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly marked: number;
}

const key = 'headlight.references';
/** Texts of workspaces long forgotten need not be kept. */
const mostKept = 50;

/** Earlier versions of what is inspected: those that the user marked, one per document, and the files as they were saved. */
export class ReferenceVersions {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** Later versions of the text are compared with what it is now. */
  async mark({ subject }: Shown, text: string): Promise<void> {
    if (subject.uri === undefined) throw documentGone();
    const others = Object.entries(this.#all()).filter(([uri]) => uri !== subject.uri);
    const kept = others.slice(-(mostKept - 1));
    await this.#memory.update(key, {
      ...Object.fromEntries(kept),
      [subject.uri]: { text, marked: Date.now() } satisfies Reference,
    });
  }

  of({ subject }: Shown): Reference | undefined {
    return subject.uri === undefined ? undefined : this.#all()[subject.uri];
  }

  /**
   * The earlier version of what is shown.
   * @param since default: the marked version where there is one
   * @throws UserError where there is no such version
   */
  async before(
    shown: Shown,
    since: Since | undefined,
  ): Promise<{ readonly since: Since; readonly before: EarlierText }> {
    const reference = this.of(shown);
    if (since !== 'saved' && reference) return { since: 'reference', before: { text: reference.text } };
    if (since === 'reference')
      throw new UserError(
        'No version of this text is marked. Choose “Headlight: Mark as Reference Version” first, then edit the text.',
      );
    return { since: 'saved', before: await savedVersion(shown) };
  }

  #all(): Readonly<Record<string, Reference>> {
    return this.#memory.get<Readonly<Record<string, Reference>>>(key, {});
  }
}

/** The file on disk, and where in the document the inspected text stands. */
async function savedVersion({ subject, ranges }: Shown): Promise<EarlierText> {
  const document = documentOf(subject);
  if (!document) throw documentGone();
  if (document.isUntitled)
    throw new UserError(
      'This text was never saved, so there is nothing to compare it with. Save it, or mark a reference version.',
    );
  // The document is taken as it was inspected, also where it was edited since.
  const now = document.getText();
  const [start, end] = ranges.whole;
  const text = now.slice(0, start) + subject.text + now.slice(end);
  return { text: await onDisk(document), document: { text, range: [start, start + subject.text.length] } };
}

async function onDisk(document: vscode.TextDocument): Promise<string> {
  let content: Uint8Array;
  try {
    content = await vscode.workspace.fs.readFile(document.uri);
  } catch (cause) {
    throw new UserError(
      `The saved version of “${vscode.workspace.asRelativePath(document.uri)}” cannot be read. Save it again, or mark a reference version.`,
      'input',
      { cause },
    );
  }
  const text = await vscode.workspace.decode(content, { encoding: document.encoding });
  // Line ends as the editor has them, else every line would be an edit.
  const lines = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  return document.eol === vscode.EndOfLine.CRLF ? lines.replace(/\n/g, '\r\n') : lines;
}
