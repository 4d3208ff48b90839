import { percent } from '../../../src/protocol/numbers';
import { element } from '../../element';
import { agreementOf, type Rows } from './rows';

/** Confusions that are named; the others can be found with the filters. */
const named = 3;

/**
 * How often the model agrees with the labels, and what it takes for what: each a button that shows these rows.
 * @param shown the rows that are counted
 * @param choose shows the rows of one confusion
 */
export function summaryLine(
  rows: Rows,
  shown: Uint32Array,
  choose: (label: number, predicted: number) => void,
): readonly (Node | string)[] {
  if (!rows.hasLabels) return [];
  if (!rows.hasPredictions) {
    return rows.columns.done > 0
      ? ['This model predicts no classes, so there is nothing to compare with the labels.']
      : [];
  }
  if (!rows.isComparable) {
    const names = (column: Int32Array): string =>
      [...new Set(column)]
        .filter((label) => label >= 0)
        .slice(0, 4)
        .map((label) => rows.nameOf(label))
        .join(', ');
    return [
      `The labels of the data (${names(rows.columns.label)}) are none of the model’s classes (${names(rows.columns.predicted)}), so nothing is counted as right or wrong.`,
    ];
  }
  const { judged, correct, confusions } = agreementOf(rows, shown);
  if (judged === 0) return [];
  const whole = element('strong', '', `Accuracy ${percent(correct / judged)}`);
  const counts = ` (${correct.toLocaleString('en')} of ${judged.toLocaleString('en')})`;
  if (confusions.length === 0) return [whole, counts];
  const buttons = confusions.slice(0, named).flatMap(({ label, predicted, count }, i) => {
    const text = `${rows.nameOf(label)} → ${rows.nameOf(predicted)} ${count.toLocaleString('en')}`;
    const button = element('button', 'link-button', text);
    button.type = 'button';
    button.title = `Show the rows whose label is ${rows.nameOf(label)} and for which the model says ${rows.nameOf(predicted)}`;
    button.addEventListener('click', () => choose(label, predicted));
    return i === 0 ? [button] : [', ', button];
  });
  const rest = confusions.slice(named).reduce((sum, { count }) => sum + count, 0);
  return [whole, counts, ' · label → prediction: ', ...buttons, ...(rest > 0 ? [`, others ${rest}`] : [])];
}
