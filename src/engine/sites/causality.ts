import { bytesOf, constantOf, elementCount } from '../onnx/constants';
import { elementSize, isOnnx, type ConstantTensor } from '../onnx/graph';
import type { Reading } from './reading';
import type { ScorePath } from './scores';

const mostVisited = 600;

/**
 * True where the mask of the scores lets tokens see only what stands before them: it is cut from a triangular matrix (`Trilu`, a
 * constant), or compares token positions with one another (row ≥ column). Windows (`|row − column| ≤ w`) are not causal.
 */
export function isCausal(reading: Reading, { steps }: ScorePath): boolean {
  const queue = steps.flatMap(({ node, slot }) =>
    isOnnx(node, 'Add', 'Sub', 'Mul', 'Where', 'Min') ? node.inputs.filter((_, index) => index !== slot) : [],
  );
  const seen = new Set(queue);
  for (let index = 0; index < queue.length && index < mostVisited; index++) {
    const constant = constantOf(reading.wiring, queue[index]);
    if (constant !== undefined && isTriangular(reading, constant)) return true;
    const node = reading.wiring.producer(queue[index]);
    if (node === undefined) continue;
    if (isOnnx(node, 'Trilu')) return true;
    if (
      isOnnx(node, 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual') &&
      node.inputs.every((input) => isPositions(input))
    )
      return true;
    for (const input of node.inputs) {
      if (input === '' || seen.has(input)) continue;
      seen.add(input);
      queue.push(input);
    }
  }
  return false;

  /** Something that counts tokens: not a single number. */
  function isPositions(tensor: string): boolean {
    return (
      constantOf(reading.wiring, tensor) === undefined &&
      !reading.isScalarFactor(tensor) &&
      reading.scalar(tensor) === undefined
    );
  }
}

function isTriangular(reading: Reading, tensor: ConstantTensor): boolean {
  const [rows, columns] = tensor.dims.slice(-2);
  if (tensor.dims.length < 2 || rows !== columns || rows < 2 || elementCount(tensor.dims) !== rows * columns)
    return false;
  const bytes = bytesOf(reading.model, tensor);
  const size = elementSize(tensor.type);
  const element = (row: number, column: number): string =>
    bytes.subarray((row * columns + column) * size, (row * columns + column + 1) * size).join();
  const [lower, upper] = [element(rows - 1, 0), element(0, columns - 1)];
  return lower !== upper && element(1, 0) === lower && element(0, 1) === upper && element(0, 0) === lower;
}
