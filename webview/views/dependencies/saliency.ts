import { aggregate } from '../../../src/engine/measures/aggregate';
import type { Inspection, SaliencyName } from '../../../src/protocol/inspection';
import { saliencyPaint, saliencyRule } from '../../marks/saliencyPaint';
import type { Words } from './model';

/** Colour behind each slot by saliency, relative to the most salient unit; folded sentences have none. */
export function wordBackground(
  inspection: Inspection,
  name: SaliencyName,
  { units, slots }: Words,
): (slot: number) => string | undefined {
  const scores = inspection.saliency[name];
  if (!scores) return () => undefined;
  const unitOf = new Int32Array(scores.length).fill(-1);
  units.forEach((unit, i) => unit.tokens.forEach((token) => (unitOf[token] = i)));
  const byUnit = aggregate(scores, unitOf, saliencyRule(name), units.length);
  const largest = byUnit.reduce((top, score) => (Math.abs(score) > top ? Math.abs(score) : top), 0);
  return (index) => {
    const slot = slots[index];
    const score = slot.folded ? NaN : byUnit[slot.units[0]];
    return Number.isFinite(score) && largest > 0 ? saliencyPaint(score / largest) : undefined;
  };
}
