import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Engine } from '../engine/session/engine';
import { builtInModels, findModel } from '../engine/session/folder';
import { UserError } from '../engine/errors';
import { WrongUsage } from './wrongUsage';
import { modelText } from './record';

export const modelsUsage = `headlight models list               built-in and added models
headlight models add FOLDER         remember a folder (or .onnx file) under its name
headlight models remove NAME        forget it; no file is deleted
headlight models info MODEL         architecture, inputs, attention sites, what was not found
`;

/** Where added models are remembered: a list of names and paths, nothing is copied. */
function listFile(): string {
  const base =
    process.env['XDG_CONFIG_HOME'] ??
    (process.platform === 'win32' ? process.env['APPDATA'] : undefined) ??
    join(homedir(), '.config');
  return join(base, 'headlight', 'models.json');
}

/** Names and paths of models that the user added. */
export function addedModels(): Record<string, string> {
  if (!existsSync(listFile())) return {};
  try {
    const list: unknown = JSON.parse(readFileSync(listFile(), 'utf8'));
    if (typeof list !== 'object' || list === null) return {};
    return Object.fromEntries(
      Object.entries(list).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch (cause) {
    throw new UserError(
      `The list of added models, “${listFile()}”, is not valid JSON. Mend or delete it.`,
      'model',
      { cause },
    );
  }
}

function remember(list: Readonly<Record<string, string>>): void {
  mkdirSync(dirname(listFile()), { recursive: true });
  // Written beside and renamed: a full disk or a crash never leaves half a list.
  writeFileSync(`${listFile()}.new`, `${JSON.stringify(list, null, 2)}\n`);
  renameSync(`${listFile()}.new`, listFile());
}

/** The path behind the name of an added model; other references stay as they are. */
export function resolveReference(reference: string): string {
  return addedModels()[reference] ?? reference;
}

/** `headlight models …`; gives what is to be printed. */
export async function runModels(argv: readonly string[], modelsFolder: string): Promise<string> {
  const [command = 'list', name, ...rest] = argv;
  if (rest.length > 0) throw new WrongUsage(`“${rest[0]}” is too much`);
  if (command === 'list') return listModels(modelsFolder);
  if (name === undefined) throw new WrongUsage(`models ${command} wants a model`);
  if (command === 'info') return modelText(await describe(name, modelsFolder));
  if (command === 'add') {
    const path = resolve(name);
    const found = findModel(path, modelsFolder);
    const key = basename(path).replace(/\.onnx$/, '');
    if (builtInModels(modelsFolder).includes(key))
      throw new UserError(`“${key}” is the name of a built-in model. Rename the folder first.`, 'model');
    remember({ ...addedModels(), [key]: path });
    return `${key}  ${found.onnxFile}\n`;
  }
  if (command === 'remove') {
    const { [name]: path, ...others } = addedModels();
    if (path === undefined)
      throw new UserError(
        `“${name}” is not an added model. “headlight models list” shows which there are.`,
        'model',
      );
    remember(others);
    return '';
  }
  throw new WrongUsage(`there is no “models ${command}”`);
}

function listModels(modelsFolder: string): string {
  const lines = builtInModels(modelsFolder).map((name) => `${name}  (built in)`);
  for (const [name, path] of Object.entries(addedModels())) lines.push(`${name}  ${path}`);
  return `${lines.join('\n')}\n`;
}

function describe(name: string, modelsFolder: string) {
  const engine = new Engine({ modelsFolder, events: { progress: () => undefined, log: () => undefined } });
  return engine.describe(1, resolveReference(name));
}
