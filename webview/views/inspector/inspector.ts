import './inspector.css';
import { element } from '../../element';
import { saveMenu } from '../../export/menu';
import { Saver } from '../../export/saver';
import { mount } from '../../mount';
import type { CreateView } from '../../view';
import { createHeads } from '../heads/heads';
import { createPassage } from '../saliency/passage';
import { detailViews } from '../table';
import { Frame } from './frame';
import { Header } from './header';
import { createTabs, openTab } from './tabs';

/** The panel beside the editor: the prediction, the text, all heads at the left, the selected ones at the right. */
export const createInspector: CreateView = (root, context) => {
  root.classList.add('inspector');
  const { store } = context;
  const overview = element('section', 'overview');
  overview.ariaLabel = 'Head overview';
  const details = element('section', 'details');
  details.ariaLabel = 'Selected heads';
  const saver = new Saver(context, () => openTab(details));
  const header = new Header(context, [saveMenu(() => saver.entries(detailViews, overview))]);
  const text = element('section', 'text');
  text.ariaLabel = 'Inspected text';
  const panes = element('main', 'panes', overview, details);
  const frame = new Frame(root, context, header.element, text, panes);

  const parts = [mount(text, createPassage, context), mount(overview, createHeads, context)];
  const disposeTabs = createTabs(details, detailViews, context);

  return {
    render(changed) {
      const { inspection } = store;
      frame.draw();
      if (inspection && (changed.has('inspection') || changed.has('settings'))) header.draw(inspection);
      if (changed.has('inspection') || changed.has('pins')) header.drawPin();
    },
    dispose() {
      for (const part of parts) part.dispose();
      disposeTabs();
    },
  };
};
