import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../protocol/tensor';
import { toFloat32 } from './feeds';

/** What a run gave, in float32. */
export function plain(result: OrtTensor): Tensor {
  return { data: toFloat32(result), dims: [...result.dims] };
}

/** The only entry of a batch of one. */
export function unbatched(result: OrtTensor): Tensor {
  const dims = result.dims.length > 0 && result.dims[0] === 1 ? result.dims.slice(1) : result.dims;
  return { data: toFloat32(result), dims: [...dims] };
}

/** The rows of a matrix, as views. */
export function rows({ data, dims }: Tensor): Float32Array[] {
  const width = dims[dims.length - 1];
  return Array.from({ length: data.length / width }, (_, row) =>
    data.subarray(row * width, (row + 1) * width),
  );
}

/**
 * The attention of one text, or its gradient, as it lies in the graph: in any layout of a site, batch of one.
 * @param order which axes of the result are (batch axes ..., Sq, Sk), batch, heads and groups of heads numbering matrices
 * @returns [H, Sq, Sk]
 */
export function attentionIn(result: OrtTensor, order: readonly number[]): Tensor {
  const sizes = order.map((axis) => result.dims[axis]);
  const [rows, columns] = sizes.slice(-2);
  const data = toFloat32(result);
  return {
    data: order.every((axis, at) => axis === at) ? data : reordered(data, result.dims, order),
    dims: [data.length / (rows * columns || 1), rows, columns],
  };
}

/** The numbers in the order in which they lie when axis `order[i]` becomes axis i. */
function reordered(data: Float32Array, dims: readonly number[], order: readonly number[]): Float32Array {
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((size, dim) => size * dim, 1));
  const result = new Float32Array(data.length);
  let next = 0;
  const copy = (at: number, from: number): void => {
    if (at === order.length) {
      result[next++] = data[from];
      return;
    }
    const axis = order[at];
    for (let index = 0; index < dims[axis]; index++) copy(at + 1, from + index * strides[axis]);
  };
  copy(0, 0);
  return result;
}
