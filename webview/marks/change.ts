import type { Inspection, Target } from '../../src/protocol/inspection';
import { isOutcome } from '../../src/protocol/inspection';
import { probability, twoDigits } from '../../src/protocol/numbers';
import { visibleToken } from './tokenText';

/** Changes below this are written as none: they are no more than rounding. */
const least = 0.01;

/** A change with its sign: `−14`, `+0.3`; `±0` where there is next to none. */
export function signed(change: number): string {
  if (Math.abs(change) < least) return '±0';
  return change > 0 ? `+${twoDigits(change)}` : twoDigits(change);
}

/** The change of a probability in percentage points: 0.95 to 0.813 is `−14`. */
export function pointsChange(before: number, after: number): string {
  return signed(100 * (after - before));
}

/** What becomes of the target by interventions, as words on screen. */
export interface Effect {
  readonly target: string;
  readonly before: string;
  readonly after: string;
}

/** The target by the model as it is and as it was changed; undefined where it was not. A contrast is a difference of logits. */
export function effectOf({ target, before }: Inspection): Effect | undefined {
  if (!before || !target) return undefined;
  const label = visibleToken(target.label);
  const isProbability = isOutcome(target.kind) && target.contrast === undefined;
  const written = ({ value, probability: p }: Target): string =>
    isProbability ? probability(p) : twoDigits(value);
  return {
    target: target.contrast ? `${label} − ${visibleToken(target.contrast.label)}` : label,
    before: written(before.target),
    after: written(target),
  };
}
