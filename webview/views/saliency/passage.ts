import './saliency.css';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { element, setText, svgElement } from '../../element';
import { twoDigits } from '../../marks/names';
import { shownSaliency, type ShownSaliency } from '../../marks/saliency';
import { saliencyColour } from '../../marks/scales';
import { readTheme, type Theme } from '../../marks/theme';
import { TokenStrip } from '../../marks/tokenStrip';
import { Tooltip } from '../../marks/tooltip';
import type { CreateView } from '../../view';
import { saliencyDefinition, tokenTooltip } from './describe';
import { saliencySentence, targetSentence } from './sentence';

/** The inspected text with its tokens coloured, their legend, and what the numbers say in a sentence. */
export const createPassage: CreateView = (root, { store, host }) => {
  root.classList.add('passage');
  const tooltip = new Tooltip(root);
  const strip = new TokenStrip({
    hover: (token, anchor) => {
      const { inspection } = store;
      store.select({ hoveredToken: token });
      if (inspection && token !== undefined && anchor) tooltip.show(anchor, tokenTooltip(inspection, token));
      else tooltip.hide();
    },
    choose: (token) => {
      store.select({ token });
      host.revealToken(token);
    },
  });
  // Tokens of the decoder's side have scores, but are in no editor and in no selection.
  const second = new TokenStrip({ hover: () => undefined, choose: () => undefined });
  const sentence = element('p', 'sentence');
  const legend = element('figure', 'ramp');
  const notes = element('ul', 'notes');
  root.append(strip.element, second.element, element('div', 'passage-foot', sentence, legend), notes);
  legend.addEventListener('pointerenter', () => {
    const shown = store.inspection && shownSaliency(store.inspection, store.settings.saliency);
    if (shown) tooltip.show(legend, saliencyDefinition(shown.name));
  });
  legend.addEventListener('pointerleave', () => tooltip.hide());

  return {
    render(changed) {
      const { inspection, settings, selection } = store;
      root.hidden = inspection === undefined;
      if (!inspection) return;
      if (changed.has('inspection') || changed.has('settings')) {
        const theme = readTheme(document);
        const { text, pairText = '', tokens, pair, pairSaliency = {} } = inspection;
        const shown = shownSaliency(inspection, settings.saliency);
        strip.draw({ text, secondText: pairText, row: tokens }, shown, theme);
        second.element.hidden = pair === undefined;
        if (pair) {
          second.draw(
            { text: pairText, row: pair },
            shownSaliency({ saliency: pairSaliency }, settings.saliency),
            theme,
          );
        }
        const words = shown ? saliencySentence(inspection, shown) : '';
        const gap = shown?.name === 'integrated-gradients' ? gapSentence(inspection.completenessGap) : '';
        setText(sentence, [targetSentence(inspection), words, gap].filter(Boolean).join(' '));
        legend.hidden = shown === undefined;
        if (shown) drawRamp(legend, shown, theme);
        notes.replaceChildren(...inspection.notes.map((note) => element('li', '', note)));
        notes.hidden = inspection.notes.length === 0;
      }
      strip.mark(selection.hoveredToken, selection.token);
    },
    dispose: () => tooltip.dispose(),
  };
};

function gapSentence(gap: number | undefined): string {
  return gap === undefined ? '' : `Completeness gap: ${twoDigits(gap)}.`;
}

/** The scale of the token colours: from 0, or from against to for. */
function drawRamp(legend: HTMLElement, { name, largest }: ShownSaliency, theme: Theme): void {
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
    element('figcaption', '', label),
    element('span', '', isSigned ? `against ${twoDigits(-largest)}` : '0'),
    svg,
    element('span', '', isSigned ? `${high} for` : high),
  );
}
