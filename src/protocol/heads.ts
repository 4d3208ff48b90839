import type { HeadRef } from './inspection';

/** `7.10`; with the block where a model has several: `decoder 7.10`. @param countFrom number of the first layer and head */
export function headName({ block, layer, head }: HeadRef, countFrom: 0 | 1): string {
  const number = `${layer + countFrom}.${head + countFrom}`;
  return block === 'self' ? number : `${block} ${number}`;
}

export function sameHead(a: HeadRef, b: HeadRef): boolean {
  return a.block === b.block && a.layer === b.layer && a.head === b.head;
}
