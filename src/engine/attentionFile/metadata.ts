import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';

/** What the metadata of a file say under a key, as JSON; undefined where they say nothing. */
export function jsonOf(file: SafetensorsFile, key: string): unknown {
  const text = file.metadata.get(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError(`${file.path}: its metadata “${key}” are not JSON. Write them with json.dumps.`);
  }
}

/**
 * A list of strings in the metadata.
 * @param length how many there must be; any number where it is left out
 * @param of what they are of, for the sentence
 * @throws UserError where it is anything else
 */
export function stringsOf(
  file: SafetensorsFile,
  key: string,
  length?: number,
  of = '',
): readonly string[] | undefined {
  const value = jsonOf(file, key);
  if (value === undefined) return undefined;
  return checkedStrings(file, key, value, length, of);
}

/** As {@link stringsOf}, of a value that was read already. */
export function checkedStrings(
  file: SafetensorsFile,
  key: string,
  value: unknown,
  length?: number,
  of = '',
): readonly string[] {
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string'))
    throw new UserError(`${file.path}: its metadata “${key}” are not a JSON list of strings.`);
  if (length !== undefined && value.length !== length) {
    throw new UserError(
      `${file.path}: its metadata “${key}” have ${value.length} entries, ${of} has ${length}. They must be of the same text.`,
    );
  }
  return value;
}

/** A list of whole numbers in the metadata, one per word or token; undefined where they say nothing. */
export function wholeNumbersOf(file: SafetensorsFile, key: string, length: number): Int32Array | undefined {
  const value = jsonOf(file, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length !== length || !value.every((item) => Number.isInteger(item)))
    throw new UserError(
      `${file.path}: its metadata “${key}” are not a JSON list of ${length} whole numbers.`,
    );
  return Int32Array.from(value as number[]);
}

/** What positions in the file's texts count. */
export function unitOf(file: SafetensorsFile): 'code points' | 'utf-16' {
  return file.metadata.get('offsets_unit') === 'code points' ? 'code points' : 'utf-16';
}

/** Numbers of a tensor of this shape as floats; undefined where the file has none of that name. */
export async function numbersOf(
  file: SafetensorsFile,
  name: string,
  ...dims: readonly number[]
): Promise<Float32Array | undefined> {
  const elements = await elementsOf(file, name, dims);
  return elements && (elements instanceof Float32Array ? elements : Float32Array.from(elements));
}

/** As {@link numbersOf}, whole numbers. */
export async function integersOf(
  file: SafetensorsFile,
  name: string,
  ...dims: readonly number[]
): Promise<Int32Array | undefined> {
  const type = file.typeOf(name);
  if (type !== undefined && !/^[IU]\d+$/.test(type)) {
    throw new UserError(`${file.path}: “${name}” has elements of type ${type}, not whole numbers.`);
  }
  const elements = await elementsOf(file, name, dims);
  return elements && (elements instanceof Int32Array ? elements : Int32Array.from(elements));
}

/** @throws UserError where the tensor has another shape */
async function elementsOf(
  file: SafetensorsFile,
  name: string,
  dims: readonly number[],
): Promise<Float32Array | Int32Array | readonly number[] | undefined> {
  const found = file.dimsOf(name);
  if (found === undefined) return undefined;
  if (found.join() !== dims.join()) {
    throw new UserError(
      `${file.path}: “${name}” has the shape [${found.join(', ')}], not [${dims.join(', ')}].`,
    );
  }
  const data = (await file.read(name))?.data;
  if (data === undefined || data instanceof Float32Array || data instanceof Int32Array) return data;
  return Array.from<bigint | number, number>(data, Number);
}
