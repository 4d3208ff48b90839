import type { BlockName } from '../../protocol/inspection';
import { isOnnx } from '../onnx/graph';
import type { FoundCall } from './call';
import { isCausal } from './causality';
import type { LookUp } from './embeddings';
import type { Reading } from './reading';
import { findEnd } from './residual';
import type { FinalNorm } from './site';
import type { Stack } from './stacks';

/** What else decides which tensors `transformers` calls hidden states. */
export interface StackTraits {
  readonly name: BlockName;
  readonly entry: LookUp | undefined;
  readonly isTower: boolean;
}

/** The L + 1 hidden states: what enters each layer, and what leaves the last one. */
export function hiddenStatesOf(
  reading: Reading,
  calls: readonly FoundCall[],
  stack: Stack,
  { name, entry, isTower }: StackTraits,
): { states: (string | undefined)[]; norm?: FinalNorm } {
  const perLayer = stack.own.length > 0 ? stack.own : stack.cross;
  const states: (string | undefined)[] = perLayer.map((call) => calls[call].residual?.input);
  const lastCall = calls[Math.max(...stack.own, ...stack.cross)];
  if (lastCall.residual === undefined) return { states: [...states, undefined] };
  const { stream, norm, style } = findEnd(reading, lastCall.residual, lastCall.queries);
  if (style === 'post-norm' || norm === undefined) {
    return { states: [...states, style === 'post-norm' ? norm?.output : stream] };
  }
  // transformers returns the last state normed from decoders and encoder-decoders, but not from image encoders and towers.
  const isNormed =
    !isTower &&
    entry?.kind !== 'patches' &&
    (name !== 'self' ||
      norm.kind === 'rms' ||
      perLayer.some((call) => isCausal(reading, calls[call].scorePath)) ||
      feedsVocabulary(reading, norm.output, entry));
  return {
    states: [...states, isNormed ? norm.output : stream],
    norm: { input: stream, output: norm.output },
  };
}

/** True where a tensor is multiplied with one column per row of the embedding table: a language model's head. */
function feedsVocabulary(reading: Reading, tensor: string, entry: LookUp | undefined): boolean {
  if (entry === undefined || entry.rows === 0) return false;
  return reading.wiring
    .consumers(tensor)
    .some(
      ({ node }) =>
        isOnnx(node, 'MatMul', 'Gemm') && reading.types.dims(node.outputs[0])?.at(-1) === entry.rows,
    );
}
