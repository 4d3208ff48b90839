import { twoDigits } from '../../../src/protocol/numbers';
import type { WordRelations } from '../../../src/protocol/relations';
import { type RelationsChoice, relationsChoices } from '../../../src/protocol/view';
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

/** What leaves the view. */
export interface ToolbarEvents {
  change(options: Partial<Options>): void;
  chooseRelations(choice: RelationsChoice): void;
  findDefinition(): void;
}

export interface Toolbar {
  readonly element: HTMLElement;
  /** @param heads number of heads that are shown */
  show(options: Options, threshold: number, heads: number, has: TextHas): void;
  /** @param choice undefined: it cannot be chosen here */
  showChoice(choice: RelationsChoice | undefined): void;
}

const layoutNames: Readonly<Record<Layout, string>> = { arcs: 'Arcs', tree: 'Tree', radial: 'Radial' };
const comparisonNames: Readonly<Record<Comparison, string>> = {
  stacked: 'Stacked',
  beside: 'Side by side',
  difference: 'Difference',
};
const choiceNames: Readonly<Record<RelationsChoice, string>> = {
  auto: 'Relations: automatic',
  dependencies: 'Dependencies',
  code: 'Code',
  off: 'No relations',
};
/** Relations that lead from a name to where it is defined. */
const toDefinitions: ReadonlySet<string> = new Set(['def-use', 'call-site', 'same-name']);
const mostEdges = [1, 2, 3, 5, 10];

/** The line of controls over the pictures. */
export function createToolbar({ change, chooseRelations, findDefinition }: ToolbarEvents): Toolbar {
  const element = document.createElement('div');
  element.className = 'dependency-toolbar';
  const relations = dropdown<RelationsChoice>('Relations that heads are compared with', chooseRelations);
  const definition = document.createElement('button');
  definition.type = 'button';
  definition.className = 'text-button';
  definition.textContent = 'Which head finds the definition?';
  definition.title = 'Selects the head that most often attends from a name to its definition';
  definition.addEventListener('click', findDefinition);
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
    relations.element,
    definition,
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
      definition.hidden = !has.relations?.labels.some((label) => toDefinitions.has(label));
    },
    showChoice(choice) {
      relations.element.hidden = choice === undefined;
      relations.show(
        relationsChoices.map((value) => ({ value, label: choiceNames[value] })),
        choice ?? 'auto',
      );
    },
  };
}
