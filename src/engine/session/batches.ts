import type { Tensor } from '../../protocol/tensor';
import { Tensor as OrtTensor } from 'onnxruntime-node';

/** Copies of a feed along its batch axis. Scalars and inputs without a batch of one stay as they are. */
export function repeated(feed: OrtTensor, copies: number): OrtTensor {
  if (copies === 1 || feed.dims[0] !== 1) return feed;
  const dims = [copies, ...feed.dims.slice(1)];
  const repeat = <T extends { length: number; set(from: T, at: number): void }>(source: T, target: T): T => {
    for (let copy = 0; copy < copies; copy++) target.set(source, copy * source.length);
    return target;
  };
  const { data } = feed;
  const size = data.length * copies;
  if (data instanceof BigInt64Array)
    return new OrtTensor('int64', repeat(data, new BigInt64Array(size)), dims);
  if (data instanceof Int32Array) return new OrtTensor('int32', repeat(data, new Int32Array(size)), dims);
  if (data instanceof Float32Array)
    return new OrtTensor('float32', repeat(data, new Float32Array(size)), dims);
  if (data instanceof Float64Array)
    return new OrtTensor('float64', repeat(data, new Float64Array(size)), dims);
  if (feed.type === 'bool')
    return new OrtTensor('bool', repeat(data as Uint8Array, new Uint8Array(size)), dims);
  return new OrtTensor('float16', repeat(data as Uint16Array, new Uint16Array(size)), dims);
}

/** Ids of each copy, in the element type of the feed that they replace. */
export function variantIds(feed: OrtTensor, variants: readonly (readonly number[])[]): OrtTensor {
  const ids = variants.flat();
  return feed.type === 'int32'
    ? new OrtTensor('int32', Int32Array.from(ids), feed.dims)
    : new OrtTensor('int64', BigInt64Array.from(ids, BigInt), feed.dims);
}

/**
 * One run for all of `copies`, or one for each where the model takes one text only, or where it compares each copy with all others (images
 * with texts) and so gives more than an answer per copy.
 * @param size numbers in the answer of one copy
 * @returns [N, …]
 */
export async function inOneRun<Copy>(
  copies: readonly Copy[],
  { size, takesOne }: { readonly size: number; readonly takesOne: boolean },
  run: (batch: readonly Copy[]) => Promise<Tensor>,
): Promise<Tensor> {
  if (copies.length === 1) return run(copies);
  const all = takesOne ? undefined : await run(copies);
  if (all?.data.length === copies.length * size) return all;
  const answers = new Float32Array(copies.length * size);
  for (const [at, copy] of copies.entries()) answers.set((await run([copy])).data, at * size);
  return { data: answers, dims: [copies.length, size] };
}
