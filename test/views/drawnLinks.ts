import type { OpenView } from './harness';

/** An arc of the dependency view as it is drawn. */
export interface Drawn {
  readonly key: string;
  readonly strength: string;
  readonly colour: string;
}

/** The arcs of attention, or those of the parse, that the dependency view draws. */
export function links(view: OpenView, group: 'edges' | 'dependency-links'): Promise<Drawn[]> {
  return view.page.$$eval(`.${group} .link`, (nodes) =>
    nodes.map((node) => ({
      key: node.getAttribute('data-key') ?? '',
      strength: node.getAttribute('data-strength') ?? '',
      colour: getComputedStyle(node.querySelector('.line') ?? node).stroke,
    })),
  );
}
