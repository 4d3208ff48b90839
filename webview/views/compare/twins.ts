import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import type { HostCalls, Selection } from '../../../src/protocol/view';
import { AttentionCache } from '../../attention';
import { mount, type Mounted } from '../../mount';
import { tokenLabels } from '../../marks/tokenLabels';
import { ViewStore, type Memory } from '../../store';
import type { CreateView, ViewContext } from '../../view';
import { element } from '../../element';
import { align, counterparts } from './alignment';
import type { Pair } from './changes';
import type { SideName } from './paints';

const sideNames = ['a', 'b'] as const;

export interface TwinsEvents {
  /** A token is pointed at in one of the views. */
  point(side: SideName, token: number | undefined): void;
  reveal(side: SideName, token: number): void;
}

/** One of the two views with a state of its own. */
interface Twin {
  readonly store: ViewStore;
  readonly attention: AttentionCache;
  readonly mounted: Mounted;
}

/**
 * The same view twice, of A and of B, for the same head. Each has a store of its own; pointing at a token in one points at its
 * counterpart in the other, where the texts have it in common.
 */
export class Twins {
  readonly element = element('div', 'compare-sides twins');
  readonly #context: ViewContext;
  readonly #events: TwinsEvents;
  readonly #memory: Memory;
  readonly #titles = { a: element('h3', 'side-title'), b: element('h3', 'side-title') };
  readonly #places: Readonly<Record<SideName, HTMLElement>>;
  #twins: Readonly<Record<SideName, Twin>> | undefined;
  #create: CreateView | undefined;
  #toOther: Readonly<Record<SideName, Int32Array>> | undefined;

  constructor(context: ViewContext, events: TwinsEvents) {
    this.#context = context;
    this.#events = events;
    const kept = context.store.viewState<object>('compare.detail', {});
    this.#memory = { getState: () => kept.value, setState: (state) => (kept.value = state as object) };
    const place = (side: SideName): HTMLElement => element('section', 'compare-side', this.#titles[side]);
    this.#places = { a: place('a'), b: place('b') };
    this.element.append(this.#places.a, this.#places.b);
  }

  /** Shows both in this view, the head being one that both have. */
  show(
    create: CreateView,
    pair: Pair,
    head: HeadRef | undefined,
    titles: Readonly<Record<SideName, string>>,
  ): void {
    for (const side of sideNames) this.#titles[side].textContent = titles[side];
    if (create !== this.#create) this.dispose();
    this.#create = create;
    const labels = sideNames.map((side) => tokenLabels(pair[side], 'tokens'));
    const columns = align(labels[0], labels[1]);
    this.#toOther = {
      a: counterparts(columns, 'a', labels[0].length),
      b: counterparts(columns, 'b', labels[1].length),
    };
    const { settings } = this.#context.store;
    const isOther = (side: SideName): boolean => this.#twins?.[side].store.inspection?.id !== pair[side].id;
    if (!this.#twins) {
      this.#twins = { a: this.#twin('a', create, pair.a, head), b: this.#twin('b', create, pair.b, head) };
      return;
    }
    for (const side of sideNames) {
      const { store } = this.#twins[side];
      store.update({
        ...(isOther(side) ? { inspection: pair[side] } : {}),
        settings,
        selection: { ...store.selection, head, compared: undefined },
      });
    }
  }

  /** Points at a token of one side, and at its counterpart. */
  point(side: SideName, token: number | undefined): void {
    const other = side === 'a' ? 'b' : 'a';
    const there = token === undefined ? -1 : (this.#toOther?.[side][token] ?? -1);
    this.#hover(side, token);
    this.#hover(other, there < 0 ? undefined : there);
  }

  dispose(): void {
    for (const side of sideNames) this.#twins?.[side].mounted.dispose();
    this.#twins = undefined;
  }

  #twin(side: SideName, create: CreateView, inspection: Inspection, head: HeadRef | undefined): Twin {
    const { settings } = this.#context.store;
    let pointed: number | undefined;
    const store = new ViewStore(
      { inspection, selection: { head }, settings },
      this.#memory,
      ({ hoveredToken }) => {
        if (hoveredToken === pointed) return;
        pointed = hoveredToken;
        this.point(side, hoveredToken);
        this.#events.point(side, hoveredToken);
      },
    );
    const attention = new AttentionCache(this.#context.host, () => store.inspection?.id);
    const host = this.#hostOf(side);
    const { runs } = this.#context;
    return { store, attention, mounted: mount(this.#places[side], create, { store, host, attention, runs }) };
  }

  #hover(side: SideName, hoveredToken: number | undefined): void {
    const store = this.#twins?.[side].store;
    if (!store || store.selection.hoveredToken === hoveredToken) return;
    const selection: Selection = { ...store.selection, hoveredToken };
    store.update({ selection });
  }

  /** What a view asks for about a side must not change what is shown elsewhere. */
  #hostOf(side: SideName): HostCalls {
    const own: Partial<HostCalls> = {
      select: () => undefined,
      switchHeads: () => undefined,
      retarget: () => undefined,
      revealToken: (token) => this.#events.reveal(side, token),
    };
    return new Proxy(this.#context.host, {
      get: (host, name: keyof HostCalls) => own[name] ?? host[name],
    });
  }
}
