import { ElementType, intOf, isOnnx, type Node } from '../onnx/graph';
import { productOf } from './forms';
import type { Reading } from './reading';
import { passingSlots, type Step } from './scores';
import type { Product } from './site';

/** The way from a Softmax to the product with the values. */
export interface ProbabilityPath {
  /** The product; operand a is the probabilities, b the values. */
  readonly product: Product;
  /** The last tensor that still holds the probabilities. */
  readonly probabilities: string;
  /** Who reads it on the way to the product. */
  readonly reader: Step;
  readonly words: readonly string[];
}

const mostVisited = 64;

/** Walks from the output of a Softmax forward to the product of probabilities and values. */
export function findProbabilities(reading: Reading, softmax: string): ProbabilityPath | undefined {
  const before = new Map<string, Step | undefined>([[softmax, undefined]]);
  const queue = [softmax];
  for (let index = 0; index < queue.length && index < mostVisited; index++) {
    const tensor = queue[index];
    for (const { node, slot } of reading.wiring.consumers(tensor)) {
      const product = productOf(node, reading);
      if (product !== undefined) {
        const oriented = withProbabilitiesFirst(reading, product, tensor);
        if (oriented !== undefined) return path(oriented, { node, slot }, tensor);
        continue;
      }
      if (slot < 0 || !mayPass(node, slot) || before.has(node.outputs[0])) continue;
      before.set(node.outputs[0], { node, slot });
      queue.push(node.outputs[0]);
    }
  }
  return undefined;

  function path(product: Product, last: Step, reached: string): ProbabilityPath {
    const steps: Step[] = [last];
    for (let step = before.get(reached); step !== undefined; step = before.get(step.node.inputs[step.slot]))
      steps.unshift(step);
    let probabilities = softmax;
    const words: string[] = [];
    for (const step of steps) {
      const word = keeps(reading, step);
      if (word === undefined) return { product, probabilities, reader: step, words };
      if (word !== '' && !words.includes(word)) words.push(word);
      probabilities = step.node.outputs[0];
    }
    return { product, probabilities, reader: last, words };
  }
}

function mayPass(node: Node, slot: number): boolean {
  // Padded or repeated probabilities belong to blockwise attention: rows and columns are no longer queries and keys.
  if (isOnnx(node, 'Pad', 'Expand')) return false;
  if (isOnnx(node, 'DynamicQuantizeLinear')) return true;
  return passingSlots(node).includes(slot);
}

/** The product with the probabilities as operand a; undefined where the other operand is no activation or the axes do not fit. */
function withProbabilitiesFirst(reading: Reading, product: Product, tensor: string): Product | undefined {
  const isA =
    product.a.tensor === tensor || reading.unquantised(product.a.tensor) === reading.unquantised(tensor);
  const [p, v] = isA ? [product.a, product.b] : [product.b, product.a];
  if (p.tensor === v.tensor || !reading.isActivation(v.tensor)) return undefined;
  const { batch, rows, columns } = product.result;
  return isA ? product : { ...product, a: p, b: v, result: { batch, rows: columns, columns: rows } };
}

/** Says (in words, empty for nothing worth saying) that a step leaves the probabilities what they are; undefined where it does not. */
function keeps(reading: Reading, { node, slot }: Step): string | undefined {
  if (isOnnx(node, 'Identity', 'Dropout', 'CastLike')) return '';
  if (isOnnx(node, 'Cast')) {
    const floating: number[] = [
      ElementType.float,
      ElementType.float16,
      ElementType.double,
      ElementType.bfloat16,
    ];
    return floating.includes(intOf(node, 'to', 0)) ? '' : undefined;
  }
  // The column of an attention sink is cut off again.
  if (isOnnx(node, 'Slice')) return 'sink column';
  if (isOnnx(node, 'Where') && slot > 0) {
    const replaced = reading.scalar(node.inputs[3 - slot]);
    if (replaced !== 0) return undefined;
    const condition = reading.wiring.producer(node.inputs[0]);
    return condition !== undefined && isOnnx(condition, 'IsNaN') ? 'NaN guard' : 'masked again';
  }
  return undefined;
}
