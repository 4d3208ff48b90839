import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Language, Parser } from '@vscode/tree-sitter-wasm';
import { UserError } from '../../errors';

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
