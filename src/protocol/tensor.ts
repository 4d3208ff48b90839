/** The element types that cross a process border: all of them travel as bytes, never as JSON. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array;

/** Numbers in row-major order with their shape; `data.length` is the product of `dims`. */
export interface Tensor<D extends Numbers = Float32Array> {
  readonly data: D;
  readonly dims: readonly number[];
}
