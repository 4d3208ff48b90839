import type { BlockName } from '../../protocol/inspection';
import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';
import { rowsOf } from '../session/summary';

/** One attention layer that lies in a file; heads are read when they are drawn. */
export interface FileLayer {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** What a stored number is multiplied with to be a weight: files of whole numbers count in parts of 1. */
  readonly unit: number;
  /** [Sq, Sk] of one head in the file's own unit. */
  read(head: number): Promise<Float32Array>;
}

/** The layers of every block of a file. */
export type FileBlocks = ReadonlyMap<BlockName, readonly FileLayer[]>;

const blockNames: readonly BlockName[] = ['self', 'encoder', 'decoder', 'cross', 'text', 'vision'];

/** One head of so many weights takes 1 GiB as float32. */
const mostWeights = 1 << 28;
/** More heads than any overview could show. */
const mostHeads = 20_000;

const floats: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'BF16']);

/**
 * Finds the attention in a file, by the names of the headless contract: a tensor `attentions.BLOCK.LAYER` [H, Sq, Sk] per
 * layer, or one tensor `attentions.BLOCK` [L, H, Sq, Sk]; an axis of size 1 for the batch may stand before H.
 * @throws UserError where there is none, or its shapes do not fit together
 */
export function findLayers(file: SafetensorsFile): FileBlocks {
  const found = new Map<BlockName, Map<number, FileLayer>>();
  for (const name of file.names) {
    const match = /^attentions\.([^.]+)(?:\.(\d+))?$/.exec(name);
    if (match === null) continue;
    const block = blockNames.find((known) => known === match[1]);
    if (block === undefined) {
      throw new UserError(
        `${file.path} has the tensor “${name}”; blocks are called ${blockNames.join(', ')}. Name it “attentions.self.0”, for example.`,
      );
    }
    const layers = found.get(block) ?? new Map<number, FileLayer>();
    found.set(block, layers);
    const first = match[2] === undefined ? undefined : Number(match[2]);
    for (const [i, layer] of layersOf(file, name, first === undefined).entries())
      layers.set((first ?? 0) + i, layer);
  }
  if (found.size === 0) {
    throw new UserError(
      `${file.path} has no attention: there is no tensor “attentions.self.0” of shape [heads, queries, keys] in it. The layout is described in docs/attention-file.md.`,
    );
  }
  return new Map(Array.from(found, ([block, layers]) => [block, inOrder(file, block, layers)]));
}

/** The layers of one tensor, which must be numbers of the right shape. @param isStack its first axis is that of the layers */
function layersOf(file: SafetensorsFile, name: string, isStack: boolean): FileLayer[] {
  const type = file.typeOf(name) ?? '';
  if (!floats.has(type)) {
    throw new UserError(
      `${file.path}: “${name}” has elements of type ${type}; attention is ${[...floats].join(', ')}.`,
    );
  }
  const dims = [...(file.dimsOf(name) ?? [])];
  const count = isStack ? (dims.shift() ?? 0) : 1;
  if (dims.length === 4 && dims[0] > 1) {
    throw new UserError(
      `${file.path}: “${name}” is of a batch of ${dims[0]} texts. Save the attention of one text.`,
    );
  }
  const shape = dims.length === 4 ? dims.slice(1) : dims;
  const wanted = isStack ? '[layers, heads, queries, keys]' : '[heads, queries, keys]';
  if (shape.length !== 3 || shape.includes(0) || count === 0) {
    throw new UserError(
      `${file.path}: “${name}” has the shape [${file.dimsOf(name)?.join(', ')}], not ${wanted}.`,
    );
  }
  const [heads, queries, keys] = shape;
  const size = queries * keys;
  checkSize(file, name, size, count * heads);
  return Array.from({ length: count }, (_, layer) => ({
    heads,
    queries,
    keys,
    unit: 1,
    read: async (head) => {
      const elements = await file.elements(name, (layer * heads + head) * size, size);
      return elements instanceof Float32Array ? elements : Float32Array.from(elements as Float64Array);
    },
  }));
}

/** @throws UserError where one head is too large to be read, or there are too many of them */
export function checkSize(file: SafetensorsFile, name: string, weights: number, heads: number): void {
  if (weights > mostWeights) {
    throw new UserError(
      `${file.path}: one head of “${name}” has ${weights} weights, more than can be shown (${mostWeights}). Save the attention of a shorter text.`,
    );
  }
  if (heads > mostHeads) {
    throw new UserError(
      `${file.path}: “${name}” has ${heads} heads, more than can be shown (${mostHeads}). Save fewer layers.`,
    );
  }
}

/** The layers from 0 without a gap, all over the same tokens. */
function inOrder(
  file: SafetensorsFile,
  block: BlockName,
  layers: ReadonlyMap<number, FileLayer>,
): FileLayer[] {
  const ordered: FileLayer[] = [];
  for (let at = 0; at < layers.size; at++) {
    const layer = layers.get(at);
    if (layer === undefined) {
      throw new UserError(
        `${file.path} has ${layers.size} layers “attentions.${block}.…”, but none with the number ${at}. Layers are counted from 0, without gaps.`,
      );
    }
    ordered.push(layer);
  }
  const [{ queries, keys }] = ordered;
  const other = ordered.findIndex((layer) => layer.queries !== queries || layer.keys !== keys);
  if (other >= 0) {
    throw new UserError(
      `${file.path}: layer ${other} of “attentions.${block}” is over ${ordered[other].queries} × ${ordered[other].keys} tokens, layer 0 over ${queries} × ${keys}. All layers must be of the same text.`,
    );
  }
  const rows = rowsOf(block);
  if (rows.queries === rows.keys && queries !== keys) {
    throw new UserError(
      `${file.path}: “attentions.${block}” has ${queries} rows for ${keys} columns. Run the model over the whole text at once (use_cache=False), so that every token has a row.`,
    );
  }
  return ordered;
}

/** Number of tokens of the two token rows that the attention is over. */
export function tokenCounts(file: SafetensorsFile, blocks: FileBlocks): { tokens: number; pair?: number } {
  const seen: { tokens?: number; pair?: number } = {};
  for (const [block, [layer]] of blocks) {
    const rows = rowsOf(block);
    for (const [row, size] of [
      [rows.queries, layer.queries],
      [rows.keys, layer.keys],
    ] as const) {
      const known = seen[row];
      if (known !== undefined && known !== size) {
        throw new UserError(
          `${file.path}: its blocks are over ${known} and ${size} tokens. All must be of the same text.`,
        );
      }
      seen[row] = size;
    }
  }
  // A decoder alone is over the only text there is.
  return { tokens: seen.tokens ?? 0, ...(seen.pair === undefined ? {} : { pair: seen.pair }) };
}
