import type { ViewName } from '../protocol/view';

/** How a view appears as a tab. */
export interface ViewEntry {
  readonly title: string;
  /** One line for the list of views. */
  readonly description: string;
}

/** Every view by its name; a new view is one line here and a folder in `webview/views`. */
export const viewTable: Readonly<Record<ViewName, ViewEntry>> = {
  inspector: {
    title: 'Headlight',
    description: 'everything: overview, tokens, and the selected head in detail',
  },
  heads: { title: 'Heads', description: 'all heads: confident, semantic or syntactic' },
  dependencies: { title: 'Dependencies', description: 'dependency arcs above, attention below' },
  saliency: { title: 'Saliency', description: 'which tokens the prediction rests on' },
  attention: { title: 'Attention', description: 'lines from token to token' },
  graph: { title: 'Graph', description: 'tokens as nodes, attention as edges' },
  matrix: { title: 'Matrix', description: 'query by key' },
  compare: { title: 'Compare', description: 'two inspections: pinned ones, or one with what is shown' },
  instances: { title: 'Instances', description: 'a data set as a table and as a map' },
  prompt: { title: 'Prompt', description: 'what each token costs, and what comes next' },
  changes: { title: 'Changes', description: 'which edits changed the prediction' },
};

/** The type under which VS Code keeps a view's tab. */
export function viewType(name: ViewName): string {
  return `headlight.${name}`;
}
