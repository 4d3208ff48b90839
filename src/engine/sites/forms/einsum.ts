import { isOnnx, stringOf } from '../../onnx/graph';
import type { Operand } from '../site';
import type { ProductForm } from './form';

/** `Einsum` of two operands with one summed letter and one letter of each operand's own: `bqhd,bkhd->bhqk`. */
export const einsum: ProductForm = (node) => {
  if (!isOnnx(node, 'Einsum') || node.inputs.length !== 2) return undefined;
  const [left, output] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const [a, b] = (left ?? '').split(',');
  if (a === undefined || b === undefined || output === undefined || left.includes('.')) return undefined;
  const summed = [...a].filter((letter) => b.includes(letter) && !output.includes(letter));
  const ownOf = (mine: string, other: string): string[] =>
    [...mine].filter((letter) => !other.includes(letter) && output.includes(letter));
  const [freeA, freeB] = [ownOf(a, b), ownOf(b, a)];
  if (summed.length !== 1 || freeA.length !== 1 || freeB.length !== 1) return undefined;
  const shared = [...output].filter((letter) => letter !== freeA[0] && letter !== freeB[0]);
  const operand = (letters: string, tensor: string, free: string): Operand => ({
    tensor,
    batch: shared.filter((letter) => letters.includes(letter)).map((letter) => letters.indexOf(letter)),
    free: letters.indexOf(free),
    inner: letters.indexOf(summed[0]),
  });
  return {
    form: 'Einsum',
    a: operand(a, node.inputs[0], freeA[0]),
    b: operand(b, node.inputs[1], freeB[0]),
    alpha: 1,
    output: node.outputs[0],
    result: {
      batch: shared.map((letter) => output.indexOf(letter)),
      rows: output.indexOf(freeA[0]),
      columns: output.indexOf(freeB[0]),
    },
  };
};
