import type {
  BeforeIntervention,
  InspectRequest,
  ModelInspection,
  Prediction,
  TargetRequest,
} from '../../protocol/inspection';
import { isOutcome } from '../../protocol/inspection';
import { attentionScales } from './attentionScales';
import type { Interventions } from './levers';
import { sigmoid, softmax } from '../measures/probability';
import type { ForwardRun } from './runs';
import { rowOf } from './targets';

/** The inspection of a request by the model as it is, as far as one with interventions is compared with it. */
export interface Intact {
  readonly inspection: ModelInspection;
  readonly forward: ForwardRun;
}

/** Whether some head is off or some attention edited, so that there is something to compare with. */
export function isIntervened({ ablate = [], edits = [] }: InspectRequest): boolean {
  return ablate.length > 0 || edits.length > 0;
}

/** The same request of the model as it is. */
export function withoutInterventions({
  ablate: _off,
  edits: _edited,
  editedTokens: _tokens,
  ...request
}: InspectRequest): InspectRequest {
  return request;
}

/** What a request changes inside the model. @throws UserError where the model or the text has no such place */
export function interventionsOf(
  { ablate = [], edits = [] }: InspectRequest,
  intact: Intact | undefined,
): Interventions {
  if (intact === undefined || edits.length === 0) return { ablate };
  return { ablate, scales: attentionScales(edits, intact.forward.attentions) };
}

/**
 * The target that the model as it is chose, where the user asked for none: with a head off another class may win, and a
 * difference of two targets would say nothing.
 */
export function sameTarget(
  request: TargetRequest | undefined,
  { inspection: { target } }: Intact,
): TargetRequest | undefined {
  const isChosen = request?.id !== undefined || (request?.label !== undefined && request.label !== 'auto');
  if (isChosen || !isOutcome(target.kind)) return request;
  return { ...request, label: undefined, id: target.id };
}

/** What an inspection with interventions is compared with. @param prediction of that inspection */
export function beforeIntervention(
  { candidates, kind, position }: Prediction,
  isMultiLabel: boolean,
  { inspection, forward: { logits } }: Intact,
): BeforeIntervention {
  const { prediction, target, saliency } = inspection;
  const row = rowOf(logits, { kind, row: position });
  const all = isMultiLabel && kind === 'class' ? Float64Array.from(row, sigmoid) : softmax(row);
  const probabilities = Float32Array.from(candidates, ({ id }) => (isOutcome(kind) ? all[id] : 1));
  return { prediction, probabilities, target, saliency };
}
