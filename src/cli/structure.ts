import { readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { UserError } from '../engine/errors';
import { longestRelationsFile } from '../engine/session/structure';
import { codeLanguage } from '../engine/syntax/code/languages';
import type { CodeContext, RelationsFile } from '../protocol/relations';
import type { InspectArguments } from './arguments';
import { WrongUsage } from './wrongUsage';

/** The lines of a file that are inspected, and where they begin in it, in UTF-16 units. */
export interface FilePart {
  readonly text: string;
  readonly document: string;
  readonly start: number;
}

/** Language ids of VS Code by the endings of files. */
const languageOfEnding: Readonly<Record<string, string>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescriptreact',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascriptreact',
  py: 'python',
  pyi: 'python',
  c: 'c',
  h: 'cpp',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  cu: 'cuda-cpp',
  rs: 'rust',
  go: 'go',
  java: 'java',
  json: 'json',
  jsonc: 'jsonc',
};

/** What code the text is, as the user says or the file's ending tells. */
export function codeOf(
  { parse, language, file }: InspectArguments,
  part: FilePart | undefined,
): CodeContext | undefined {
  if (language !== undefined && codeLanguage(language) === undefined)
    throw new WrongUsage(
      `--language “${language}” has no grammar; known are typescript, python, cpp, rust, go, java, json …`,
    );
  const ending = file === undefined ? '' : extname(file.path).slice(1).toLowerCase();
  const id = language ?? (Object.hasOwn(languageOfEnding, ending) ? languageOfEnding[ending] : undefined);
  if (!parse || id === undefined) return undefined;
  return { language: id, ...(part ? { document: part.document, start: part.start } : {}) };
}

/** The file of relations that was named. */
export function relationsOf(
  { relations: path }: InspectArguments,
  part: FilePart | undefined,
): RelationsFile | undefined {
  if (path === undefined) return undefined;
  const content = readText(path);
  return { name: basename(path), content, ...(part ? { document: part.document, start: part.start } : {}) };
}

function readText(path: string): string {
  try {
    // A character is at most three bytes of UTF-8 for each UTF-16 unit.
    if (statSync(path).size > 3 * longestRelationsFile)
      throw new UserError(`“${path}” is too large for a list of relations. Choose a smaller file.`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`“${path}” cannot be read. Check the path and your rights.`, 'input', { cause });
  }
}
