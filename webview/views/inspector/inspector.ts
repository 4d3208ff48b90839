import type { CreateView } from '../../view';
import { detailViews } from '../table';
import { createTabs } from './tabs';

export const createInspector: CreateView = (root, context) => {
  root.classList.add('inspector');
  const details = document.createElement('section');
  details.className = 'details';
  root.append(details);
  const dispose = createTabs(details, detailViews, context);
  return { render: () => undefined, dispose };
};
