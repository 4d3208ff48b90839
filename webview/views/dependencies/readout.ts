import type { HeadRef } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { isParse } from '../../../src/protocol/relations';
import { headName } from '../../marks/names';
import { headPaint } from '../../marks/relations';
import { edgeInWords } from './model';
import type { Highlight, PictureModel } from './picture';

/** The line under the pictures: what colours and widths mean, or what is under the mouse. */
export interface Readout {
  readonly element: HTMLElement;
  /** @param compared the two heads of a difference */
  explain(model: PictureModel, compared: readonly HeadRef[] | undefined, countFrom: 0 | 1): void;
  tell(highlight: Highlight | undefined, models: readonly PictureModel[]): void;
}

export function createReadout(): Readout {
  const element = document.createElement('div');
  element.className = 'readout';
  const legend = document.createElement('div');
  legend.className = 'legend';
  const sentence = document.createElement('div');
  sentence.className = 'sentence';
  element.append(legend, sentence);
  return {
    element,
    explain(model, compared, countFrom) {
      const entries = compared
        ? [
            ...compared.map((head, i) => key(`more in ${headName(head, countFrom)}`, 'strong', headPaint(i))),
            key('both agree', 'strong', 'var(--vscode-foreground)'),
          ]
        : model.relations
          ? [
              key(`strongest edge is the ${isParse(model.relations) ? 'dependency' : 'relation'}`, 'strong'),
              key('a weaker edge is', 'weak'),
              key('other', 'none'),
            ]
          : [key('attention', 'strong', headPaint(0))];
      legend.replaceChildren(...entries, widths());
    },
    tell(highlight, models) {
      sentence.textContent = highlight
        ? models
            .map((model) => inWords(model, highlight))
            .filter(Boolean)
            .join(' · ')
        : '';
      element.classList.toggle('telling', sentence.textContent !== '');
    },
  };
}

/** What the picture knows of the highlighted word or arc, in words. */
function inWords(model: PictureModel, highlight: Highlight): string {
  if ('slot' in highlight) return highlight.slot < model.slots.length ? model.describe(highlight.slot) : '';
  const { left, right } = highlight;
  const between = model.edges.filter((edge) => {
    const ends = [model.slotOf[edge.dependent], model.slotOf[edge.other]];
    return ends.includes(left) && ends.includes(right);
  });
  const edges = between.map((edge) => edgeInWords(edge, model.direction, model.units, model.relations));
  if (edges.length > 0) return edges.join(', ');
  const [a, b] = [left, right].map((slot) => model.units[model.slots[slot]?.units[0]]);
  return a && b ? `${a.text} – ${b.text}: no drawn edge` : '';
}

/** A short line as arcs of that kind look, with its meaning. */
function key(text: string, strength: string, paint?: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'key';
  const swatch = document.createElement('span');
  swatch.className = 'swatch';
  swatch.dataset.strength = strength;
  if (paint) swatch.style.setProperty('--paint', paint);
  element.append(swatch, text);
  return element;
}

/** Three weights as widths, on one line. */
function widths(): HTMLElement {
  const element = document.createElement('span');
  element.className = 'widths';
  for (const weight of [0.1, 0.5, 1]) {
    const one = key(twoDigits(weight), 'none');
    (one.firstChild as HTMLElement).style.setProperty('--thickness', `${1 + 3.5 * weight}px`);
    element.append(one);
  }
  return element;
}
