import './inspector.css';
import { element } from '../../element';
import { mount } from '../../mount';
import type { CreateView } from '../../view';
import { createHeads } from '../heads/heads';
import { createPassage } from '../saliency/passage';
import { detailViews } from '../table';
import { emptyState } from './empty';
import { Header } from './header';
import { Status } from './status';
import { createTabs } from './tabs';

/** The panel beside the editor: the prediction, the text, all heads at the left, the selected ones at the right. */
export const createInspector: CreateView = (root, context) => {
  root.classList.add('inspector');
  const { store, host } = context;
  const header = new Header(context);
  const status = new Status();
  const empty = emptyState(host);
  const overview = element('section', 'overview');
  overview.ariaLabel = 'Head overview';
  const details = element('section', 'details');
  details.ariaLabel = 'Selected heads';
  const text = element('section', 'text');
  text.ariaLabel = 'Inspected text';
  const panes = element('main', 'panes', overview, details);
  header.element.append(status.message);
  root.append(header.element, status.line, status.banner, empty, text, panes);

  const parts = [mount(text, createPassage, context), mount(overview, createHeads, context)];
  const disposeTabs = createTabs(details, detailViews, context);

  return {
    render(changed) {
      const { inspection, busy } = store;
      status.draw(store);
      root.classList.toggle('no-inspection', inspection === undefined);
      empty.hidden = inspection !== undefined || busy !== undefined;
      if (inspection && (changed.has('inspection') || changed.has('settings'))) header.draw(inspection);
    },
    dispose() {
      for (const part of parts) part.dispose();
      disposeTabs();
    },
  };
};
