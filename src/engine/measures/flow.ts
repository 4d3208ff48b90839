import type { Tensor } from '../../protocol/tensor';
import { LayeredNetwork } from './layeredNetwork';
import { passedOn } from './rollout';
import type { SaliencyMeasure } from './saliency';

/** A flow that misses a bound by no more than this reaches it. */
const exact = 1e-9;

/**
 * Attention flow: the maximum flow from each output token, through the layers from the last to the first, to each input token,
 * with capacities `Ã` ({@link passedOn}).
 * Source: Abnar & Zuidema 2020.
 *
 * A pair of tokens is settled without a search where a cut bounds its flow that two flows through the middle layer, each computed
 * once for all pairs, reach together ({@link meetingInTheMiddle}): nearly all pairs of a deep encoder are. The others are computed one
 * by one ({@link LayeredNetwork}), what flowed to the last input being where the next one starts from.
 * @param attentions per layer [H, S, S], self-attention of one block
 * @param outputs tokens whose rows are computed; default: all
 * @returns [outputs, S], 0 to 1
 */
export function attentionFlow(attentions: readonly Tensor[], outputs?: readonly number[]): Tensor {
  const steps = attentionFlowSteps(attentions, outputs);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * {@link attentionFlow} in steps of one pair of tokens, so that a caller can tell of progress, and stop.
 * @returns yields the share that is done, 0 to 1; returns [outputs, S]
 */
export function* attentionFlowSteps(
  attentions: readonly Tensor[],
  outputs?: readonly number[],
): Generator<number, Tensor, void> {
  const tokens = attentions.length > 0 ? attentions[0].dims[1] : 0;
  const rows = outputs ?? Array.from({ length: tokens }, (_, i) => i);
  const data = new Float32Array(rows.length * tokens);
  if (tokens === 0) return { data, dims: [rows.length, tokens] };
  const passed = attentions.map(passedOn);
  const inputs = columnsOf(passed[0], tokens);
  const network = new LayeredNetwork(passed.slice(1), tokens);
  const reaching = inputs.map((input) => network.reaching(input));
  // What tells of all pairs costs about as much as two rows.
  const ahead = rows.length > 2 ? 2 : 0;
  let middle: Meeting | undefined;
  if (ahead > 0) {
    for (const step of meetingInTheMiddle(passed, inputs)) {
      middle = step;
      yield (ahead * step.inputs.length) / (tokens * (rows.length + ahead));
    }
  }
  for (const [row, output] of rows.entries()) {
    const reached = network.reachedFrom(output);
    const last = passed[passed.length - 1].subarray(output * tokens, (output + 1) * tokens);
    network.startFrom(output);
    // From the last input to the first: behind a causal mask a flow then never lies where the next input cannot be reached.
    for (let input = tokens - 1; input >= 0; input--) {
      const bound = cutsBetween(inputs[input], reached, last, reaching[input], passed.length);
      data[row * tokens + input] =
        middle?.outputs[output] === true && middle.inputs[input]
          ? bound
          : network.maximumFlow(inputs[input], bound, reaching[input]);
      yield ((row + ahead) * tokens + tokens - input) / (tokens * (rows.length + ahead));
    }
  }
  return { data, dims: [rows.length, tokens] };
}

/**
 * The lesser of two cuts between an output and an input: what the output gives to tokens that lead to the input, and what the input
 * takes from tokens that the output leads to.
 */
function cutsBetween(
  input: Float64Array,
  reached: Int32Array,
  last: Float64Array,
  reaching: Int32Array,
  layers: number,
): number {
  const tokens = input.length;
  let intake = 0;
  let given = 0;
  const words = (tokens + 31) >> 5;
  const below = layers < 2 ? 0 : (layers - 2) * words;
  for (let k = 0; k < tokens; k++) {
    const bit = 1 << (k & 31);
    if ((reached[k >> 5] & bit) !== 0) intake += input[k];
    if ((reaching[below + (k >> 5)] & bit) !== 0) given += last[k];
  }
  return layers < 2 ? intake : Math.min(intake, given);
}

/** By token: whether it can send to, or take from, all tokens of the middle layer evenly. */
interface Meeting {
  readonly outputs: boolean[];
  readonly inputs: boolean[];
}

/**
 * Which outputs can send their whole flow of 1 evenly to all tokens of the middle layer, and which inputs can take as much as their
 * cut lets through, at most 1, evenly from these. Where both hold the two flows join to one from the output to the input, and the
 * cut at the input or that at the output is the maximum flow. 2·S flows tell of S² pairs.
 * @returns yields what is known so far, one token more each time
 */
function* meetingInTheMiddle(
  passed: readonly Float64Array[],
  inputs: readonly Float64Array[],
): Generator<Meeting, void, void> {
  const tokens = inputs.length;
  const half = passed.length >> 1;
  if (half === 0) return;
  const upper = new LayeredNetwork(passed.slice(half), tokens);
  const lower = new LayeredNetwork(
    passed
      .slice(0, half)
      .map((matrix) => transposed(matrix, tokens))
      .reverse(),
    tokens,
  );
  const canMeet = (network: LayeredNetwork, token: number, flow: number) => {
    const evenly = new Float64Array(tokens).fill(flow / tokens);
    network.startFrom(token);
    return flow - network.maximumFlow(evenly, flow, network.reaching(evenly)) <= exact;
  };
  const meeting: Meeting = { outputs: [], inputs: [] };
  for (const [token, column] of inputs.entries()) {
    const intake = column.reduce((sum, weight) => sum + weight, 0);
    meeting.outputs.push(canMeet(upper, token, 1));
    meeting.inputs.push(canMeet(lower, token, Math.min(1, intake)));
    yield meeting;
  }
}

/** Columns [S, S] of a matrix: what each token takes in. */
function columnsOf(matrix: Float64Array, tokens: number): Float64Array[] {
  const columns = transposed(matrix, tokens);
  return Array.from({ length: tokens }, (_, j) => columns.subarray(j * tokens, (j + 1) * tokens));
}

function transposed(matrix: Float64Array, tokens: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % tokens) * tokens + Math.floor(at / tokens)]);
}

/** The row of the prediction's position; it is not cheap, so it is computed only where it is asked for, in steps. */
export const attentionFlowSaliency: SaliencyMeasure = {
  label: 'Attention flow',
  description:
    'The most of each token that attention can carry to the position of the prediction through all layers: the maximum flow in the layered graph with capacities Ã = row-normalised(½·mean over heads of A + ½·I). It does not look at the target.',
  source: 'Abnar & Zuidema 2020',
  unit: '',
  range: [0, 1],
  higher: 'more of the token can reach the prediction by attention.',
  isSigned: false,
  aggregation: 'sum',
};
