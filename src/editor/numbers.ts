/** A number with two significant digits, as short as it can be read: `0.98`, `12`, `3.1e-5`, `−0.4`. */
export function twoDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not defined' : value < 0 ? '−∞' : '∞';
  const magnitude = Math.abs(value);
  const isTiny = magnitude > 0 && magnitude < 0.001;
  const isHuge = magnitude >= 1e6;
  const digits = isTiny || isHuge ? trimExponent(magnitude.toExponential(1)) : plain(magnitude);
  return value < 0 && Number(digits) !== 0 ? `−${digits}` : digits;
}

/** A probability, which never looks certain when it is not. */
export function probability(value: number): string {
  if (value > 0.995 && value < 1) return '> 0.99';
  if (value < 0.005 && value > 0) return '< 0.01';
  return value.toFixed(2);
}

function plain(magnitude: number): string {
  return magnitude >= 10 ? String(Math.round(magnitude)) : String(Number(magnitude.toPrecision(2)));
}

function trimExponent(text: string): string {
  return text.replace('.0e', 'e').replace('e+', 'e');
}
