import './saliency.css';
import { twoDigits } from '../../../src/protocol/numbers';
import { element, setText } from '../../element';
import { shownSaliency } from '../../marks/saliency';
import { readTheme } from '../../marks/theme';
import { TokenStrip } from '../../marks/tokenStrip';
import { readText } from '../../marks/tokenText';
import { Tooltip } from '../../marks/tooltip';
import type { CreateView } from '../../view';
import { tokenTooltip } from './describe';
import { SaliencyScale } from './scale';
import { saliencyStatements, targetSentence } from './statements';

/** The inspected text with its tokens coloured, their scale, and what the numbers say in a sentence. */
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
  // Tokens of the second text (the decoder's, or one that is compared with) have scores, but are in no editor and in no selection.
  const second = new TokenStrip({ hover: () => undefined, choose: () => undefined });
  // Two sentences are read at a glance; what else the numbers say waits behind a word.
  const sentence = element('p');
  const further = element('ul', 'statements');
  const summary = element('summary');
  const more = element('details', '', summary, further);
  const said = element('div', 'sentence', sentence, more);
  const scale = new SaliencyScale(host, tooltip);
  const notes = element('ul', 'notes');
  const foot = element('div', 'passage-foot', said, scale.element);
  root.append(strip.element, second.element, foot, notes);

  return {
    render(changed) {
      const { inspection, settings, selection } = store;
      root.hidden = inspection === undefined;
      if (!inspection) return;
      if (changed.has('inspection') || changed.has('settings')) {
        const theme = readTheme(document);
        const { pairText = '', pair, pairSaliency = {} } = inspection;
        const own = shownSaliency(inspection, settings.saliency);
        const theirs = shownSaliency({ saliency: pairSaliency }, settings.saliency);
        // One scale for both texts, so that their colours can be compared.
        const largest =
          theirs && theirs.name === own?.name ? Math.max(own.largest, theirs.largest) : undefined;
        const shown = own && { ...own, largest: largest ?? own.largest };
        strip.draw(readText(inspection), shown, theme);
        second.element.hidden = pair === undefined;
        if (pair) {
          second.draw(
            { text: pairText, row: pair },
            theirs && { ...theirs, largest: largest ?? theirs.largest },
            theme,
          );
          second.element.ariaLabel += ', of the second text';
        }
        const [first, ...rest] = own ? saliencyStatements(inspection, own) : [];
        setText(sentence, [targetSentence(inspection), first?.text].filter(Boolean).join(' '));
        const gap = shown?.name === 'integrated-gradients' ? inspection.completenessGap : undefined;
        setText(summary, gap === undefined ? 'More' : `More (completeness gap ${twoDigits(gap)})`);
        further.replaceChildren(...rest.map((statement) => element('li', '', statement.text)));
        more.hidden = rest.length === 0 && gap === undefined;
        scale.draw(inspection, settings.saliency, shown, theme);
        notes.replaceChildren(...inspection.notes.map((note) => element('li', '', note)));
        notes.hidden = inspection.notes.length === 0;
      }
      strip.mark(selection.hoveredToken, selection.token);
    },
    dispose: () => tooltip.dispose(),
  };
};
