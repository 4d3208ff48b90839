import type { DataSetState } from '../../../src/protocol/dataSetView';
import type { HostCalls } from '../../../src/protocol/view';
import { button } from '../../controls';
import { element, setText } from '../../element';
import { saveMenu } from '../../export/menu';
import { linkButton } from '../../interventions/linkButton';

/** What can be saved of a data set. */
export interface InstancesSaver {
  /** The rows that are shown, with their numbers. */
  rows(): void;
  map(format: 'svg' | 'png'): void;
}

/** The name of the data set, its model, how far the run is, and what can be done. */
export class InstancesHead {
  readonly element = element('header', 'instances-head');
  readonly #name = element('h2', 'instances-name');
  readonly #model = element('button', 'model');
  readonly #modelName = element('span', 'model-name');
  readonly #meter = element('div', 'run-meter');
  readonly #filled = element('span', 'run-filled');
  readonly #said = element('span', 'run-said');
  readonly #pause;
  readonly #continue;
  readonly #again;
  readonly #other;
  readonly #save;
  #hasMap = false;

  constructor(host: HostCalls, saver: InstancesSaver) {
    this.#pause = button('Pause', () => host.pauseDataSet());
    this.#continue = button('Continue', () => host.runDataSet(), 'primary');
    this.#again = button('Try Again', () => host.runDataSet(), 'primary');
    this.#other = button('', () => host.useChosenModel());
    this.#save = saveMenu(() => [
      { label: 'Rows as CSV', name: 'csv', save: () => saver.rows() },
      ...(this.#hasMap
        ? [
            { label: 'Map as SVG', name: 'svg', save: () => saver.map('svg') },
            { label: 'Map as PNG', name: 'png', save: () => saver.map('png') },
          ]
        : []),
    ]);
    this.#model.type = 'button';
    this.#model.title = 'The model that was run on the texts. Choose another one';
    this.#model.append(this.#modelName);
    this.#model.addEventListener('click', () => host.chooseModel());
    this.#meter.role = 'progressbar';
    this.#meter.ariaLabel = 'Texts that were run';
    this.#meter.append(this.#filled);
    this.#said.role = 'status';
    const open = linkButton('Open…', () => host.run('openDataSet'));
    open.title = 'Open another data set';
    this.element.append(
      element('div', 'instances-title', this.#name, this.#model),
      element('div', 'run', this.#meter, this.#said, this.#pause, this.#continue, this.#again, this.#other),
      element('div', 'instances-actions', this.#save, open),
    );
  }

  /** @param done rows that were run, as the columns say */
  draw(state: DataSetState, done: number, hasMap: boolean): void {
    this.#hasMap = hasMap;
    const { name, rows, model, activity, progress, otherModel } = state;
    setText(this.#name, name);
    this.#name.title = name;
    setText(this.#modelName, model.name);
    const share = rows > 0 ? done / rows : 0;
    this.#meter.hidden = activity === 'finished' || rows === 0;
    this.#meter.ariaValueNow = String(Math.round(share * 100));
    this.#filled.style.width = `${share * 100}%`;
    const count = `${done.toLocaleString('en')} of ${rows.toLocaleString('en')} done`;
    setText(this.#said, saidOf(state, count));
    this.#said.title = progress?.message ?? '';
    this.#pause.hidden = activity !== 'running';
    this.#continue.hidden = activity !== 'paused' || rows === 0;
    // What could not be read may have been corrected.
    this.#again.hidden = activity !== 'paused' || rows > 0;
    this.#other.hidden = otherModel === undefined;
    setText(this.#other, `Run with ${otherModel ?? ''}`);
    this.#save.hidden = rows === 0;
  }
}

function saidOf({ activity, rows, progress }: DataSetState, count: string): string {
  if (activity === 'paused' && rows === 0) return '';
  if (activity === 'opening') return progress?.message ?? 'Reading the texts';
  if (activity === 'finished') return progress?.message ?? `${rows.toLocaleString('en')} texts`;
  // Before the first text is done, a model may have to be loaded, which takes longer than anything after it.
  if (activity === 'running' && count.startsWith('0 ') && progress) return progress.message;
  return activity === 'paused' ? `Paused · ${count}` : count;
}
