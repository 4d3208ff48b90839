import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { signedDigits, twoDigits } from '../../../src/protocol/numbers';
import { element } from '../../element';
import type { Column } from './alignment';
import { changeIn, type SaliencyChange } from './changes';
import { sidePaint, type SideName } from './paints';

/** Which unit of which side the pointer is at. */
export interface PointedUnit {
  readonly side: SideName;
  /** First token of the unit. */
  readonly token: number;
}

/** Both texts as two rows of words, one column per place, with bars of their scores and the change between them. */
export class SaliencyPart {
  readonly element = element('div', 'aligned');
  readonly #point: (units: readonly PointedUnit[]) => void;
  #columns: { readonly units: readonly PointedUnit[]; readonly column: HTMLElement }[] = [];

  /** @param point is told of the units in the column under the pointer; of none when it leaves */
  constructor(point: (units: readonly PointedUnit[]) => void) {
    this.#point = point;
    this.element.role = 'list';
    this.element.ariaLabel = 'Both texts, word by word, with their saliency';
    this.element.addEventListener('pointerleave', () => this.#point([]));
  }

  draw(change: SaliencyChange): void {
    const { columns, a, b } = change;
    const largest = [...a, ...b].reduce((most, { score }) => Math.max(most, Math.abs(score)), 0) || 1;
    const changes = columns.map((column) => changeIn(change, column));
    const mostChange = changes.reduce((most, by) => (Math.abs(by) > most ? Math.abs(by) : most), 0) || 1;
    this.element.classList.toggle('signed', saliencyMeasures[change.name].isSigned);
    this.#columns = columns.map((column, at) => {
      const by = changes[at];
      const place = element(
        'div',
        `aligned-column ${column.kind}`,
        ...cellsOf(change, column, largest),
        changeCell(by, mostChange),
      );
      place.role = 'listitem';
      place.tabIndex = at === 0 ? 0 : -1;
      place.ariaLabel = describe(change, column, by);
      place.title = place.ariaLabel;
      const units = (['a', 'b'] as const).flatMap((side): PointedUnit[] =>
        column[side] < 0 ? [] : [{ side, token: change[side][column[side]].token }],
      );
      place.addEventListener('pointerenter', () => this.#point(units));
      place.addEventListener('focus', () => this.#point(units));
      place.addEventListener('keydown', (event) => this.#onKey(event, at));
      return { units, column: place };
    });
    this.element.replaceChildren(...this.#columns.map(({ column }) => column));
  }

  /** Marks the column of a token. */
  mark(pointed: PointedUnit | undefined): void {
    for (const { units, column } of this.#columns) {
      const isHere =
        pointed !== undefined &&
        units.some(({ side, token }) => side === pointed.side && token === pointed.token);
      column.classList.toggle('hovered', isHere);
    }
  }

  #onKey(event: KeyboardEvent, at: number): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = this.#columns.at(at + step);
    if (step === 0 || at + step < 0 || !next) return;
    event.preventDefault();
    this.#columns[at].column.tabIndex = -1;
    next.column.tabIndex = 0;
    next.column.focus();
  }
}

/** Word and bar of A above those of B; a place without a word stays empty. */
function cellsOf(change: SaliencyChange, column: Column, largest: number): HTMLElement[] {
  return (['a', 'b'] as const).map((side) => {
    const unit = column[side] < 0 ? undefined : change[side][column[side]];
    const bar = element('span', 'aligned-bar');
    bar.style.height = `${((100 * Math.abs(unit?.score ?? 0)) / largest).toFixed(1)}%`;
    bar.style.backgroundColor = sidePaint[side];
    bar.hidden = unit === undefined;
    bar.classList.toggle('negative', (unit?.score ?? 0) < 0);
    const label = unit
      ? element('span', 'aligned-word', unit.label)
      : element('span', 'aligned-word none', '–');
    return element('span', `aligned-cell side-${side}`, element('span', 'aligned-track', bar), label);
  });
}

function changeCell(by: number, most: number): HTMLElement {
  const share = Math.abs(by) / most;
  const value = element('span', 'aligned-change', Number.isNaN(by) ? '' : signedDigits(by));
  // Small changes step back, so that the large ones are found at a glance.
  if (share < 0.1) value.classList.add('faint');
  if (share > 0.5) value.classList.add('strong');
  return value;
}

function describe(change: SaliencyChange, { a, b, kind }: Column, by: number): string {
  const [before, after] = [a < 0 ? undefined : change.a[a], b < 0 ? undefined : change.b[b]];
  if (before && after) {
    const word = kind === 'changed' ? `${before.label}, in B ${after.label}` : before.label;
    return `${word}: ${twoDigits(before.score)} in A, ${twoDigits(after.score)} in B, ${signedDigits(by)}`;
  }
  if (after) return `${after.label}, inserted: ${twoDigits(after.score)} in B`;
  return `${before?.label ?? ''}, removed: ${twoDigits(before?.score ?? NaN)} in A`;
}
