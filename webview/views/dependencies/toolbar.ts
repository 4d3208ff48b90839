import { twoDigits } from '../../../src/protocol/numbers';
import type { WordRelations } from '../../../src/protocol/relations';
import { checkbox, dropdown } from '../../controls';
import { weightSlider } from '../../slider';
import { directionInWords } from './model';
import { directions } from './edges';
import { type Comparison, type Layout, layouts, type Options } from './options';

/** What of a text controls can be about. */
export interface TextHas {
  readonly relations: WordRelations | undefined;
  /** Whether any word has several pieces. */
  readonly pieces: boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  /** @param heads number of heads that are shown */
  show(options: Options, threshold: number, heads: number, has: TextHas): void;
}

const layoutNames: Readonly<Record<Layout, string>> = { arcs: 'Arcs', tree: 'Tree', radial: 'Radial' };
const comparisonNames: Readonly<Record<Comparison, string>> = {
  stacked: 'Stacked',
  beside: 'Side by side',
  difference: 'Difference',
};
const mostEdges = [1, 2, 3, 5, 10];

/** The line of controls over the pictures. */
export function createToolbar(change: (options: Partial<Options>) => void): Toolbar {
  const element = document.createElement('div');
  element.className = 'dependency-toolbar';
  const layout = dropdown<Layout>('Layout', (value) => change({ layout: value }));
  const direction = dropdown<Options['direction']>('Where a dependent looks for its head', (value) =>
    change({ direction: value }),
  );
  const perWord = dropdown<string>('Most edges per word', (value) => change({ perWord: Number(value) }));
  const comparison = dropdown<Comparison>('How several heads are compared', (value) =>
    change({ comparison: value }),
  );
  const threshold = weightSlider('Edges with at least this weight are drawn', (value) =>
    change({ threshold: value }),
  );
  const automatic = document.createElement('button');
  automatic.type = 'button';
  automatic.className = 'text-button';
  automatic.textContent = 'auto';
  automatic.title = 'About one edge per word';
  automatic.addEventListener('click', () => change({ threshold: null }));
  const edges = document.createElement('span');
  edges.className = 'control-group';
  const caption = document.createElement('span');
  caption.className = 'muted';
  caption.textContent = 'edges ≥';
  edges.append(caption, threshold.element, automatic);
  const pieces = checkbox('Pieces', false, (value) => change({ pieces: value }));
  pieces.element.title =
    'Shows the word pieces that the model reads; one word: double-click it, or press space on it';
  const saliency = checkbox('Saliency', false, (value) => change({ saliency: value }));
  saliency.element.title = 'Colours the words by how much the target depends on them';
  element.append(
    layout.element,
    direction.element,
    comparison.element,
    edges,
    perWord.element,
    pieces.element,
    saliency.element,
  );
  return {
    element,
    show(options, thresholdInForce, heads, has) {
      layout.show(
        layouts.map((value) => ({ value, label: layoutNames[value] })),
        options.layout,
      );
      direction.show(
        directions.map((value) => ({ value, label: directionInWords(value, has.relations) })),
        options.direction,
      );
      comparison.element.hidden = heads < 2;
      // A difference is of two heads.
      const possible: Comparison[] =
        heads === 2 ? ['stacked', 'beside', 'difference'] : ['stacked', 'beside'];
      comparison.show(
        possible.map((value) => ({ value, label: comparisonNames[value] })),
        possible.includes(options.comparison) ? options.comparison : 'stacked',
      );
      perWord.show(
        mostEdges.map((value) => ({
          value: String(value),
          label: value === 1 ? '1 per word' : `≤ ${value} per word`,
        })),
        String(options.perWord),
      );
      threshold.show(thresholdInForce, twoDigits(thresholdInForce));
      automatic.hidden = options.threshold === null;
      pieces.checked = options.pieces;
      pieces.element.hidden = !has.pieces;
      saliency.checked = options.saliency;
    },
  };
}
