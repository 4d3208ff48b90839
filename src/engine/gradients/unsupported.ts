import { UserError } from '../errors';
import type { Node } from '../onnx/graph';

/** How operators are named in rules and messages: `Softmax`, `com.microsoft::BiasGelu`. */
export function operatorName(node: Pick<Node, 'op' | 'domain'>): string {
  return node.domain === '' || node.domain === 'ai.onnx' ? node.op : `${node.domain}::${node.op}`;
}

/** The error for an operator through which no gradient can be computed. */
export function unsupported(node: Node, why = 'there is no rule for it'): UserError {
  const place = node.name === '' ? '' : ` (“${node.name}”)`;
  return new UserError(
    `Gradients cannot pass through the operator ${operatorName(node)}${place} of this model: ${why}. Choose occlusion, which needs no gradients.`,
    'model',
  );
}
