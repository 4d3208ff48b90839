import type { AggregationRule } from '../../src/engine/measures/aggregate';
import type { SaliencyName } from '../../src/protocol/inspection';

/** How a measure's scores of pieces add up to words (measures.md): L2 norms by the root of their squares. */
export function saliencyRule(name: SaliencyName): AggregationRule {
  return name === 'gradient-l2' || name === 'smooth-grad' ? 'root-of-squares' : 'sum';
}

/**
 * A background for a score relative to the largest one, −1 to 1: the more, the less transparent, so that the text on it
 * keeps its contrast. Negative scores have a hue of their own.
 */
export function saliencyPaint(relative: number): string {
  const hue = relative < 0 ? 'var(--vscode-charts-blue)' : 'var(--vscode-charts-orange)';
  return `color-mix(in srgb, ${hue} ${Math.round(Math.min(1, Math.abs(relative)) * 55)}%, transparent)`;
}
