import type {
  BeforeAblation,
  InspectRequest,
  ModelInspection,
  Prediction,
  TargetRequest,
} from '../../protocol/inspection';
import { sigmoid, softmax } from '../measures/probability';
import type { ForwardRun } from './runs';

/** The inspection of a request with every head on, as far as one with heads off is compared with it. */
export interface Intact {
  readonly inspection: ModelInspection;
  readonly forward: ForwardRun;
}

/** Whether some head is off, so that there is something to compare with. */
export function isAblated({ ablate = [] }: InspectRequest): boolean {
  return ablate.length > 0;
}

/** The same request with every head on. */
export function withEveryHead({ ablate: _off, ...request }: InspectRequest): InspectRequest {
  return request;
}

/**
 * The target that the whole model chose, where the user asked for none: with a head off another class may win, and a
 * difference of two targets would say nothing.
 */
export function sameTarget(
  request: TargetRequest | undefined,
  { inspection: { target } }: Intact,
): TargetRequest | undefined {
  const isChosen = request?.id !== undefined || (request?.label !== undefined && request.label !== 'auto');
  if (isChosen || target.kind === 'norm') return request;
  return { ...request, label: undefined, id: target.id };
}

/** What an inspection with heads off is compared with. @param prediction of the inspection with heads off */
export function beforeAblation(
  { candidates, kind, position }: Prediction,
  isMultiLabel: boolean,
  { inspection, forward: { logits } }: Intact,
): BeforeAblation {
  const { prediction, target, saliency } = inspection;
  const width = logits.dims[logits.dims.length - 1];
  const start = Math.max(0, position) * width;
  const row = logits.data.subarray(start, start + width);
  const all = isMultiLabel && kind === 'class' ? Float64Array.from(row, sigmoid) : softmax(row);
  const probabilities = Float32Array.from(candidates, ({ id }) => (kind === 'norm' ? 1 : all[id]));
  return { prediction, probabilities, target, saliency };
}
