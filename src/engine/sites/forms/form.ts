import type { Node } from '../../onnx/graph';
import type { Product } from '../site';

/** What a form may ask about tensors. */
export interface FormContext {
  /** Number of dimensions; 4 (the usual attention) where it is not known. */
  rankOf(tensor: string): number;
  /** The floating-point tensor behind a quantised one. */
  unquantised(tensor: string): string;
}

/** All axes but the last two, which number the matrices. */
export function leading(rank: number): number[] {
  return Array.from({ length: rank - 2 }, (_, axis) => axis);
}

/** The axes of a result whose matrices lie in the last two. */
export function trailing(rank: number): Product['result'] {
  return { batch: leading(rank), rows: rank - 2, columns: rank - 1 };
}

/** Reads one operator as a product of two matrices; undefined where the node is something else. */
export type ProductForm = (node: Node, context: FormContext) => Product | undefined;
