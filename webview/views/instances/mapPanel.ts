import type { RowText } from '../../../src/protocol/dataSet';
import type { DataSetState } from '../../../src/protocol/dataSetView';
import { probability } from '../../../src/protocol/numbers';
import { button, dropdown, signButton } from '../../controls';
import { element, setText } from '../../element';
import type { Theme } from '../../marks/theme';
import { Tooltip } from '../../marks/tooltip';
import { type ColourChoice, encode, possibleChoices } from './encoding';
import type { Corner } from './lasso';
import { type DragMode, ScatterMap } from './map';
import type { Results } from './results';
import type { Rows } from './rows';
import { inOneLine } from './texts';

const titles: Readonly<Record<ColourChoice, string>> = {
  label: 'Label',
  predicted: 'Prediction',
  confidence: 'Confidence',
  correct: 'Correct',
};

export interface MapPanelEvents {
  point(row: number | undefined): void;
  choose(row: number): void;
  select(polygon: readonly Corner[]): void;
  colour(choice: ColourChoice): void;
}

export interface MapPanelContent {
  readonly state: DataSetState;
  readonly results: Results;
  readonly rows: Rows;
  readonly shown: Uint32Array;
  readonly lasso: readonly Corner[] | undefined;
  readonly inspected: number | undefined;
  readonly colour: ColourChoice | undefined;
  readonly theme: Theme;
  textOf(row: number): RowText | undefined;
}

/** The map with its legend and controls; where there is none yet, how to get it. */
export class MapPanel {
  readonly element = element('section', 'map-panel');
  readonly #map: ScatterMap;
  readonly #tooltip: Tooltip;
  readonly #anchor = element('div', 'map-anchor');
  readonly #legend = element('div', 'map-legend');
  readonly #method = element('p', 'hint map-method');
  readonly #waiting = element('div', 'map-waiting');
  readonly #waitingText = element('p', '');
  readonly #make;
  readonly #again;
  readonly #colours;
  readonly #modes: Readonly<Record<DragMode, HTMLButtonElement>>;
  readonly #events: MapPanelEvents;
  #content: MapPanelContent | undefined;

  constructor(events: MapPanelEvents) {
    this.#events = events;
    this.#tooltip = new Tooltip(this.element);
    this.#map = new ScatterMap({
      point: (row, spot) => this.#point(row, spot),
      choose: (row) => events.choose(row),
      select: (polygon) => events.select(polygon),
    });
    this.#colours = dropdown<ColourChoice>('Colour of the points', (choice) => events.colour(choice));
    const make = (): void => {
      this.#content?.results.project();
      if (this.#content) this.draw(this.#content);
    };
    this.#make = button('Draw the Map', make, 'primary');
    this.#again = button('Draw Anew', make);
    this.#modes = {
      lasso: this.#modeButton(
        'lasso',
        'Lasso',
        'Drag to draw a lasso around points. Shift and drag moves the map',
      ),
      pan: this.#modeButton('pan', 'Move', 'Drag to move the map. Shift and drag draws a lasso'),
    };
    const modes = element('div', 'segments', this.#modes.lasso, this.#modes.pan);
    modes.role = 'group';
    modes.ariaLabel = 'What dragging does';
    const zoom = element(
      'div',
      'zoom',
      signButton('−', 'Smaller', () => this.#map.zoomBy(1 / 1.6)),
      signButton('+', 'Larger', () => this.#map.zoomBy(1.6)),
      signButton('⤢', 'Whole map', () => this.#map.reset()),
    );
    const colour = element('div', 'field', element('span', 'field-label', 'Colour'), this.#colours.element);
    this.#waiting.append(this.#waitingText, this.#make);
    this.#anchor.ariaHidden = 'true';
    this.element.ariaLabel = 'Map of the texts';
    this.element.append(
      element('div', 'map-bar', colour, modes, zoom, this.#again),
      this.#map.element,
      this.#waiting,
      this.#legend,
      this.#method,
      this.#anchor,
    );
    this.#setMode('lasso');
  }

  draw(content: MapPanelContent): void {
    this.#content = content;
    const { state, results, rows, shown, theme, lasso, inspected } = content;
    const { projection } = results;
    const choices = possibleChoices(rows);
    const choice = choices.find((one) => one === content.colour) ?? choices[0];
    this.#drawWaiting(state, results);
    this.#map.element.hidden = projection === undefined;
    this.#legend.hidden = projection === undefined || choice === undefined;
    this.#again.hidden = !results.isMapOutdated || state.activity === 'running';
    setText(this.#method, projection?.method ?? '');
    this.#colours.show(
      choices.map((value) => ({ value, label: titles[value] })),
      choice ?? 'confidence',
    );
    if (!projection || choice === undefined) return;
    const encoding = encode(rows, choice, shown, theme);
    this.#legend.replaceChildren(encoding.legend);
    this.#map.show({ points: projection.points.data, encoding, shown, lasso, inspected, theme });
  }

  /** Marks the point of a row that is pointed at in the table. */
  point(row: number | undefined): void {
    this.#map.point(row);
  }

  dispose(): void {
    this.#map.dispose();
    this.#tooltip.dispose();
  }

  #drawWaiting({ activity, progress }: DataSetState, { map, mapFailure, columns }: Results): void {
    this.#waiting.hidden = map === 'there';
    const done = columns?.done ?? 0;
    const isRunning = activity === 'running' || activity === 'opening';
    this.#make.hidden = map === 'asked' || isRunning || done < 2;
    const said = {
      none: isRunning
        ? 'The map of the texts is drawn when all are done.'
        : done < 2
          ? 'A map needs two texts at least.'
          : `Texts that the model reads alike lie close to one another. The map of ${done.toLocaleString('en')} texts takes a moment.`,
      asked: progress?.message ?? 'Drawing the map',
      there: '',
      failed: mapFailure,
    };
    setText(this.#waitingText, said[map]);
  }

  #modeButton(mode: DragMode, label: string, title: string): HTMLButtonElement {
    const created = element('button', 'segment', label);
    created.type = 'button';
    created.title = title;
    created.addEventListener('click', () => this.#setMode(mode));
    return created;
  }

  #setMode(mode: DragMode): void {
    this.#map.mode = mode;
    this.#map.element.dataset.mode = mode;
    for (const [name, one] of Object.entries(this.#modes))
      one.setAttribute('aria-pressed', String(name === mode));
  }

  #point(row: number | undefined, spot?: DOMRect): void {
    this.#events.point(row);
    const content = this.#content;
    if (row === undefined || !spot || !content) return this.#tooltip.hide();
    const { rows, textOf } = content;
    const { confidence, label, predicted } = rows.columns;
    const text = textOf(row);
    const line = text ? inOneLine(text) : '…';
    const facts = [
      label[row] >= 0 ? `label ${rows.nameOf(label[row])}` : '',
      predicted[row] >= 0 ? `prediction ${rows.nameOf(predicted[row])}` : '',
      Number.isNaN(confidence[row]) ? '' : `confidence ${probability(confidence[row])}`,
    ].filter((fact) => fact !== '');
    Object.assign(this.#anchor.style, { left: `${spot.left}px`, top: `${spot.top}px` });
    this.#tooltip.show(this.#anchor, [
      element('div', 'tooltip-title', `Row ${(row + 1).toLocaleString('en')}`),
      element('p', 'tooltip-text', line.length > 240 ? `${line.slice(0, 239)}…` : line),
      element('p', 'tooltip-source', facts.join(' · ')),
    ]);
  }
}
