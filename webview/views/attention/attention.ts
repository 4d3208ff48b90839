import type { Pen } from '../../marks/pen';
import './attention.css';
import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import type { Tensor } from '../../../src/protocol/tensor';
import { dropdown } from '../../controls';
import { element, setText } from '../../element';
import { WeightEditor } from '../../interventions/editor';
import { headName } from '../../marks/names';
import { headColour } from '../../marks/relations';
import { Sheet, type SheetView } from '../../marks/sheet';
import { readTheme } from '../../marks/theme';
import { rowOf, tokenLabels } from '../../marks/tokenLabels';
import { blockOf, shownHeads } from '../../shownHeads';
import { weightSlider } from '../../slider';
import type { Changed } from '../../store';
import type { CreateView, View, ViewContext } from '../../view';
import { type Bar, type ColumnRow, rowHeight, rowsInView, TokenColumn } from './column';
import { editsInWords } from './edited';
import { HeadBar } from './headBar';
import {
  drawLines,
  filteredTokens,
  isPair,
  type Lines,
  linesOf,
  type PairFilter,
  pairFilters,
  type Pointed,
} from './lines';

/** Everything that is drawn now. */
interface Shown {
  readonly inspection: Inspection;
  readonly heads: readonly HeadRef[];
  readonly attentions: readonly Tensor[];
  readonly lines: readonly Lines[];
  readonly queries: readonly number[];
  readonly keys: readonly number[];
  readonly queryLabels: readonly string[];
  readonly keyLabels: readonly string[];
}

const defaultThreshold = 0.02;

/** BertViz's head view: queries at the left, keys at the right, a line for every weight, a colour for every head. */
export const createAttention: CreateView = (root, context) => new AttentionView(root, context);

class AttentionView implements View {
  readonly #context: ViewContext;
  readonly #bar: HeadBar;
  readonly #filter;
  readonly #filterChoice;
  readonly #threshold;
  readonly #slider;
  readonly #sheet: Sheet;
  readonly #queries: TokenColumn;
  readonly #keys: TokenColumn;
  readonly #sentence = element('p', 'attention-sentence');
  readonly #notice = element('p', 'notice');
  readonly #editor: WeightEditor;
  #shown: Shown | undefined;
  #pointed: Pointed | undefined;
  #drawing = 0;

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    const { store } = context;
    this.#filterChoice = store.viewState<PairFilter>('attention.filter', 'all');
    this.#threshold = store.viewState('attention.threshold', defaultThreshold);
    root.classList.add('attention');
    this.#bar = new HeadBar({ choose: ([head, ...compared]) => store.select({ head, compared }) });
    this.#filter = dropdown<PairFilter>('From which text to which', (value) => {
      this.#filterChoice.value = value;
      void this.#fetch();
    });
    this.#slider = weightSlider('Weights from which on a line is drawn', (value) => {
      this.#threshold.value = value;
      void this.#fetch();
    });
    const lines = element('span', 'control-group', element('span', 'muted', 'lines ≥'), this.#slider.element);
    const toolbar = element('div', 'attention-toolbar', this.#bar.element, this.#filter.element, lines);
    const events = {
      point: (pointed: Pointed | undefined) => this.#point(pointed, true),
      choose: (pointed: Pointed) => this.#choose(pointed),
      edit: (pointed: Pointed, line: HTMLElement) => this.#edit(pointed, line),
      move: (to: Pointed) => this.#move(to),
    };
    this.#queries = new TokenColumn('query', events);
    this.#keys = new TokenColumn('key', events);
    this.#sheet = new Sheet((canvas, view) => this.#draw(canvas, view));
    this.#sheet.content.append(this.#queries.element, this.#keys.element);
    const heading = element(
      'div',
      'attention-heading',
      element('span', '', 'query'),
      element('span', '', 'key'),
    );
    root.append(toolbar, this.#notice, heading, this.#sheet.element, this.#sentence);
    this.#editor = new WeightEditor(root, context);
  }

  render(changed: Changed): void {
    const { hoveredToken, token } = this.#context.store.selection;
    if (changed.has('inspection') || changed.has('settings') || this.#headsChanged()) void this.#fetch();
    if (changed.has('asked') || changed.has('inspection')) {
      this.#editor.draw();
      this.#sheet.redraw();
    }
    if (changed.has('selection')) {
      const shown = this.#pointed && this.#tokenAt(this.#pointed);
      if (hoveredToken !== shown) this.#point(this.#placeOf(hoveredToken), false);
      if (token !== undefined) this.#sheet.redraw();
    }
  }

  dispose(): void {
    this.#sheet.dispose();
    this.#editor.dispose();
  }

  #headsChanged(): boolean {
    const { inspection, selection } = this.#context.store;
    if (!inspection || !this.#shown) return true;
    return JSON.stringify(shownHeads(inspection, selection)) !== JSON.stringify(this.#shown.heads);
  }

  async #fetch(): Promise<void> {
    const mine = ++this.#drawing;
    const { store, attention } = this.#context;
    const { inspection } = store;
    if (!inspection) return;
    const selected = shownHeads(inspection, store.selection);
    const block = selected.length > 0 ? blockOf(inspection, selected[0]) : undefined;
    if (!block) return;
    // Heads of blocks with other tokens cannot stand between the same two columns.
    const heads = selected.filter((head) => {
      const other = blockOf(inspection, head);
      return other?.queries === block.queries && other.keys === block.keys;
    });
    const here = heads.map((head) => attention.peek(head, 'token'));
    try {
      const attentions = here.every((one) => one !== undefined)
        ? here
        : await Promise.all(heads.map((head) => attention.get(head, 'token')));
      if (mine === this.#drawing) this.#show(inspection, heads, attentions, block.queries, block.keys);
    } catch (error) {
      this.#notice.hidden = false;
      setText(this.#notice, error instanceof Error ? error.message : String(error));
    }
  }

  #show(
    inspection: Inspection,
    heads: readonly HeadRef[],
    attentions: readonly Tensor[],
    querySide: 'tokens' | 'pair',
    keySide: 'tokens' | 'pair',
  ): void {
    const { settings } = this.#context.store;
    const [queryRow, keyRow] = [rowOf(inspection, querySide), rowOf(inspection, keySide)];
    const pair = isPair(queryRow) && isPair(keyRow);
    const filter = pair ? this.#filterChoice.value : 'all';
    const queries = filteredTokens(queryRow, filter, 'query');
    const keys = filteredTokens(keyRow, filter, 'key');
    const threshold = this.#threshold.value;
    const labels = (side: 'tokens' | 'pair', tokens: readonly number[]) => {
      const all = tokenLabels(inspection, side);
      return tokens.map((token) => all[token]);
    };
    this.#shown = {
      inspection,
      heads,
      attentions,
      lines: attentions.map((one) => linesOf(one, queries, keys, threshold)),
      queries,
      keys,
      queryLabels: labels(querySide, queries),
      keyLabels: labels(keySide, keys),
    };
    this.#notice.hidden = true;
    this.#bar.show(inspection.blocks, heads, settings.countFrom);
    this.#filter.element.hidden = !pair;
    this.#filter.show(
      pairFilters.map((value) => ({ value, label: value === 'all' ? 'both texts' : value })),
      filter,
    );
    this.#slider.show(threshold, twoDigits(threshold));
    this.#sheet.size(0, Math.max(queries.length, keys.length) * rowHeight);
    this.#point(this.#placeOf(this.#context.store.selection.hoveredToken), false);
    this.#sheet.drawNow();
  }

  #draw(canvas: Pen, { top, height }: SheetView): void {
    const shown = this.#shown;
    if (!shown) return;
    const window = { first: top / rowHeight - 1, last: (top + height) / rowHeight };
    this.#queries.draw(this.#rows('query', window), shown.queries.length);
    this.#keys.draw(this.#rows('key', window), shown.keys.length);
    const [x0, x1] = [
      this.#queries.element.offsetWidth + 4,
      this.#sheet.canvas.offsetWidth - this.#keys.element.offsetWidth - 4,
    ];
    const { kind } = readTheme(document);
    shown.lines.forEach((lines, i) => {
      // Heads are drawn a little apart, so that none hides another.
      const shift = (i - (shown.lines.length - 1) / 2) * Math.min(3, 12 / shown.lines.length);
      const y = (row: number) => (row + 0.5) * rowHeight - top + shift;
      drawLines(canvas, lines, headColour(i, kind), x0, x1, y, window, this.#pointed);
    });
  }

  #rows(side: Pointed['side'], window: { first: number; last: number }): ColumnRow[] {
    const shown = this.#shown;
    if (!shown) return [];
    const { inspection } = shown;
    const block = blockOf(inspection, shown.heads[0]);
    const [tokens, labels] =
      side === 'query' ? [shown.queries, shown.queryLabels] : [shown.keys, shown.keyLabels];
    const sideRow = (side === 'query' ? block?.queries : block?.keys) ?? 'tokens';
    const row = rowOf(inspection, sideRow);
    const pointed = this.#pointed;
    const { token: selected } = this.#context.store.selection;
    const { kind } = readTheme(document);
    return rowsInView(tokens.length, window).map((at): ColumnRow => {
      const across = pointed !== undefined && pointed.side !== side;
      const weights = across
        ? shown.attentions.map((_, i) =>
            this.#weight(i, side === 'query' ? at : pointed.row, side === 'query' ? pointed.row : at),
          )
        : [];
      const bars = weights.map((weight, i): Bar => ({ weight, colour: headColour(i, kind) }));
      const largest = Math.max(0, ...weights);
      return {
        row: at,
        token: tokens[at],
        label: labels[at],
        special: row.special[tokens[at]] === 1,
        pointed: pointed?.side === side && pointed.row === at,
        selected: sideRow === 'tokens' && selected === tokens[at],
        bars,
        number:
          across && largest >= 0.005
            ? weights.map((weight) => weight.toFixed(2).replace(/^0/, '')).join(' ')
            : '',
        edited: editsInWords(this.#context.store, shown.heads, side, tokens[at]),
        description: this.#describe({ side, row: at }),
      };
    });
  }

  #weight(head: number, queryRow: number, keyRow: number): number {
    const shown = this.#shown;
    const attention = shown?.attentions[head];
    return shown && attention
      ? attention.data[shown.queries[queryRow] * attention.dims[1] + shown.keys[keyRow]]
      : 0;
  }

  /** `fox attends most to jumps 0.62, the 0.10` */
  #describe({ side, row }: Pointed): string {
    const shown = this.#shown;
    if (!shown) return '';
    const [labels, others] =
      side === 'query' ? [shown.queryLabels, shown.keyLabels] : [shown.keyLabels, shown.queryLabels];
    const strongest = others
      .map((label, other) => ({
        label,
        weight: side === 'query' ? this.#weight(0, row, other) : this.#weight(0, other, row),
      }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 3)
      .map(({ label, weight }) => `${label} ${twoDigits(weight)}`);
    const verb = side === 'query' ? 'attends most to' : 'is attended to most by';
    return `${labels[row]} ${verb} ${strongest.join(', ')}`;
  }

  #point(pointed: Pointed | undefined, announce: boolean): void {
    this.#pointed = pointed;
    this.#sheet.redraw();
    const { store } = this.#context;
    const names = (this.#shown?.heads ?? []).map((head) => headName(head, store.settings.countFrom));
    const title = names.length > 1 ? `Heads ${names.join(', ')}` : `Head ${names.join()}`;
    setText(this.#sentence, pointed ? `Head ${names[0]}: ${this.#describe(pointed)}` : title);
    if (announce) store.select({ hoveredToken: pointed && this.#tokenAt(pointed) });
  }

  #choose(pointed: Pointed): void {
    const token = this.#tokenAt(pointed);
    if (token === undefined) return;
    this.#context.store.select({ token });
    this.#context.host.revealToken(token);
  }

  /**
   * Of a query the edge to the key that it attends to most; of a key the edge from the token selected, where there is one, or its whole
   * column. The first head is the one that is edited.
   */
  #edit({ side, row }: Pointed, line: HTMLElement): void {
    const shown = this.#shown;
    if (!shown) return;
    const { queries, keys, queryLabels, keyLabels, heads, inspection } = shown;
    const { token: selected } = this.#context.store.selection;
    const isSelf = blockOf(inspection, heads[0])?.queries === 'tokens';
    const strongest = () =>
      keys.reduce((best, _, key) => (this.#weight(0, row, key) > this.#weight(0, row, best) ? key : best), 0);
    const query = side === 'query' ? row : isSelf && selected !== undefined ? queries.indexOf(selected) : -1;
    const key = side === 'query' ? strongest() : row;
    const picked = { head: heads[0], key: { tokens: [keys[key]], label: keyLabels[key] } };
    const edge =
      query < 0
        ? {}
        : {
            query: { tokens: [queries[query]], label: queryLabels[query] },
            weight: this.#weight(0, query, key),
          };
    this.#editor.open({ ...picked, ...edge }, line.getBoundingClientRect(), line);
  }

  #move(to: Pointed): void {
    const count = to.side === 'query' ? this.#shown?.queries.length : this.#shown?.keys.length;
    const row = Math.min(to.row, (count ?? 1) - 1);
    const { top, height } = this.#sheet.view;
    const y = row * rowHeight;
    if (y < top) this.#sheet.element.scrollTop = y;
    else if (y + rowHeight > top + height) this.#sheet.element.scrollTop = y + rowHeight - height;
    this.#sheet.drawNow();
    (to.side === 'query' ? this.#queries : this.#keys).focus(row);
  }

  /** The token of the main text at a place; undefined where the column is of the second text. */
  #tokenAt({ side, row }: Pointed): number | undefined {
    const shown = this.#shown;
    const block = shown && blockOf(shown.inspection, shown.heads[0]);
    if (!shown || (side === 'query' ? block?.queries : block?.keys) !== 'tokens') return undefined;
    return (side === 'query' ? shown.queries : shown.keys)[row];
  }

  /** Where a token of the main text stands: among the queries, else among the keys. */
  #placeOf(token: number | undefined): Pointed | undefined {
    const shown = this.#shown;
    const block = shown && blockOf(shown.inspection, shown.heads[0]);
    if (token === undefined || !shown || !block) return undefined;
    const query = block.queries === 'tokens' ? shown.queries.indexOf(token) : -1;
    if (query >= 0) return { side: 'query', row: query };
    const key = block.keys === 'tokens' ? shown.keys.indexOf(token) : -1;
    return key >= 0 ? { side: 'key', row: key } : undefined;
  }
}
