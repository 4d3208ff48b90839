import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors';
import type { TensorBytes } from './graph';

/** The error of a model file that breaks its own format. @param file empty where the bytes come from no file */
export function invalidModel(file: string, why: string): UserError {
  return new UserError(
    `“${file || 'The model'}” is not a valid ONNX model: ${why}. Download or export it again.`,
    'model',
  );
}

/** Weights that a model keeps in other files. A model may name any path, so none is trusted: they must lie in the model's folder. */
export class ExternalWeights {
  /** Files that weights were found in, by location, with their size; each is checked once. */
  private readonly files = new Map<string, { readonly location: string; readonly size: number }>();

  /**
   * @param file the model, links resolved
   * @param folder where weights are looked for: the folder the user named, which may hold links into that of `file`
   */
  constructor(
    private readonly file: string,
    private readonly folder: string,
  ) {}

  /**
   * Where a weight's bytes are, once it is certain that they lie inside the model's folder and inside their file: nothing is
   * allocated for them before.
   * @param need bytes that the weight's shape needs
   * @param place the entries of the tensor's `external_data`
   * @throws UserError where the place is malformed, outside the folder, missing or too short
   */
  bytes(name: string, need: number, place: ReadonlyMap<string, string>): TensorBytes {
    const location = place.get('location') ?? '';
    const offset = Number(place.get('offset') ?? 0);
    const length = Number(place.get('length') ?? need);
    if (
      location === '' ||
      !Number.isSafeInteger(offset) ||
      offset < 0 ||
      !Number.isSafeInteger(length) ||
      length < 0
    )
      throw invalidModel(this.file, `the place of the weight “${name}” is malformed`);
    if (length < need)
      throw invalidModel(this.file, `the weight “${name}” has ${length} bytes, its shape needs ${need}`);
    const found = this.files.get(location) ?? this.open(location);
    this.files.set(location, found);
    if (offset + length > found.size) {
      throw new UserError(
        `“${location}” ends before the weight “${name}” that “${this.file}” expects in it. Copy the model's files again.`,
        'model',
      );
    }
    return { kind: 'external', location: found.location, offset, length };
  }

  /** The file behind an external location, as a path relative to the real folder of the model file. */
  private open(location: string): { location: string; size: number } {
    const refuse = (what: string): never => {
      throw new UserError(
        `“${this.file}” keeps weights in “${location}”, ${what}. Such models are not opened; put the weights beside the model.`,
        'model',
      );
    };
    const isOutside = (from: string, to: string): boolean => {
      const way = relative(from, to);
      return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
    };
    if (isAbsolute(location)) refuse('an absolute path');
    const home = dirname(this.file);
    const isSelf = location === basename(this.file);
    const path = isSelf ? this.file : resolve(this.folder, location);
    if (!isSelf && isOutside(resolve(this.folder), path)) refuse('outside its own folder');
    try {
      const real = realpathSync(path);
      const realHome = realpathSync(home);
      if (isOutside(realHome, real)) refuse('a link that leads outside its own folder');
      const stats = statSync(real);
      if (!stats.isFile()) refuse('which is not a file');
      return { location: relative(realHome, real), size: stats.size };
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(
        `The weights file “${location}” of “${this.file}” is missing or cannot be read. Put it beside the model.`,
        'model',
        { cause },
      );
    }
  }
}
