import { copyModel } from '../onnx/copy';
import { isOnnx, type Model } from '../onnx/graph';
import { Reading } from '../sites/reading';
import { UserError } from '../errors';
import { differentiate } from './differentiate';
import { operatorName } from './unsupported';

/** Operators that leave the numbers of the residual stream as they are, but for one factor for all. */
const plain = ['Identity', 'Cast', 'Dropout', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose'];

/**
 * The residual stream that ends in `end`: `end` itself, and everything that is added up to make it, back to what the layers
 * write into it (outputs of projections, norms, look-ups).
 */
function residualStream(reading: Reading, end: string): ReadonlySet<string> {
  const stream = new Set([end]);
  for (const name of stream) {
    const node = reading.wiring.producer(name);
    if (node === undefined) continue;
    const activations = node.inputs.filter((input) => reading.isActivation(input));
    const isSum = isOnnx(node, 'Add', 'Sum', 'Sub');
    const isScaled = isOnnx(node, 'Mul', 'Div') && node.inputs.some((input) => reading.isScalarFactor(input));
    if (isSum || isScaled) for (const input of activations) stream.add(input);
    else if (isOnnx(node, ...plain)) stream.add(node.inputs[0]);
  }
  return stream;
}

/**
 * The logits before they are soft-capped, c · tanh(x / c): x. Without a cap, the logits themselves.
 * @param answer the logits
 */
export function beforeSoftCap({ wiring, isScalarFactor }: ReadingOfScalars, answer: string): string {
  const unscaled = (tensor: string): string | undefined => {
    const node = wiring.producer(tensor);
    if (node === undefined || !isOnnx(node, 'Mul', 'Div')) return undefined;
    return node.inputs.find((input, slot) => !isScalarFactor(input) && isScalarFactor(node.inputs[1 - slot]));
  };
  let name = answer;
  for (let steps = 0; steps < 12; steps++) {
    const node = wiring.producer(name);
    if (node === undefined) break;
    if (isOnnx(node, 'Tanh')) return unscaled(node.inputs[0]) ?? node.inputs[0];
    const before = isOnnx(node, 'Identity', 'Cast') ? node.inputs[0] : unscaled(name);
    if (before === undefined) break;
    name = before;
  }
  return answer;
}

type ReadingOfScalars = Pick<Reading, 'wiring'> & { readonly isScalarFactor: (tensor: string) => boolean };

export interface DirectRequest {
  /** The logits. */
  readonly answer: string;
  /** Name of the new input that weighs them, in their shape. */
  readonly seed: string;
  /** The residual stream before the final norm. */
  readonly end: string;
  /** Graph inputs: factors on the outputs of heads. */
  readonly of: readonly string[];
}

/**
 * Differentiates the target by factors on heads along the *direct* way only: from the head's output through its projection into the residual
 * stream, along the stream (nothing that later layers read from it counts), through the final norm with its deviation held fixed, to the logits
 * before any soft-cap. That way is linear, so that the derivative by a head's factor is what the head itself writes into the target
 * (direct logit attribution, Elhage 2021). No name is looked at.
 * @throws UserError where the way is not linear: then there is no such thing
 */
export function differentiateDirectly(model: Model, { answer, seed, end, of }: DirectRequest): Model {
  const reading = new Reading(copyModel(model));
  const stream = residualStream(reading, end);
  const isScalarFactor = (tensor: string): boolean => reading.isScalarFactor(tensor);
  return differentiate(model, {
    seeds: [{ tensor: beforeSoftCap({ wiring: reading.wiring, isScalarFactor }, answer), input: seed }],
    of,
    direct: {
      passes: (node, input) =>
        input === end || !stream.has(input) || node.outputs.some((output) => stream.has(output)),
      refuse: (node) =>
        new UserError(
          `Direct logit attribution needs a way from the final norm to the target on which everything is linear; this model has the operator ${operatorName(node)} on it. Choose the ablation effect, which every model has.`,
          'model',
        ),
    },
  });
}
