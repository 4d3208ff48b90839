import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Language, Parser } from '@vscode/tree-sitter-wasm';
import { UserError } from '../../errors';

/** How a language is read. */
export interface CodeLanguage {
  /** One of grammars.json, which esbuild.mjs puts beside the bundles. */
  readonly grammar: string;
  /** JSON has no grammar of its own: in parentheses it is an expression of JavaScript. */
  readonly wrap?: readonly [before: string, after: string];
}

const json: CodeLanguage = { grammar: 'javascript', wrap: ['(', '\n)'] };

/** By VS Code's language ids. */
export const languages: Readonly<Record<string, CodeLanguage>> = {
  typescript: { grammar: 'typescript' },
  typescriptreact: { grammar: 'tsx' },
  javascript: { grammar: 'javascript' },
  javascriptreact: { grammar: 'javascript' },
  python: { grammar: 'python' },
  c: { grammar: 'cpp' },
  cpp: { grammar: 'cpp' },
  'cuda-cpp': { grammar: 'cpp' },
  rust: { grammar: 'rust' },
  go: { grammar: 'go' },
  java: { grammar: 'java' },
  json,
  jsonc: json,
};

/** How a language is read; undefined for languages without a grammar. @param id of VS Code */
export function codeLanguage(id: string): CodeLanguage | undefined {
  return Object.hasOwn(languages, id) ? languages[id] : undefined;
}

/** Where the grammars lie: beside the bundle, or in the package while nothing is bundled. */
function grammarFolder(): string {
  const beside = join(__dirname, 'grammars');
  if (existsSync(beside)) return beside;
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const inPackage = join(folder, 'node_modules/@vscode/tree-sitter-wasm/wasm');
    if (existsSync(inPackage)) return inPackage;
  }
  return beside;
}

let runtime: Promise<void> | undefined;
const parsers = new Map<string, Promise<Parser>>();

/**
 * The parser of a grammar; it and the runtime are loaded by the first code that needs them.
 * @throws UserError where its files are not there
 */
export async function parserOf(grammar: string): Promise<Parser> {
  let parser = parsers.get(grammar);
  if (!parser) parsers.set(grammar, (parser = load(grammar)));
  try {
    return await parser;
  } catch (cause) {
    parsers.delete(grammar);
    runtime = undefined;
    throw new UserError(
      `The grammar for ${grammar} cannot be loaded, so code is shown without its syntax tree. Install Headlight again.`,
      'failed',
      { cause },
    );
  }
}

async function load(grammar: string): Promise<Parser> {
  const folder = grammarFolder();
  runtime ??= Parser.init({ locateFile: () => join(folder, 'tree-sitter.wasm') });
  await runtime;
  const language = await Language.load(await readFile(join(folder, `tree-sitter-${grammar}.wasm`)));
  return new Parser().setLanguage(language);
}
