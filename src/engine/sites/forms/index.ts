import type { Node } from '../../onnx/graph';
import type { Product } from '../site';
import { einsum } from './einsum';
import type { FormContext, ProductForm } from './form';
import { fusedMatMul } from './fusedMatMul';
import { gemm } from './gemm';
import { integerMatMul } from './integerMatMul';
import { matMul } from './matMul';

const forms: readonly ProductForm[] = [matMul, fusedMatMul, gemm, einsum, integerMatMul];

/** The node as a product of two matrices, whatever operator it is; undefined for everything else. */
export function productOf(node: Node, context: FormContext): Product | undefined {
  for (const form of forms) {
    const product = form(node, context);
    if (product !== undefined) return product;
  }
  return undefined;
}
