import type { HeadRef } from '../../src/protocol/inspection';

/** `7.10`; with the block where a model has several: `decoder 7.10`. @param countFrom number of the first layer and head */
export function headName({ block, layer, head }: HeadRef, countFrom: 0 | 1): string {
  const number = `${layer + countFrom}.${head + countFrom}`;
  return block === 'self' ? number : `${block} ${number}`;
}

export function sameHead(a: HeadRef, b: HeadRef): boolean {
  return a.block === b.block && a.layer === b.layer && a.head === b.head;
}

/** Two significant digits, as all numbers on screen have: `0.62`, `0.043`, `12`; a real minus sign. */
export function twoDigits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const text =
    size >= 10
      ? size.toFixed(0)
      : size === 0
        ? '0'
        : size < 0.001
          ? '< 0.001'
          : Number(size.toPrecision(2)).toFixed(decimals(size));
  return value < 0 ? `−${text}` : text;
}

/** Decimals that two significant digits need: 0.62 has two, 0.043 three, 1.2 one. */
function decimals(size: number): number {
  return Math.max(0, 1 - Math.floor(Math.log10(size)));
}

/** `59 %`, with a narrow space that does not break. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)}\u202f%` : '–';
}
