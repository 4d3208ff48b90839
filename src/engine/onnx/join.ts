import { dirname } from 'node:path';
import { UserError } from '../errors';
import { NodeBuilder } from './builder';
import { copyModel } from './copy';
import { capturedNames, subgraphs, type ConstantTensor, type Model, type Node } from './graph';

/** Outputs of an encoder that a decoder goes on with. */
const encoderAnswers = ['last_hidden_state', 'encoder_hidden_states', 'hidden_states'];

/**
 * Makes one model of an encoder and a decoder that were exported apart: the encoder's output feeds the decoder's input
 * `encoder_hidden_states`, and both read the same attention mask. Cross attention, gradients into the encoder and interventions then
 * work as in a model that was exported whole.
 * @throws UserError where the two do not fit
 */
export function joinEncoder(encoder: Model, decoder: Model): Model {
  if (dirname(encoder.file) !== dirname(decoder.file)) {
    throw new UserError(
      `“${encoder.file}” and “${decoder.file}” lie in different folders. Put them side by side.`,
      'model',
    );
  }
  const answer =
    encoder.graph.outputs.find(({ name }) => encoderAnswers.includes(name)) ?? encoder.graph.outputs[0];
  const joined = copyModel(decoder);
  const graph = joined.graph;
  const wanted = graph.inputs.find(({ name }) => name === 'encoder_hidden_states');
  if (wanted === undefined || answer === undefined) return decoder;
  const front = renamed(encoder, new NodeBuilder(graph, 'headlight/encoder'));
  const isText = encoder.graph.inputs.some(({ name }) => name === 'input_ids');
  // In the decoder's own file its ids are called input_ids; beside an encoder that name is the encoder's.
  const names = new Map<string, string>([['encoder_hidden_states', front.nameOf(answer.name)]]);
  if (isText) names.set('input_ids', 'decoder_input_ids');
  names.set('attention_mask', 'decoder_attention_mask');
  names.set('encoder_attention_mask', 'attention_mask');
  const rename = (name: string): string => names.get(name) ?? name;
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(rename);
    if (subgraphs(node).some((body) => [...capturedNames(body)].some((name) => names.has(name)))) {
      throw new UserError(
        `“${decoder.file}” reads its inputs inside branches; choose decoder_model.onnx instead of a merged decoder.`,
        'model',
      );
    }
  }
  const kept = graph.inputs
    .filter(({ name }) => name !== 'encoder_hidden_states')
    .map((input) =>
      names.has(input.name) ? { name: rename(input.name), type: input.type, dims: input.dims } : input,
    );
  const own = encoder.graph.inputs.filter(({ name }) => !kept.some((input) => input.name === name));
  graph.inputs = [...own, ...kept];
  graph.nodes = [...front.nodes, ...graph.nodes];
  for (const [name, tensor] of front.initializers) graph.initializers.set(name, { ...tensor, name });
  for (const [domain, version] of encoder.opsets)
    joined.opsets.set(domain, Math.max(version, joined.opsets.get(domain) ?? 0));
  graph.valueTypes.clear();
  return joined;
}

/** The encoder's nodes and weights under names that the decoder does not have; graph inputs keep theirs. */
function renamed(
  encoder: Model,
  build: NodeBuilder,
): { nodes: Node[]; initializers: Map<string, ConstantTensor>; nameOf: (name: string) => string } {
  const inputs = new Set(encoder.graph.inputs.map(({ name }) => name));
  const names = new Map<string, string>();
  const nameOf = (name: string): string => {
    if (name === '' || inputs.has(name)) return name;
    const known = names.get(name) ?? build.fresh('encoder');
    names.set(name, known);
    return known;
  };
  const nodes = encoder.graph.nodes.map((node): Node => {
    if (subgraphs(node).some((body) => capturedNames(body).size > 0)) {
      throw new UserError(
        `“${encoder.file}” has branches that read the graph around them; export the model in one file.`,
        'model',
      );
    }
    return {
      ...node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: new Map(node.attributes),
    };
  });
  const initializers = new Map(
    Array.from(encoder.graph.initializers, ([name, tensor]) => [nameOf(name), tensor] as const),
  );
  return { nodes, initializers, nameOf };
}
