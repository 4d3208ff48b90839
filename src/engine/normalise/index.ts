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

/**
 * Writes fused operators in plain ones, so that what is inside can be found, seen and steered. What the model computes stays the same.
 * @param how `where needed`: operators with attention, residual streams or look-ups inside; `everywhere`: all that can be opened
 * @returns the same model where there is nothing to do, else an edited copy of operator set 18 or later
 * @throws UserError naming an operator that uses a feature which cannot be opened
 */
export function normalise(model: Model, how: 'where needed' | 'everywhere' = 'where needed'): Model {
  const table = tableOf(how === 'everywhere' ? [...opened, ...closed] : opened);
  if (!model.graph.nodes.some((node) => table.has(operatorOf(node)))) return model;
  const copy = copyModel(model);
  copy.graph.nodes = topologicalOrder(copy.graph);
  liftOpset(copy);
  const build = new NodeBuilder(copy.graph, 'headlight/plain');
  const types = new TensorTypes(copy);
  copy.graph.nodes = copy.graph.nodes.flatMap((node) => {
    const rewrite = table.get(operatorOf(node));
    if (rewrite === undefined) {
      types.add(node);
      return [node];
    }
    rewrite.rewrite(new RewriteSite(node, build, types));
    const plain = build.nodes.splice(0);
    // What comes later asks for the types of these tensors: inference knows no fused operators.
    for (const made of plain) types.add(made);
    return plain;
  });
  return copy;
}
