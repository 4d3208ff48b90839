import type { AttentionEdit } from '../../protocol/edits';
import type { BlockName } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';

/** What is done to the attention of a layer: [H, Sq, Sk], an axis along which all are equal being 1. */
export interface AttentionScale {
  /** Factors on the weights. */
  readonly scale: Tensor;
  /** 1 where a weight becomes exactly its factor's share of what it was, else 0; left out where none does. */
  readonly exact?: Tensor;
}

/** Per `BLOCK.LAYER` that is edited. */
export type AttentionScales = ReadonlyMap<string, AttentionScale>;

/**
 * Edits as factors on the attention of the layers that they change.
 * @param attentions per block and layer [H, Sq, Sk] of the same text, for the sizes
 * @throws UserError where there is no such block, layer, head or token, or a factor is not one
 */
export function attentionScales(
  edits: readonly AttentionEdit[],
  attentions: ReadonlyMap<BlockName, readonly Tensor[]>,
): AttentionScales {
  const byLayer = new Map<string, { readonly dims: readonly number[]; readonly own: AttentionEdit[] }>();
  for (const edit of edits) {
    for (const [layer, dims] of layersOf(edit, attentions)) {
      check(edit, layer, dims);
      const name = `${edit.block}.${layer}`;
      const entry = byLayer.get(name) ?? { dims, own: [] };
      entry.own.push(edit);
      byLayer.set(name, entry);
    }
  }
  return new Map(Array.from(byLayer, ([name, { dims, own }]) => [name, scaleOf(own, dims)]));
}

/** The layers that an edit changes, with their [H, Sq, Sk]. */
function layersOf(
  { block, layer }: AttentionEdit,
  attentions: ReadonlyMap<BlockName, readonly Tensor[]>,
): [layer: number, dims: readonly number[]][] {
  const layers = attentions.get(block);
  if (layers === undefined)
    throw new UserError(
      `There is no attention block “${block}” to edit: this model has ${[...attentions.keys()].join(', ')}.`,
      'input',
    );
  if (layer !== undefined && layers[layer] === undefined)
    throw new UserError(
      `There is no layer ${layer} to edit: the block “${block}” has ${layers.length} layers, counted from 0.`,
      'input',
    );
  return Array.from(layers, ({ dims }, at): [number, readonly number[]] => [at, dims]).filter(
    ([at]) => layer === undefined || at === layer,
  );
}

function check(
  { head, query, key, factor, isExact }: AttentionEdit,
  layer: number,
  dims: readonly number[],
): void {
  const [heads, queries, keys] = dims;
  if (head !== undefined && head >= heads)
    throw new UserError(
      `There is no head ${layer}.${head} to edit: layer ${layer} has ${heads} heads, counted from 0.`,
      'input',
    );
  for (const [token, count, role] of [
    [query, queries, 'attends'],
    [key, keys, 'is attended to'],
  ] as const) {
    if (token === undefined || (Number.isInteger(token) && token >= 0 && token < count)) continue;
    throw new UserError(
      `There is no token ${token} that ${role}: there are ${count}, counted from 0. Take the edit back, or edit another token.`,
      'input',
    );
  }
  if (!(factor >= 0) || !Number.isFinite(factor))
    throw new UserError(`An edit of attention wants a factor of 0 or more, not ${factor}.`, 'input');
  if (isExact === true && factor > 1)
    throw new UserError(
      `A token can keep exactly a share from 0 to 1 of its attention, not ${factor} times as much. Scale it instead.`,
      'input',
    );
}

function scaleOf(edits: readonly AttentionEdit[], [heads, queries, keys]: readonly number[]): AttentionScale {
  const dims = [
    edits.some(({ head }) => head !== undefined) ? heads : 1,
    edits.some(({ query }) => query !== undefined) ? queries : 1,
    keys,
  ];
  const data = new Float32Array(dims[0] * dims[1] * dims[2]).fill(1);
  const exact = new Float32Array(data.length);
  for (const { head, query, key, factor, isExact } of edits) {
    for (let h = 0; h < dims[0]; h++) {
      if (head !== undefined && h !== head) continue;
      for (let q = 0; q < dims[1]; q++) {
        if (query !== undefined && q !== query) continue;
        const at = (h * dims[1] + q) * dims[2] + key;
        data[at] *= factor;
        if (isExact === true) exact[at] = 1;
      }
    }
  }
  // Another edit may have raised a weight again: more than all of it cannot be kept of it.
  data.forEach((factor, at) => factor > 1 && (exact[at] = 0));
  return { scale: { data, dims }, ...(exact.includes(1) ? { exact: { data: exact, dims } } : {}) };
}
