/**
 * Ranks from 1, equal numbers sharing the mean of their ranks.
 * @param numbers [N]
 * @returns [N]
 */
export function ranks(numbers: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: numbers.length }, (_, i) => i).sort((a, b) => numbers[a] - numbers[b]);
  const ranked = new Float64Array(numbers.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && numbers[order[end]] === numbers[order[start]]) end++;
    for (let at = start; at < end; at++) ranked[order[at]] = (start + end + 1) / 2;
  }
  return ranked;
}

/**
 * Spearman's rank correlation ρ: Pearson's correlation of the ranks, ties counted with their mean rank.
 * Pairs in which either number is NaN are left out.
 * @returns −1 to 1; NaN for fewer than two pairs, or where all numbers on one side are equal
 * @throws RangeError where the lengths differ
 */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = pairs(a, b).map(ranks);
  const mean = (x.length + 1) / 2;
  let product = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let i = 0; i < x.length; i++) {
    product += (x[i] - mean) * (y[i] - mean);
    squaresX += (x[i] - mean) ** 2;
    squaresY += (y[i] - mean) ** 2;
  }
  return product / Math.sqrt(squaresX * squaresY);
}

/**
 * Kendall's rank correlation τ-b: (concordant − discordant pairs) / √((pairs untied in a)·(pairs untied in b)). O(N²).
 * Source: Kendall 1945. Pairs of numbers in which either is NaN are left out.
 * @returns −1 to 1; NaN for fewer than two pairs, or where all numbers on one side are equal
 * @throws RangeError where the lengths differ
 */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = pairs(a, b);
  let balance = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const signX = Math.sign(x[i] - x[j]);
      const signY = Math.sign(y[i] - y[j]);
      balance += signX * signY;
      untiedX += Math.abs(signX);
      untiedY += Math.abs(signY);
    }
  }
  return balance / Math.sqrt(untiedX * untiedY);
}

function pairs(a: ArrayLike<number>, b: ArrayLike<number>): [Float64Array, Float64Array] {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} numbers do not pair up.`);
  const kept = Array.from({ length: a.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]),
  );
  return [Float64Array.from(kept, (i) => a[i]), Float64Array.from(kept, (i) => b[i])];
}
