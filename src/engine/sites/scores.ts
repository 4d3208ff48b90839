import { intsOf, isOnnx, type Node } from '../onnx/graph';
import { productOf } from './forms';
import type { Reading } from './reading';
import type { Product } from './site';

/** One operator on a path; the value enters at input `slot`. */
export interface Step {
  readonly node: Node;
  readonly slot: number;
}

/** The way from the product of queries and keys to the Softmax. */
export interface ScorePath {
  readonly product: Product;
  /** From the product to the Softmax, both left out. */
  readonly steps: readonly Step[];
}

/** Inputs through which a score may pass on its way to the Softmax; masks, biases and scales come in at the others. */
const passing: ReadonlyMap<string, readonly number[]> = new Map([
  ...[
    'Cast',
    'CastLike',
    'Identity',
    'Dropout',
    'Tanh',
    'Reshape',
    'Flatten',
    'Squeeze',
    'Unsqueeze',
    'Transpose',
    'Clip',
    'Neg',
    'Expand',
    'Slice',
    'Pad',
    'Sub',
    'QuantizeLinear',
    'DequantizeLinear',
  ].map((op): [string, number[]] => [op, [0]]),
  ...['Add', 'Mul', 'Max', 'Min'].map((op): [string, number[]] => [op, [0, 1]]),
  // Attention sinks are joined to the scores as a column more.
  ['Concat', [0, 1]],
  ['Div', [0]],
  ['Where', [1, 2]],
]);

/** The slots of a node that scores or probabilities may come through. */
export function passingSlots(node: Node): readonly number[] {
  return node.domain === '' || node.domain === 'ai.onnx' ? (passing.get(node.op) ?? []) : [];
}

/** Scores pass a handful of operators; a search that sees more is lost in something else. */
const mostVisited = 96;

/**
 * Walks back from the input of a Softmax to the nearest product of two activations. Products with a constant operand (classifiers,
 * routers, position terms, learned pooling queries) do not count.
 */
export function findScores(reading: Reading, scores: string): ScorePath | undefined {
  const towards = new Map<string, Step | undefined>([[scores, undefined]]);
  const queue = [scores];
  for (let index = 0; index < queue.length && index < mostVisited; index++) {
    const tensor = queue[index];
    const node = reading.wiring.producer(tensor);
    if (node === undefined) continue;
    const product = productOf(node, reading);
    if (product !== undefined) {
      if (!reading.isActivation(product.a.tensor) || !reading.isActivation(product.b.tensor)) continue;
      const steps: Step[] = [];
      for (let step = towards.get(tensor); step !== undefined; step = towards.get(step.node.outputs[0]))
        steps.push(step);
      return { product: turned(reading, product, steps), steps };
    }
    for (const slot of passingSlots(node)) {
      const input = node.inputs[slot];
      if (input === undefined || input === '' || towards.has(input) || !reading.isActivation(input)) continue;
      towards.set(input, { node, slot });
      queue.push(input);
    }
  }
  return undefined;
}

/** Where scores are transposed before the Softmax, keys were multiplied with queries: exchanges the operands. */
function turned(reading: Reading, product: Product, steps: readonly Step[]): Product {
  const exchanges = steps.filter(({ node }) => {
    if (!isOnnx(node, 'Transpose')) return false;
    const rank = reading.rankOf(node.inputs[0]);
    const perm = intsOf(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    return perm[rank - 1] === rank - 2 && perm[rank - 2] === rank - 1;
  });
  if (exchanges.length % 2 === 0) return product;
  // The Transpose puts queries into the rows and keys into the columns of the result, as in every other form.
  return { ...product, a: product.b, b: product.a };
}

/** How the scale is applied between the product and the Softmax. */
export interface ScaleOfScores {
  /** Factor on the product before bias, soft-cap and mask; NaN where it is not known. */
  readonly factor: number;
  readonly softcap?: number;
  readonly words: readonly string[];
}

/**
 * The number that multiplies q·kᵀ. Factors behind additive biases count (they scale both); c·tanh(x/c) is soft-capping, and its inner
 * division is no scale.
 */
export function scaleOfScores(reading: Reading, { product, steps }: ScorePath): ScaleOfScores {
  let factor = product.alpha;
  let hasScale = product.alpha !== 1;
  const words: string[] = [];
  let softcap: number | undefined;
  const scaleOf = (step: Step): number | undefined => {
    const other = step.node.inputs[1 - step.slot];
    if (!isOnnx(step.node, 'Mul', 'Div') || !reading.isScalarFactor(other)) return undefined;
    const value = reading.scalar(other) ?? NaN;
    return step.node.op === 'Mul' ? value : 1 / value;
  };
  const capAt = steps.findIndex(({ node }) => isOnnx(node, 'Tanh'));
  const linear = capAt < 0 ? steps : steps.slice(0, capAt);
  for (const step of linear) {
    const value = scaleOf(step);
    if (value === undefined) continue;
    factor *= value;
    hasScale = true;
  }
  if (capAt >= 0) {
    const after = steps
      .slice(capAt + 1)
      .map(scaleOf)
      .find((value) => value !== undefined);
    if (after !== undefined) {
      softcap = after;
      factor *= after;
    }
    words.push('soft-capped');
  }
  if (hasScale) words.unshift('scale after the product');
  for (const { node } of steps) {
    const word = describe(node);
    if (word !== '' && !words.includes(word)) words.push(word);
  }
  return { factor, softcap, words };

  function describe(node: Node): string {
    if (isOnnx(node, 'Add', 'Sub'))
      return node.inputs.every((input) => reading.types.rank(input) !== undefined)
        ? 'mask or bias added'
        : '';
    if (isOnnx(node, 'Where')) return 'mask by Where';
    if (isOnnx(node, 'Concat')) return 'sink column';
    return '';
  }
}
