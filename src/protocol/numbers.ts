/*
 * Numbers as every part of Headlight writes them: views, hovers, sentences and the command line.
 */

/**
 * A number with two significant digits: `0.62`, `1.0`, `12`, `123`, with a power of ten where digits would only be zeros: `3.1e-5`,
 * `2.5e6`; with a real minus sign. NaN, a number that does not exist, is a dash.
 */
export function twoDigits(value: number): string {
  if (Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  const digits = Number.isFinite(size) ? magnitude(size) : '∞';
  return value < 0 ? `−${digits}` : digits;
}

function magnitude(size: number): string {
  if (size === 0) return '0';
  if (size < 0.001 || size >= 1e6) return size.toExponential(1).replace('e+', 'e');
  if (size >= 9.95) return size.toFixed(0);
  // Rounded first: 0.0996 is 0.10 and has two decimals, not three.
  const power = Math.floor(Math.log10(Number(size.toPrecision(2))));
  return size.toFixed(1 - power);
}

/** The same with its sign said in any case: `+0.62`. */
export function signedDigits(value: number): string {
  return value > 0 ? `+${twoDigits(value)}` : twoDigits(value);
}

/** A number between −1 and 1 as correlations are written: `0.31`, `−0.05`. */
export function twoDecimals(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && text !== '0.00' ? `−${text}` : text;
}

/** `59 %`, with a narrow space that does not break; `< 1 %` for a little more than nothing, never 100 % for a little less than all. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const rounded = Math.round(share * 100);
  if (rounded === 0 && share > 0) return '< 1\u202f%';
  if (rounded === 100 && share < 1) return '> 99\u202f%';
  return `${rounded}\u202f%`;
}

/**
 * A probability in per cent with two significant digits: 0.56 is `56 %`, 0.00019 is `0.019 %`; near 1 with as many as tell it
 * from 1, two decimals at most: 0.95 is `95 %`, 0.99981 is `99.98 %`. Neither 0 % nor 100 % is ever said of something between.
 */
export function probability(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || value === 1) return `${value * 100}\u202f%`;
  if (value < 0.00001) return '< 0.001\u202f%';
  if (value > 0.99995) return '> 99.99\u202f%';
  const uncertain = Math.min(value, 1 - value);
  // 1e-9 keeps 0.1 (0.09999… of 1 − 0.9) at its own power of ten.
  const digits = Math.max(0, -1 - Math.floor(Math.log10(uncertain) + 1e-9));
  return `${(value * 100).toFixed(value > 0.5 ? Math.min(2, Math.max(0, digits - 1)) : digits)}\u202f%`;
}
