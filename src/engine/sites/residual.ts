import { isOnnx, type Node } from '../onnx/graph';
import { beginsNorm, normOf, type Norm } from './norms';
import type { Reading } from './reading';

/** A place where branches (attention, feed-forward) are added to the residual stream. */
export interface Join {
  readonly operands: readonly string[];
  readonly sum: string;
}

/** Reads a node as a sum of activations. */
export function joinOf(reading: Reading, node: Node): Join | undefined {
  if (!isOnnx(node, 'Add', 'Sum') || node.inputs.length < 2) return undefined;
  if (!node.inputs.every((input) => reading.isActivation(input))) return undefined;
  return { operands: node.inputs, sum: node.outputs[0] };
}

/** `x` where the tensor is `x + constant`; else the tensor itself. */
function withoutBias(reading: Reading, tensor: string): string {
  const node = reading.wiring.producer(tensor);
  if (node === undefined || !isOnnx(node, 'Add')) return tensor;
  const activations = node.inputs.filter((input) => reading.isActivation(input));
  return activations.length === 1 ? activations[0] : tensor;
}

/** Views of a stream in which tokens of all texts lie in one row, or no longer do: [B, S, D] ↔ [B·S, D]. */
function viewsOf(reading: Reading, tensor: string): string[] {
  const width = reading.types.dims(tensor)?.at(-1);
  return reading.wiring
    .consumers(tensor)
    .filter(({ node, slot }) => slot === 0 && isOnnx(node, 'Reshape', 'Flatten'))
    .map(({ node }) => node.outputs[0])
    .filter((view) => (reading.types.rank(view) ?? 4) < 4 && reading.types.dims(view)?.at(-1) === width);
}

/** A tensor, its copies and views, and all of these with a constant added. */
function streamsOf(reading: Reading, tensor: string): Set<string> {
  const copies = reading.copies(tensor);
  for (const name of [...copies]) for (const view of viewsOf(reading, name)) copies.add(view);
  for (const name of [...copies])
    for (const { node } of reading.wiring.consumers(name))
      if (withoutBias(reading, node.outputs[0]) === name) copies.add(node.outputs[0]);
  return copies;
}

/** Where the output of an attention call meets the residual stream that its queries come from. */
export function findResidual(
  reading: Reading,
  context: string,
  queries: string,
): { input: string; join: Join } | undefined {
  const before = reading.ancestors(queries);
  let found: { input: string; join: Join } | undefined;
  reading.followForward(context, (node, reached) => {
    const join = joinOf(reading, node);
    if (join === undefined) return false;
    const others = join.operands.filter((operand) => !reached.has(operand));
    if (others.length !== 1) return false;
    // The output projection's bias may have been added to the stream instead of to the branch.
    const stream = [others[0], withoutBias(reading, others[0])].find((tensor) => before.has(tensor));
    if (stream === undefined) return false;
    found = { input: reading.original(stream), join };
    return true;
  });
  return found;
}

/** The end of a stack. */
export interface StackEnd {
  /** The stream after the last branch was added. */
  readonly stream: string;
  /** What normalises it, inside the layer (post-norm) or between the stack and its head (pre-norm). */
  readonly norm?: Norm;
  readonly style: 'pre-norm' | 'post-norm';
}

/**
 * Follows the residual stream from the last attention call of a stack to the end of the stack.
 * @param start the residual join of that call
 */
export function findEnd(reading: Reading, start: { input: string; join: Join }, queries: string): StackEnd {
  let style: StackEnd['style'] | undefined;
  let stream = asTexts(start.join.sum);
  for (;;) {
    const norm = normOf(reading, stream);
    const direct = nextJoin(stream);
    const behindNorm = direct === undefined && norm !== undefined ? nextJoin(norm.output) : undefined;
    const next = direct ?? behindNorm;
    if (next === undefined) return { stream, norm, style: style ?? styleOfAttention() };
    style = behindNorm === undefined ? 'pre-norm' : 'post-norm';
    stream = asTexts(next.sum);
  }

  /** Feed-forward branches may be joined with all texts in one row (OPT); the layer gives them apart again. */
  function asTexts(sum: string): string {
    if (reading.types.rank(sum) !== 2) return sum;
    return viewsOf(reading, sum).find((view) => reading.types.rank(view) === 3) ?? sum;
  }

  /** The next place where something computed from `stream` is added to `stream`. */
  function nextJoin(stream: string): Join | undefined {
    const copies = streamsOf(reading, stream);
    const candidates = [...copies]
      .flatMap((name) => reading.wiring.consumers(name))
      .flatMap(({ node }) => {
        const join = joinOf(reading, node);
        return join === undefined ? [] : [{ node, join }];
      });
    if (candidates.length === 0) return undefined;
    let found: Join | undefined;
    reading.followForward(stream, (node, reached) => {
      const candidate = candidates.find((entry) => entry.node === node);
      if (candidate === undefined) return false;
      const branch = candidate.join.operands.find((operand) => !copies.has(operand));
      if (branch === undefined || !reached.has(branch)) return false;
      found = candidate.join;
      return true;
    });
    return found;
  }

  /** Without a feed-forward join (parallel branches): pre-norm where a norm stands between the stream and the queries. */
  function styleOfAttention(): StackEnd['style'] {
    const behind = reading.ancestors(queries);
    // Parallel branches may have a norm each (GPT-NeoX), so that no one norm is to be found.
    const isNormed = [...reading.copies(start.input)]
      .flatMap((name) => reading.wiring.consumers(name))
      .some(({ node }) => beginsNorm(node) && node.outputs.some((output) => behind.has(output)));
    return isNormed ? 'pre-norm' : 'post-norm';
  }
}
