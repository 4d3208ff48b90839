import { headMeasures } from '../../../src/engine/measures/definitions';
import { blockMeasures } from '../../../src/engine/measures/headDeviation';
import {
  blockMeasureNames,
  furtherHeadMeasureNames,
  type BlockSummary,
  type FurtherHeadMeasureName,
} from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { linkButton } from '../../interventions/linkButton';
import { progressRing } from '../../controls';
import { element, setText } from '../../element';
import { describeOnHover, type Tooltip } from '../../marks/tooltip';
import type { ViewContext } from '../../view';
import { definitionTooltip } from './describe';

/** Whether a measure needs runs of its own. */
export function isFurther(name: string): name is FurtherHeadMeasureName {
  return furtherHeadMeasureNames.some((further) => further === name);
}

/**
 * Measures that need further runs of the model: asks for those that are chosen and not there yet, tells how far they are and why
 * one cannot be had, and shows what they say of all heads together.
 */
export class FurtherMeasures {
  readonly element = element('div', 'further');
  readonly #context: ViewContext;
  readonly #status = element('div', 'further-status');
  readonly #ring = progressRing();
  readonly #words = element('span', 'further-words');
  readonly #stop = linkButton('Cancel', () => this.#context.host.stopMeasuring());
  readonly #start = linkButton('Compute', () => this.#ask());
  readonly #together = element('dl', 'further-together');
  #missing: readonly FurtherHeadMeasureName[] = [];
  /** What was asked for by itself: what was cancelled is asked for again only by the user. */
  #asked = '';
  #said = '';

  constructor(context: ViewContext, tooltip: Tooltip) {
    this.#context = context;
    this.#status.role = 'status';
    this.#status.append(this.#ring, this.#words, this.#stop, this.#start);
    this.element.append(this.#status, this.#together);
    for (const name of blockMeasureNames) {
      const label = element('dt', 'field-label', blockMeasures[name].label);
      label.tabIndex = 0;
      describeOnHover(tooltip, label, () => definitionTooltip(name));
      this.#together.append(element('div', 'further-number', label, element('dd', '')));
    }
  }

  /** @param chosen measures that something on the picture shows */
  draw(block: BlockSummary | undefined, chosen: readonly FurtherHeadMeasureName[]): void {
    const { inspection, measuring, busy, settings } = this.#context.store;
    if (!inspection || !block) return;
    const { unmeasured = {} } = inspection;
    this.#missing = chosen.filter((name) => !block.measures[name] && unmeasured[name] === undefined);
    const isIdle = measuring === undefined && busy === undefined;
    const key = [inspection.id, ...this.#missing].join(' ');
    if (this.#missing.length > 0 && isIdle && settings.canMeasure === true && key !== this.#asked) {
      this.#asked = key;
      this.#ask();
    }
    const isRunning = measuring !== undefined && this.#missing.length > 0;
    this.#ring.hidden = !isRunning;
    this.#stop.hidden = !isRunning;
    this.#start.hidden = isRunning || this.#missing.length === 0 || settings.canMeasure !== true;
    this.#say(isRunning, chosen);
    const { together } = chosen.includes('head-deviation') ? block : {};
    this.#together.hidden = together === undefined;
    blockMeasureNames.forEach((name, i) => {
      const number = this.#together.children[i].lastElementChild;
      if (number instanceof HTMLElement) setText(number, twoDigits(together?.[name] ?? NaN));
    });
    this.element.hidden = this.#status.hidden && this.#together.hidden;
  }

  #say(isRunning: boolean, chosen: readonly FurtherHeadMeasureName[]): void {
    const { inspection, measuring } = this.#context.store;
    const { unmeasured = {} } = inspection ?? {};
    const missing = this.#missing.map((name) => headMeasures[name].label).join(' and ');
    const reasons = chosen.flatMap((name) => unmeasured[name] ?? []);
    const percent = measuring?.fraction === undefined ? '' : `, ${Math.round(100 * measuring.fraction)} %`;
    const waiting = missing === '' ? '' : `${missing}: not computed yet.`;
    const words = isRunning
      ? `${measuring?.message ?? ''}${percent}`
      : [waiting, ...reasons].join(' ').trim();
    this.#status.hidden = words === '';
    if (words !== this.#said) setText(this.#words, words);
    this.#said = words;
  }

  #ask(): void {
    this.#context.host.measureHeads(this.#missing);
  }
}
