import { element } from '../../element';
import { pointsChange } from '../../marks/change';
import { probability } from '../../../src/protocol/numbers';
import { visibleToken } from '../../marks/tokenText';
import { outcomeChanges, type OutcomeChange, type Pair } from './changes';
import { sidePaint, type SideName } from './paints';

/** Outcomes of both sides as pairs of bars, with the change in percentage points. */
export function predictionRows(pair: Pair): HTMLElement[] {
  return (outcomeChanges(pair) ?? []).map((outcome) => {
    const row = element(
      'li',
      'outcome',
      element('span', 'outcome-label', visibleToken(outcome.label)),
      element('span', 'outcome-bars', bar(outcome, 'a'), bar(outcome, 'b')),
      element('span', 'outcome-change', changeOf(outcome)),
    );
    row.title = outcome.label;
    return row;
  });
}

function bar(outcome: OutcomeChange, side: SideName): HTMLElement {
  const value = outcome[side];
  const filled = element('span', 'outcome-filled');
  filled.style.width = `${Number.isNaN(value) ? 0 : (100 * value).toFixed(1)}%`;
  filled.style.backgroundColor = sidePaint[side];
  return element(
    'span',
    'outcome-bar',
    element('span', 'side-letter', side.toUpperCase()),
    element('span', 'outcome-track', filled),
    element('span', 'outcome-value', Number.isNaN(value) ? 'not listed' : probability(value)),
  );
}

function changeOf({ a, b }: OutcomeChange): string {
  return Number.isNaN(a) || Number.isNaN(b) ? '' : `${pointsChange(a, b)} points`;
}
