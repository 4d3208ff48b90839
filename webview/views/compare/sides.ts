import type { Inspection } from '../../../src/protocol/inspection';
import type { PinList } from '../../../src/protocol/pins';
import type { ViewContext } from '../../view';
import type { SideName } from './paints';

/** What stands on a side: a pin's id, or what is shown at the moment. */
export type SideKey = string;
export const shownKey: SideKey = 'shown';

export interface SideChoice {
  readonly value: SideKey;
  readonly label: string;
}

/** Which two inspections are chosen; empty strings leave the choice to {@link chosenSides}. */
export type Chosen = Readonly<Record<SideName, SideKey>>;

/** Everything that can stand on a side: pins by name, and what is shown unless it is one of them. */
export function sideChoices(pins: PinList | undefined, shown: Inspection | undefined): SideChoice[] {
  const list = pins?.pins ?? [];
  const choices = list.map(({ id, name, detail }) => ({ value: id, label: `${name} · ${detail}` }));
  const isPinned = shown !== undefined && list.some(({ inspection }) => inspection === shown.id);
  return shown && !isPinned
    ? [...choices, { value: shownKey, label: `Shown now · ${shown.model.name}` }]
    : choices;
}

/** The chosen sides as far as they still exist, else the newest pin and what is shown, else the two newest pins. */
export function chosenSides(wanted: Chosen, choices: readonly SideChoice[]): Chosen | undefined {
  const keys = choices.map(({ value }) => value);
  const exists = (key: SideKey): boolean => keys.includes(key);
  const others = (than: SideKey): SideKey[] => keys.filter((key) => key !== than);
  const isLeft = (key: SideKey): boolean => key !== shownKey;
  const a = exists(wanted.a) ? wanted.a : (others(wanted.b).find(isLeft) ?? keys.at(0));
  if (a === undefined) return undefined;
  const b =
    exists(wanted.b) && wanted.b !== a
      ? wanted.b
      : (others(a).find((key) => key === shownKey) ?? others(a).at(0));
  return b === undefined ? undefined : { a, b };
}

/** Fetches the inspections of pins, each once. */
export class PinnedInspections {
  readonly #host: ViewContext['host'];
  readonly #fetched = new Map<string, Promise<Inspection>>();

  constructor(host: ViewContext['host']) {
    this.#host = host;
  }

  /** A failure is forgotten, so that the next asking tries again. */
  get(pin: string): Promise<Inspection> {
    let fetched = this.#fetched.get(pin);
    if (!fetched) {
      fetched = this.#host.pinned(pin);
      this.#fetched.set(pin, fetched);
      fetched.catch(() => this.#fetched.delete(pin));
    }
    return fetched;
  }
}
