/**
 * A probability in per cent with two significant digits: 0.56 is `56 %`, 0.00019 is `0.019 %`; near 1 with as many as tell it
 * from 1, two decimals at most: 0.95 is `95 %`, 0.99981 is `99.98 %`. Neither 0 % nor 100 % is ever said of something between.
 */
export function probability(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || value === 1) return `${value * 100} %`;
  if (value < 0.00001) return '< 0.001 %';
  if (value > 0.99995) return '> 99.99 %';
  const uncertain = Math.min(value, 1 - value);
  // 1e-9 keeps 0.1 (0.09999… of 1 − 0.9) at its own power of ten.
  const digits = Math.max(0, -1 - Math.floor(Math.log10(uncertain) + 1e-9));
  return `${(value * 100).toFixed(value > 0.5 ? Math.min(2, Math.max(0, digits - 1)) : digits)} %`;
}
