import { UserError } from '../errors';
import { NodeBuilder } from '../onnx/builder';
import { copyModel } from '../onnx/copy';
import type { Model, Node } from '../onnx/graph';
import { liftOpset } from '../onnx/lift';
import { TensorTypes } from '../onnx/types';
import { topologicalOrder } from '../onnx/wiring';
import { biasGelu, fastGelu, quickGelu } from './activations';
import { attention } from './attention';
import { embedLayerNormalization } from './embedLayerNormalization';
import { fusedMatMul } from './fusedMatMul';
import { groupQueryAttention } from './groupQueryAttention';
import { rmsNormalization } from './layerNormalization';
import { matMulNBits } from './matMulNBits';
import { decoderMaskedMultiHeadAttention, multiHeadAttention } from './multiHeadAttention';
import { onnxAttention } from './onnxAttention';
import { qAttention } from './qAttention';
import { RewriteSite, type Rewrite } from './rewrite';
import { microsoftRotaryEmbedding, onnxRotaryEmbedding } from './rotaryEmbedding';
import { skipLayerNormalization, skipSimplifiedLayerNormalization } from './skipLayerNormalization';

/** Operators that must be opened, because attention, residual streams or look-ups are inside. */
const opened: readonly Rewrite[] = [
  attention,
  qAttention,
  multiHeadAttention,
  decoderMaskedMultiHeadAttention,
  groupQueryAttention,
  onnxAttention,
  embedLayerNormalization,
  skipLayerNormalization,
  skipSimplifiedLayerNormalization,
];

/** Operators with nothing to see inside: they stay as they are and run at full speed, unless everything is asked for. */
const closed: readonly Rewrite[] = [
  rmsNormalization,
  microsoftRotaryEmbedding,
  onnxRotaryEmbedding,
  matMulNBits,
  fusedMatMul,
  biasGelu,
  fastGelu,
  quickGelu,
];

function tableOf(rewrites: readonly Rewrite[]): ReadonlyMap<string, Rewrite> {
  return new Map(rewrites.flatMap((entry) => entry.operators.map((operator) => [operator, entry] as const)));
}

function operatorOf(node: Node): string {
  return node.domain === '' || node.domain === 'ai.onnx' ? node.op : `${node.domain}::${node.op}`;
}

/** Told of each operator that stays closed, and why. */
export type Refused = (node: Node, reason: UserError) => void;

/**
 * Writes fused operators in plain ones, so that what is inside can be found, seen and steered. What the model computes stays the same.
 * @param how `where needed`: operators with attention, residual streams or look-ups inside; `everywhere`: all that can be opened
 * @param refused operators that use a feature which cannot be opened stay as they are, where it is given
 * @returns the same model where there is nothing to do, else an edited copy of operator set 18 or later
 * @throws UserError naming an operator that cannot be opened, where `refused` is not given
 */
export function normalise(
  model: Model,
  how: 'where needed' | 'everywhere' = 'where needed',
  refused?: Refused,
): Model {
  const table = tableOf(how === 'everywhere' ? [...opened, ...closed] : opened);
  if (!model.graph.nodes.some((node) => table.has(operatorOf(node)))) return model;
  const copy = copyModel(model);
  copy.graph.nodes = topologicalOrder(copy.graph);
  liftOpset(copy);
  const build = new NodeBuilder(copy.graph, 'headlight/plain');
  const types = new TensorTypes(copy);
  copy.graph.nodes = copy.graph.nodes.flatMap((node) => {
    const rewrite = table.get(operatorOf(node));
    const plain = rewrite && rewritten(rewrite, new RewriteSite(node, build, types), refused);
    const nodes = plain ?? [node];
    // What comes later asks for the types of these tensors: inference knows no fused operators.
    for (const made of nodes) types.add(made);
    return nodes;
  });
  return copy;
}

/** The plain nodes; undefined where the operator stays closed. */
function rewritten(rewrite: Rewrite, at: RewriteSite, refused: Refused | undefined): Node[] | undefined {
  try {
    rewrite.rewrite(at);
    return at.build.nodes.splice(0);
  } catch (error) {
    if (refused === undefined || !(error instanceof UserError)) throw error;
    at.build.nodes.length = 0;
    refused(at.node, error);
    return undefined;
  }
}
