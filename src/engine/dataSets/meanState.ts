import type { BlockName } from '../../protocol/inspection';
import { NodeBuilder } from '../onnx/builder';
import { ElementType, type Model } from '../onnx/graph';
import { prune, topologicalOrder } from '../onnx/wiring';
import { instrument } from '../sites/instrument';
import type { SiteTable } from '../sites/site';
import { streamOf } from '../session/streams';

/** Output [B, 1, D] with the mean over tokens of a hidden state. */
export const meanStateOutput = 'headlight.mean_state';
/** Input [B, 1, S]: 1 / tokens of the row, 0 for padding. */
export const meanWeightsInput = 'headlight.mean_weights';

/** The hidden state that texts are compared by. */
export interface ComparedState {
  readonly block: BlockName;
  readonly index: number;
}

/** The second-to-last hidden state of the stack that reads the text, or the nearest that was found. */
export function comparedState({ hiddenStates }: SiteTable): ComparedState | undefined {
  const block = streamOf('tokens', hiddenStates.keys());
  const states = block === undefined ? [] : (hiddenStates.get(block) ?? []);
  const order = [
    states.length - 2,
    states.length - 1,
    ...states.map((_, index) => states.length - 3 - index),
  ];
  const index = order.find((one) => one >= 0 && states[one] !== undefined);
  return block === undefined || index === undefined ? undefined : { block, index };
}

/**
 * A copy of a model whose answer comes with the mean over the tokens of one hidden state: the mean is taken inside, so that no
 * [B, S, D] leaves it. Nothing but the answer and the mean is computed.
 */
export function withMeanState(
  model: Model,
  table: SiteTable,
  answer: string,
  state: ComparedState | undefined,
): Model {
  const hiddenStates =
    state === undefined
      ? new Map<BlockName, readonly (string | undefined)[]>()
      : new Map([
          [
            state.block,
            (table.hiddenStates.get(state.block) ?? []).map((one, at) =>
              at === state.index ? one : undefined,
            ),
          ] as const,
        ]);
  const { model: tapped, taps } = instrument(model, { ...table, hiddenStates }, { hiddenStates: true });
  const { graph } = tapped;
  const [tap] = taps.keys();
  const outputs = graph.outputs.filter(({ name }) => name === answer);
  if (tap !== undefined) {
    const build = new NodeBuilder(graph, 'headlight/mean');
    graph.inputs.push({ name: meanWeightsInput, type: ElementType.float, dims: ['batch', 1, 'sequence'] });
    build.node('MatMul', [meanWeightsInput, tap], [meanStateOutput]);
    build.appendTo();
    outputs.push({ name: meanStateOutput, type: ElementType.float });
  }
  graph.outputs = outputs;
  graph.nodes = topologicalOrder(graph);
  prune(graph);
  return tapped;
}
