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

/** Attention gradients come in the layout of the graph: [B, H, Sq, Sk] or [B·H, Sq, Sk], batch of one. */
export function shaped(result: OrtTensor): Tensor {
  const dims =
    result.dims.length === 4
      ? result.dims.slice(1)
      : result.dims.length === 5
        ? [result.dims[1] * result.dims[2], ...result.dims.slice(3)]
        : result.dims;
  return { data: toFloat32(result), dims: [...dims] };
}
