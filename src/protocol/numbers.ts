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

/** A probability where per cent would be too long: `0.98`. It never looks certain when it is not. */
export function probability(value: number): string {
  if (value > 0.995 && value < 1) return '> 0.99';
  if (value < 0.005 && value > 0) return '< 0.01';
  return value.toFixed(2);
}
