import { headMeasures } from '../../../src/engine/measures/definitions';
import { blockMeasures } from '../../../src/engine/measures/headDeviation';
import type {
  BlockMeasureName,
  BlockSummary,
  HeadMeasureName,
  HeadRef,
} from '../../../src/protocol/inspection';
import { element } from '../../element';
import { headName, twoDigits } from '../../marks/names';
import { measureOf, presentMeasures, valueWithError } from './encoding';

/** The three scores that the glyph shows by default come first wherever a head is described. */
const foremost: readonly HeadMeasureName[] = ['semantic', 'syntactic', 'confidence'];

/** `Head 3.5, off: semantic 0.41, syntactic 0.63, confidence 0.92`, for screen readers. */
export function headLabel(block: BlockSummary, ref: HeadRef, countFrom: 0 | 1, isOff: boolean): string {
  const present = presentMeasures(block);
  const chosen = foremost.filter((name) => present.includes(name));
  const scores = (chosen.length > 0 ? chosen : present.slice(0, 3)).map(
    (name) => `${headMeasures[name].label.toLowerCase()} ${twoDigits(measureOf(block, name, ref))}`,
  );
  const name = `Head ${headName(ref, countFrom)}${isOff ? ', off' : ''}`;
  return scores.length > 0 ? `${name}: ${scores.join(', ')}` : name;
}

/**
 * All measures of a head as a small table with bars where a measure is a share.
 * @param mean the same block with means over a data set, which stand beside the text's own numbers
 */
export function headTooltip(
  block: BlockSummary,
  ref: HeadRef,
  countFrom: 0 | 1,
  mean?: BlockSummary,
): HTMLElement[] {
  const present = presentMeasures(block);
  const ordered = [...foremost.filter((name) => present.includes(name)), ...present].filter(
    (name, i, all) => all.indexOf(name) === i,
  );
  const rows = ordered.map((name) => {
    const value = measureOf(block, name, ref);
    const bar = element('span', 'measure-bar');
    if (headMeasures[name].range[1] === 1 && !Number.isNaN(value)) {
      const filled = element('span', 'measure-bar-filled');
      filled.style.width = `${Math.round(value * 100)}%`;
      bar.append(filled);
    }
    return element(
      'div',
      'measure-row',
      element('span', 'measure-label', headMeasures[name].label),
      bar,
      element('span', 'measure-value', valueWithError(block, name, ref)),
      ...(mean ? [element('span', 'measure-value', valueWithError(mean, name, ref))] : []),
    );
  });
  const title = element('div', 'tooltip-title', `Head ${headName(ref, countFrom)}`);
  if (!mean) return [title, element('div', 'measure-rows', ...rows)];
  const names = ['', '', 'this text', 'mean'].map((name) => element('span', 'measure-label', name));
  const head = element('div', 'measure-row', ...names);
  return [title, element('div', 'measure-rows with-mean', head, ...rows)];
}

/** What a measure is, and who defined it. */
export function definitionTooltip(name: HeadMeasureName | BlockMeasureName): HTMLElement[] {
  const { label, description, source, higher } = isOfBlock(name) ? blockMeasures[name] : headMeasures[name];
  return [
    element('div', 'tooltip-title', label),
    element('p', 'tooltip-text', description),
    element('p', 'tooltip-text', `Higher: ${higher}`),
    element('p', 'tooltip-source', source),
  ];
}

function isOfBlock(name: string): name is BlockMeasureName {
  return name in blockMeasures;
}

export const roleDefinition =
  'Hue: red where the head is more semantic than syntactic, blue where it is more syntactic, purple between. The larger of the two scores makes the colour strong.';

/** What ranking by one relation means. */
export function relationDefinition(relation: string): HTMLElement[] {
  return [
    element('div', 'tooltip-title', `Finds ${relation}`),
    element(
      'p',
      'tooltip-text',
      'The syntactic score for this relation alone: the share of words that have a partner in it for which the other word that they attend to most is a partner. Of a dependency parse, the better of the two directions.',
    ),
    element('p', 'tooltip-source', 'Clark 2019'),
  ];
}
