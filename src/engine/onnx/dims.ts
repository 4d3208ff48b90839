/**
 * The size of a dimension: a number where it is known, else a symbolic expression (`batch`, `4*sequence`, `?7`).
 * Equal expressions mean equal sizes; different ones mean nothing.
 */
export type Dim = number | string;

/**
 * The symbol of a size that is either 1 or the size of whatever it is broadcast against: of inputs that steer a model (masks, factors, noise) and
 * never make anything larger.
 */
export const orOne = (symbol: string): string => `1|${symbol}`;

export const isOrOne = (dim: Dim): boolean => typeof dim === 'string' && dim.startsWith('1|');

/** The size that two sizes give when they are broadcast against each other; undefined where that cannot be told. */
export function broadcast(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1 || isOrOne(b)) return a;
  if (a === 1 || isOrOne(a)) return b;
  // Sizes other than 1 meet only their like.
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : undefined;
}

/** Coefficient and sorted symbols of a product: `4*batch*sequence` is `[4, ['batch', 'sequence']]`. */
function factors(dim: Dim): [number, string[]] {
  if (typeof dim === 'number') return [dim, []];
  const parts = dim.split('*');
  const coefficient = /^-?\d+$/.test(parts[0]) ? Number(parts.shift()) : 1;
  return [coefficient, parts];
}

function product(coefficient: number, symbols: readonly string[]): Dim {
  if (symbols.length === 0 || coefficient === 0) return coefficient;
  return [...(coefficient === 1 ? [] : [coefficient]), ...[...symbols].sort()].join('*');
}

/** The product of two sizes. */
export function multiplied(a: Dim, b: Dim): Dim {
  const [coefficientA, symbolsA] = factors(a);
  const [coefficientB, symbolsB] = factors(b);
  return product(coefficientA * coefficientB, [...symbolsA, ...symbolsB]);
}

/** `a / b` where `b` divides `a` for every value of the symbols; else undefined. */
export function divided(a: Dim, b: Dim): Dim | undefined {
  const [coefficientA, symbols] = factors(a);
  const [coefficientB, divisors] = factors(b);
  if (coefficientB === 0 || coefficientA % coefficientB !== 0) return undefined;
  const left = [...symbols];
  for (const divisor of divisors) {
    const place = left.indexOf(divisor);
    if (place < 0) return undefined;
    left.splice(place, 1);
  }
  return product(coefficientA / coefficientB, left);
}

/** Terms of a sum with their coefficients; the number alone stands under the empty name. */
function terms(dim: Dim): Map<string, number> {
  const result = new Map<string, number>();
  const text =
    typeof dim === 'string' && dim.startsWith('(') && dim.endsWith(')') ? dim.slice(1, -1).split('+') : [dim];
  for (const term of text) {
    const [coefficient, symbols] = factors(
      typeof term === 'string' ? (/^-?\d+$/.test(term) ? Number(term) : term.replaceAll('·', '*')) : term,
    );
    result.set(symbols.join('*'), coefficient);
  }
  return result;
}

/** The sum `a + sign·b` of two sizes. Sums are symbols of their own, `(4·batch+past)`, whose products are not opened again. */
export function added(a: Dim, b: Dim, sign: 1 | -1 = 1): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + sign * b;
  const sum = terms(a);
  for (const [symbols, coefficient] of terms(b))
    sum.set(symbols, (sum.get(symbols) ?? 0) + sign * coefficient);
  const parts = [...sum].filter(([, coefficient]) => coefficient !== 0).sort(([x], [y]) => (x < y ? -1 : 1));
  if (parts.length === 0) return 0;
  const [[symbols, coefficient]] = parts;
  if (parts.length === 1) return product(coefficient, symbols === '' ? [] : symbols.split('*'));
  return `(${parts.map(([names, count]) => String(product(count, names === '' ? [] : names.split('*'))).replaceAll('*', '·')).join('+')})`;
}
