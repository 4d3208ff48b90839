import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import type { Inspection, SaliencyName } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { element } from '../../element';

/** A token with all its scores, for a tooltip. */
export function tokenTooltip(inspection: Inspection, token: number): HTMLElement[] {
  const { tokens, words, saliency, before } = inspection;
  const word = tokens.words[token];
  const title = element('div', 'tooltip-title', tokens.pieces[token]);
  const place = [`token ${token}`, `id ${tokens.ids[token]}`];
  if (word >= 0 && words.text[word] !== tokens.pieces[token]) place.push(`in “${words.text[word]}”`);
  const rows = (Object.entries(saliency) as [SaliencyName, Float32Array][]).map(([name, scores]) => {
    const { label, unit } = saliencyMeasures[name];
    const was = before?.saliency[name]?.[token];
    const value = `${twoDigits(scores[token])}${was === undefined ? '' : ` (before ${twoDigits(was)})`}`;
    return element(
      'div',
      'measure-row',
      element('span', 'measure-label', label),
      element('span'),
      element('span', 'measure-value', unit ? `${value} ${unit}` : value),
    );
  });
  return [title, element('div', 'tooltip-source', place.join(', ')), element('div', 'measure-rows', ...rows)];
}

/** What a saliency measure is, and who defined it. */
export function saliencyDefinition(name: SaliencyName): HTMLElement[] {
  const { label, description, source, higher } = saliencyMeasures[name];
  return [
    element('div', 'tooltip-title', label),
    element('p', 'tooltip-text', description),
    element('p', 'tooltip-text', `Higher: ${higher}`),
    element('p', 'tooltip-source', source),
  ];
}
