/** Numbers in [0, 1) that are the same for the same seed: Mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` of the items, every choice equally likely and the same for the same seed; in the order given. */
export function sampleOf(items: readonly number[], count: number, random: () => number): number[] {
  if (items.length <= count) return [...items];
  const pool = [...items];
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (pool.length - at));
    [pool[at], pool[other]] = [pool[other], pool[at]];
  }
  return pool.slice(0, count).sort((a, b) => a - b);
}
