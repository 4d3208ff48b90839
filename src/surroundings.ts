import type * as vscode from 'vscode';
import { knownDefinitions } from './editor/definitions';
import { relationsBeside, relationsLastBeside } from './editor/relationsBeside';
import { codeLanguage } from './engine/syntax/code/languages';
import type { CodeContext } from './protocol/relations';
import type { Settings } from './settings';
import { documentOf, textIn, type Subject, type Surroundings } from './subject';

/** Units around an inspected text in which code is read: what a file of usual size has, and no more of a large one. */
const unitsAround = 60_000;

/**
 * The document around a subject as the engine needs it: code with what is known of its names, a file of relations.
 * @param isLive the user is writing: nothing is waited for that was found out before
 */
export async function surroundingsOf(
  subject: Subject,
  { relations: choice }: Pick<Settings, 'relations'>,
  isLive: boolean,
): Promise<Surroundings> {
  const document = documentOf(subject);
  const [start] = subject.range;
  const chosen = subject.relations;
  if (chosen) {
    // Places in CoNLL-U are its own words; other files count from the beginning of the document.
    const whole =
      document && textIn(document, subject.range) === subject.text ? document.getText() : undefined;
    return { relations: { ...chosen, ...(whole === undefined ? {} : { document: whole, start }) } };
  }
  if (!document) return {};
  const beside =
    choice === 'auto' ? await (isLive ? relationsLastBeside : relationsBeside)(document) : undefined;
  const relations = beside && { ...beside, isOptional: true, document: document.getText(), start };
  const code = choice === 'auto' || choice === 'code' ? codeAround(document, subject) : undefined;
  return { ...(code ? { code } : {}), ...(relations ? { relations } : {}) };
}

/** Undefined where the document is no code, and for strings in code: what stands in them is prose. */
function codeAround(document: vscode.TextDocument, { range, kind }: Subject): CodeContext | undefined {
  if (kind === 'string' || !codeLanguage(document.languageId)) return undefined;
  const from = Math.max(0, range[0] - unitsAround);
  const text = textIn(document, [from, range[1] + unitsAround]);
  const known = knownDefinitions(document);
  const inText = (places: Int32Array) => places.map((place) => place - from);
  return {
    language: document.languageId,
    document: text,
    start: range[0] - from,
    ...(known ? { definitions: { uses: inText(known.uses), definitions: inText(known.definitions) } } : {}),
  };
}
