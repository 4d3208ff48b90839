import type { AttentionEdit } from '../src/protocol/edits';
import type { DataSetState } from '../src/protocol/dataSetView';
import type { Progress } from '../src/protocol/engine';
import type { HeadMeasurement, HeadRef, Inspection } from '../src/protocol/inspection';
import { withMeasurement } from '../src/protocol/measured';
import type { PinList } from '../src/protocol/pins';
import type { Selection, ViewSettings } from '../src/protocol/view';

/** Everything that a view draws, besides what it keeps for itself. */
export interface State {
  readonly inspection?: Inspection;
  readonly selection: Selection;
  readonly settings: ViewSettings;
  /** What the engine is doing; the last picture stays meanwhile. */
  readonly busy?: Progress;
  /** What of the heads is being measured; the inspection gets it when it is done. */
  readonly measuring?: Progress;
  /** A sentence for the user; the last picture stays. */
  readonly failure?: string;
  /** Absent where nothing can be pinned. */
  readonly pins?: PinList;
  /** Interventions that were asked for and have no answer yet: they show at once, and the next ones add to them. */
  readonly asked?: { readonly heads?: readonly HeadRef[]; readonly edits?: readonly AttentionEdit[] };
  /** The data set that is open. */
  readonly dataSet?: DataSetState;
}

export type Changed = ReadonlySet<keyof State>;
export type Listener = (changed: Changed) => void;

/** Where a view's own state survives reloads: VS Code keeps one JSON value per webview. */
export interface Memory {
  getState(): unknown;
  setState(state: unknown): void;
}

/** A value of one view's own (a threshold, a chosen layout) that survives reloads. Must be JSON. */
export interface ViewState<T> {
  value: T;
}

/** The one state of a webview. Views read it and are told which keys changed; nobody else holds a copy. */
export class ViewStore {
  #state: State;
  readonly #listeners = new Set<Listener>();
  readonly #memory: Memory;
  readonly #announce: (selection: Selection) => void;

  /**
   * @param announce tells the extension host of a selection made here, so that the other views and the editor follow.
   */
  constructor(initial: State, memory: Memory, announce: (selection: Selection) => void) {
    this.#state = initial;
    this.#memory = memory;
    this.#announce = announce;
  }

  get inspection(): Inspection | undefined {
    return this.#state.inspection;
  }

  get selection(): Selection {
    return this.#state.selection;
  }

  get settings(): ViewSettings {
    return this.#state.settings;
  }

  get busy(): Progress | undefined {
    return this.#state.busy;
  }

  get measuring(): Progress | undefined {
    return this.#state.measuring;
  }

  get pins(): PinList | undefined {
    return this.#state.pins;
  }

  get asked(): State['asked'] {
    return this.#state.asked;
  }

  get failure(): string | undefined {
    return this.#state.failure;
  }

  get dataSet(): DataSetState | undefined {
    return this.#state.dataSet;
  }

  /** Calls `listener` after every change, with the keys whose value is another one now. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what the extension host says. Keys that are present and undefined are cleared. */
  update(told: Partial<State>): void {
    // What was asked for is answered: by an inspection, or by the end of the run.
    const isAnswered = told.inspection !== undefined || ('busy' in told && told.busy === undefined);
    const partial: Partial<State> = isAnswered && this.#state.asked ? { ...told, asked: undefined } : told;
    const next: State = { ...this.#state, ...partial };
    const changed = new Set<keyof State>();
    for (const key of Object.keys(partial) as (keyof State)[]) {
      if (!sameValue(next[key], this.#state[key])) changed.add(key);
    }
    this.#state = next;
    if (changed.size === 0) return;
    for (const listener of [...this.#listeners]) listener(changed);
  }

  /**
   * Takes over further measures of heads where their inspection is still shown. It stays the same inspection: only what is
   * being measured counts as changed.
   */
  addMeasurement(inspection: string, measurement: HeadMeasurement): void {
    const shown = this.#state.inspection;
    if (shown?.id !== inspection) return;
    this.#state = { ...this.#state, inspection: withMeasurement(shown, measurement) };
    for (const listener of [...this.#listeners]) listener(new Set(['measuring']));
  }

  /** Changes the selection here and everywhere else. Keys that are present and undefined are cleared. */
  select(partial: Partial<Selection>): void {
    const next: Selection = { ...this.#state.selection, ...partial };
    if (sameValue(next, this.#state.selection)) return;
    this.update({ selection: next });
    this.#announce(next);
  }

  /**
   * A value that survives reloads, e.g. `store.viewState('graph.threshold', 0.1)`. A stored value of another type than
   * the default is from an older version and is ignored.
   */
  viewState<T>(key: string, initial: T): ViewState<T> {
    const memory = this.#memory;
    return {
      get value(): T {
        const stored = memoryRecord(memory)[key];
        return stored !== undefined && typeof stored === typeof initial ? (stored as T) : initial;
      },
      set value(value: T) {
        memory.setState({ ...memoryRecord(memory), [key]: value });
      },
    };
  }
}

function memoryRecord(memory: Memory): Readonly<Record<string, unknown>> {
  const state = memory.getState();
  return typeof state === 'object' && state !== null ? (state as Record<string, unknown>) : {};
}

/** Equality by content for selections, by identity for everything big. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isSmallRecord(a) || !isSmallRecord(b)) return false;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function isSmallRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !('tokens' in value);
}

/** Keys in one order and without the undefined ones, so that `{head}` and `{relation: undefined, head}` are equal. */
function sorted(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => a.localeCompare(b));
}
