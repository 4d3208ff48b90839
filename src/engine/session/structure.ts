import type { InspectRequest, Parse, WordRow } from '../../protocol/inspection';
import type { CodeContext, RelationsFile } from '../../protocol/relations';
import type { WordRelations } from '../../protocol/relations';
import { UserError } from '../errors';
import { codeLanguage } from '../syntax/code/languages';
import { relationsOfCode } from '../syntax/code/relations';
import { structureOf as readStructure } from '../syntax/code/structure';
import { syntaxTree } from '../syntax/code/tree';
import { alignConllu } from '../syntax/conlluAlignment';
import { alignRelations } from '../syntax/relationFiles/align';
import { messagesAlone } from '../tokens/chat';
import type { PreparedInputs } from './inputs';
import type { Work } from './queue';
import type { TextParser } from './textParser';

/** Words of a text with what is known of how they belong together. */
export interface TextStructure {
  readonly words: WordRow;
  readonly parse?: Parse;
  readonly relations?: WordRelations;
}

/** The inspected text: the request's, or a window of it that begins at `start`. */
export type InspectedText = Pick<PreparedInputs, 'text' | 'start'>;

/** A file of relations of more characters is not read. */
export const longestRelationsFile = 16_000_000;

/**
 * The words of a text and their relations: of a file of the user's, of code, else by the dependency parser.
 * @param notes gets sentences for the user
 * @throws UserError where a file that the user chose is not valid or does not match
 */
export async function structureOf(
  request: Pick<InspectRequest, 'parse' | 'code' | 'relations'>,
  prepared: Pick<PreparedInputs, 'text' | 'start' | 'tokens' | 'chat'>,
  parser: TextParser,
  work: Work,
  notes: string[],
): Promise<TextStructure> {
  const inspected = spokenText(prepared);
  if (request.relations) {
    work.report({ message: `Reading ${request.relations.name}` });
    const found = await orNote(
      fileStructure(request.relations, inspected, parser, notes),
      request.relations,
      notes,
    );
    if (found) return found;
  }
  // Messages are no code, whatever the language of the file that holds them.
  if (request.code && prepared.chat === undefined && inspected.text !== '') {
    const found = await orNote(codeStructure(request.code, inspected), { isOptional: true }, notes);
    if (found) return found;
  }
  const found = await parser.parse(inspected.text, request.parse ?? 'auto');
  notes.push(...found.notes);
  return found.parse === undefined ? { words: found.words } : { words: found.words, parse: found.parse };
}

/** Of a chat only the messages have words, whatever the file holds besides. */
function spokenText({ text, start, tokens, chat }: Parameters<typeof structureOf>[1]): InspectedText {
  return { start, text: chat === undefined ? text : messagesAlone(text, tokens.offsets) };
}

/** What was not asked for by name costs only itself where it fails. */
async function orNote(
  found: Promise<TextStructure | undefined>,
  { isOptional }: Pick<RelationsFile, 'isOptional'>,
  notes: string[],
): Promise<TextStructure | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isOptional !== true || !(error instanceof UserError) || error.kind === 'cancelled') throw error;
    notes.push(error.message);
    return undefined;
  }
}

async function fileStructure(
  file: RelationsFile,
  { text, start }: InspectedText,
  parser: TextParser,
  notes: string[],
): Promise<TextStructure> {
  if (file.content.length > longestRelationsFile) {
    throw new UserError(
      `“${file.name}” is larger than the ${longestRelationsFile / 1e6} million characters that are read. Choose a smaller file.`,
    );
  }
  const isConllu = /\.conllu?$/i.test(file.name);
  const found: TextStructure & { readonly notes: readonly string[] } = isConllu
    ? alignConllu(text, file.content)
    : await alignRelations(text, file, (file.start ?? 0) + start, (words) => parser.treeOver(text, words));
  if (file.isOptional === true)
    notes.push(`The relations are those of ${file.name}, which lies beside the text.`);
  notes.push(...found.notes);
  const { words, parse, relations } = found;
  return { words, ...(parse ? { parse } : {}), ...(relations ? { relations } : {}) };
}

/** @returns undefined where the language has no grammar, and where the text is a comment or inside a string */
async function codeStructure(
  code: CodeContext,
  { text, start }: InspectedText,
): Promise<TextStructure | undefined> {
  const language = codeLanguage(code.language);
  if (!language) return undefined;
  const at = (code.start ?? 0) + start;
  const isInDocument = code.document?.startsWith(text, at) === true;
  const [document, from] = isInDocument && code.document !== undefined ? [code.document, at] : [text, 0];
  const tree = await syntaxTree(document, language, [from, from + text.length]);
  const structure = readStructure(tree, document, [from, from + text.length]);
  if (!structure.hasCode) return undefined;
  const relations = relationsOfCode(structure, from, isInDocument ? code.definitions : undefined);
  return { words: structure.words, relations };
}
