import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { saliencyNames, type Inspection, type SaliencyName } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import type { HostCalls } from '../../../src/protocol/view';
import { dropdown } from '../../controls';
import { element, svgElement } from '../../element';
import type { ShownSaliency } from '../../marks/saliency';
import { saliencyColour } from '../../marks/scales';
import type { Theme } from '../../marks/theme';
import { describeOnHover, type Tooltip } from '../../marks/tooltip';
import { saliencyDefinition } from './describe';

/** The choice of a saliency measure, which is at the same time the legend of the tokens' colours. */
export class SaliencyScale {
  readonly element = element('div', 'saliency-scale');
  readonly #measures;
  readonly #ramp = element('figure', 'ramp');
  #shown: SaliencyName = 'gradient-l1';

  constructor(host: HostCalls, tooltip: Tooltip) {
    this.#measures = dropdown<SaliencyName>('Saliency: how much each token matters', (name) =>
      host.chooseSaliency(name),
    );
    const label = element('span', 'field-label', 'Saliency');
    label.tabIndex = 0;
    describeOnHover(tooltip, label, () => saliencyDefinition(this.#shown));
    this.element.append(element('div', 'field', label, this.#measures.element), this.#ramp);
  }

  /** @param wanted the measure of the settings; until it is computed another one may be shown */
  draw(inspection: Inspection, wanted: SaliencyName, shown: ShownSaliency | undefined, theme: Theme): void {
    const isCausal = inspection.model.task === 'causal-lm';
    const isFromFile = inspection.attentionFile !== undefined;
    const choices = saliencyNames.filter((name) =>
      isFromFile ? inspection.saliency[name] !== undefined : name !== 'surprisal' || isCausal,
    );
    this.element.hidden = choices.length === 0;
    this.#shown = shown?.name ?? wanted;
    this.#measures.show(
      choices.map((name) => ({ value: name, label: saliencyMeasures[name].label })),
      this.#shown,
    );
    this.#ramp.hidden = shown === undefined;
    if (shown) drawRamp(this.#ramp, shown, theme);
  }
}

/** The scale of the token colours: from 0, or from against to for. */
export function drawRamp(legend: HTMLElement, { name, largest }: ShownSaliency, theme: Theme): void {
  const { isSigned, label, unit } = saliencyMeasures[name];
  const steps = 15;
  const cell = 6;
  const svg = svgElement('svg', {
    width: steps * cell,
    height: 10,
    class: 'swatches',
    'aria-hidden': 'true',
  });
  for (let i = 0; i < steps; i++) {
    const share = isSigned ? (2 * i) / (steps - 1) - 1 : i / (steps - 1);
    const fill = saliencyColour(share, theme);
    svg.append(svgElement('rect', { x: i * cell, y: 0, width: cell, height: 10, fill }));
  }
  const high = unit ? `${twoDigits(largest)} ${unit}` : twoDigits(largest);
  legend.setAttribute('aria-label', `Colours of the tokens: ${label}, up to ${high}`);
  legend.replaceChildren(
    element('span', '', isSigned ? `against ${twoDigits(-largest)}` : '0'),
    svg,
    element('span', '', isSigned ? `${high} for` : high),
  );
}
