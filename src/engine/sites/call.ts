import type { Node } from '../onnx/graph';
import type { ProbabilityPath } from './probabilities';
import type { Join } from './residual';
import type { ScorePath } from './scores';
import type { Call } from './stacks';

/** An attention call before it is known which block it belongs to. */
export interface FoundCall extends Call {
  readonly softmax: Node;
  readonly scorePath: ScorePath;
  readonly probabilityPath: ProbabilityPath;
  readonly residual?: { readonly input: string; readonly join: Join };
}
