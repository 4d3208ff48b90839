import { elementwiseInference } from './elementwise';
import { productInference } from './products';
import type { Inference, InferenceRule, Types } from './rule';
import { selectingInference } from './selecting';
import { shapingInference } from './shaping';
import { sourceInference } from './sources';

const rules: ReadonlyMap<string, InferenceRule> = new Map(
  [elementwiseInference, productInference, selectingInference, shapingInference, sourceInference].flatMap(
    (table) =>
      Object.entries(table).flatMap(([operators, rule]) =>
        operators.split(' ').map((operator): [string, InferenceRule] => [operator, rule]),
      ),
  ),
);

/** Types of a node's outputs; undefined where nothing follows from its inputs. Operators of the same name in other domains behave alike. */
export function inferOutputs(at: Inference): Types {
  return rules.get(at.node.op)?.(at) ?? [];
}
