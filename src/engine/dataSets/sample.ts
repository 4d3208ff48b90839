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
