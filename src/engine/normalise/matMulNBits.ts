import { ElementType, intOf } from '../onnx/graph';
import type { Rewrite, RewriteSite } from './rewrite';

/**
 * onnxruntime's MatMulNBits: A · Wᵀ with W [N, K] in blocks of 2, 4 or 8 bits. Inputs: A, B [N, blocks, bytes], scales [N·blocks], zero points (packed
 * like B, or as numbers), group index, bias. w = (b − zero) · scale; without zero points the middle of the range is zero.
 */
export const matMulNBits: Rewrite = {
  operators: ['com.microsoft::MatMulNBits'],
  rewrite(at) {
    if (at.input(4) !== undefined) at.fail('its columns are regrouped');
    const product = at.op('MatMul', [at.need(0), at.transpose(dequantised(at), 1, 0)]);
    const bias = at.input(5);
    at.give(0, bias === undefined ? product : at.op('Add', [product, bias]));
  },
};

/** W [N, K] as numbers. */
function dequantised(at: RewriteSite): string {
  const bits = intOf(at.node, 'bits', 4);
  const size = intOf(at.node, 'block_size', 32);
  const [rows, columns] = [intOf(at.node, 'N', 0), intOf(at.node, 'K', 0)];
  const blocks = Math.ceil(columns / size);
  const weights = at.reshape(unpacked(at, at.need(1), bits), rows, blocks, -1);
  const scales = at.reshape(at.need(2), rows, blocks, 1);
  const centred = at.op('Sub', [at.slice(weights, 2, 0, size), zeroPoints(at, bits, rows, blocks)]);
  const all = at.reshape(at.op('Mul', [centred, scales]), rows, blocks * size);
  return blocks * size === columns ? all : at.slice(all, 1, 0, columns);
}

function zeroPoints(at: RewriteSite, bits: number, rows: number, blocks: number): string {
  const points = at.input(3);
  if (points === undefined) return at.number(2 ** (bits - 1));
  if (at.types.elementType(points) !== ElementType.uint8) return at.reshape(points, rows, blocks, 1);
  // Rows of packed zero points are filled up to whole bytes.
  const perRow = at.reshape(unpacked(at, at.reshape(points, rows, -1), bits), rows, -1);
  return at.unsqueeze(at.slice(perRow, 1, 0, blocks), 2);
}

/** The numbers in bytes [..., n], lowest bits first: [..., n, 8 / bits] in the element type of A. */
function unpacked(at: RewriteSite, bytes: string, bits: number): string {
  // By division, because it works in every operator set and the numbers are small and whole.
  const wide = at.build.cast(at.unsqueeze(bytes, -1), ElementType.int32);
  const base = 2 ** bits;
  const steps = Array.from({ length: 8 / bits }, (_, i) => base ** i);
  const divisors = at.build.cast(at.ints(...steps), ElementType.int32);
  const shifted = at.op('Div', [wide, divisors]);
  const modulus = at.build.cast(at.ints(base), ElementType.int32);
  return at.build.cast(at.op('Mod', [shifted, modulus]), at.type);
}
