import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../src/protocol/tensor';

export function floats(tensor: OrtTensor): Tensor {
  return { data: Float32Array.from(tensor.data as ArrayLike<number>), dims: tensor.dims };
}

/** Largest absolute difference; with `rows` only where they are true along `axis`; NaN where shapes differ. */
export function difference(actual: Tensor, golden: Tensor, rows?: readonly boolean[], axis = -2): number {
  if (actual.data.length !== golden.data.length) return NaN;
  const at = golden.dims.length + axis;
  const stride = golden.dims.slice(at + 1).reduce((count, size) => count * size, 1);
  const usable = rows !== undefined && golden.dims[at] === rows.length;
  let worst = 0;
  for (let index = 0; index < golden.data.length; index++) {
    if (usable && !rows[Math.floor(index / stride) % rows.length]) continue;
    const distance = Math.abs(actual.data[index] - golden.data[index]);
    if (!(distance <= worst)) worst = distance;
  }
  return worst;
}

/** `golden` with the rows that do not count taken from `actual`. */
export function onlyRows(golden: Tensor, actual: Tensor, rows: readonly boolean[] | undefined): Tensor {
  const width = golden.dims.at(-1) ?? 1;
  const count = golden.dims.at(-2) ?? 1;
  if (rows?.length !== count) return golden;
  return {
    dims: golden.dims,
    data: golden.data.map((value, index) =>
      rows[Math.floor(index / width) % count] ? value : actual.data[index],
    ),
  };
}

/** The last two axes exchanged. */
export function transposed({ data, dims }: Tensor): Tensor {
  const [rows, columns] = dims.slice(-2);
  const result = new Float32Array(data.length);
  data.forEach((value, index) => {
    const matrix = Math.floor(index / (rows * columns));
    const [row, column] = [Math.floor(index / columns) % rows, index % columns];
    result[(matrix * columns + column) * rows + row] = value;
  });
  return { data: result, dims: [...dims.slice(0, -2), columns, rows] };
}

export function largest({ data }: Tensor): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** scale · q·kᵀ: [B, H, Sq, Sk] */
export function product(q: Tensor, k: Tensor, scale: number): Tensor {
  const [batch, heads, rows, width] = q.dims;
  const columns = k.dims[2];
  const data = new Float32Array(batch * heads * rows * columns);
  for (let head = 0; head < batch * heads; head++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let d = 0; d < width; d++)
          sum += q.data[(head * rows + i) * width + d] * k.data[(head * columns + j) * width + d];
        data[(head * rows + i) * columns + j] = scale * sum;
      }
  return { data, dims: [batch, heads, rows, columns] };
}

/** attention · values: [B, H, Sq, d] */
export function weighted(attention: Tensor, values: Tensor): Tensor {
  const [batch, heads, rows, columns] = attention.dims;
  const width = values.dims[3];
  const data = new Float32Array(batch * heads * rows * width);
  for (let row = 0; row < batch * heads * rows; row++) {
    const head = Math.floor(row / rows);
    for (let j = 0; j < columns; j++)
      for (let d = 0; d < width; d++)
        data[row * width + d] +=
          attention.data[row * columns + j] * values.data[(head * columns + j) * width + d];
  }
  return { data, dims: [batch, heads, rows, width] };
}
