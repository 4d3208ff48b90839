import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { ask, type Asked } from '../asked';
import { UserError } from '../engine/errors';
import type { CallOptions, EngineClient } from '../engineClient';
import type { Shown } from '../inspections';
import type { ChosenModel } from '../models/chosenModel';
import type { Inspection } from '../protocol/inspection';
import type { PinList } from '../protocol/pins';
import type { Subject } from '../subject';
import { pinDetail, pinName } from './pinName';

/** What of a pin outlives a reload: enough to make the same inspection again. */
export interface Pin {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly asked: Asked;
  /** Where its text is from. */
  readonly subject: Subject;
}

/** An inspection of a pin that was made in this session. */
interface Made {
  readonly inspection: Promise<Inspection>;
  /** Known as soon as it is there. */
  id?: string;
  /** Lets the engine's client forget it. */
  release?: () => void;
}

const pinsKey = 'headlight.pins';
/** Requests hold whole texts, and the workspace's state is read at every start. */
const mostPins = 50;

/** Inspections that are kept for comparison, over reloads too; after one they are made again when they are looked at. */
export class Pins implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #engine: EngineClient;
  readonly #model: ChosenModel;
  readonly #changed = new vscode.EventEmitter<PinList>();
  readonly #made = new Map<string, Made>();
  #pins: readonly Pin[];
  #asked: PinList['asked'];

  readonly onDidChange = this.#changed.event;

  constructor(context: vscode.ExtensionContext, engine: EngineClient, model: ChosenModel) {
    this.#context = context;
    this.#engine = engine;
    this.#model = model;
    this.#pins = context.workspaceState.get<readonly Pin[]>(pinsKey) ?? [];
  }

  get all(): readonly Pin[] {
    return this.#pins;
  }

  get list(): PinList {
    return {
      pins: this.#pins.map(({ id, name, detail }) => ({
        id,
        name,
        detail,
        inspection: this.#made.get(id)?.id,
      })),
      asked: this.#asked,
    };
  }

  /** The pin of an inspection that was made in this session. */
  of(inspection: Inspection): Pin | undefined {
    return this.#pins.find(({ id }) => this.#made.get(id)?.id === inspection.id);
  }

  /**
   * Pins what is shown; what is pinned already is pinned once.
   * @throws UserError where there are too many
   */
  add({ inspection, asked, subject }: Shown): Pin {
    const known = this.of(inspection);
    if (known) return known;
    if (this.#pins.length >= mostPins)
      throw new UserError(`There are ${mostPins} pinned inspections already. Remove one of them first.`);
    const pin: Pin = {
      id: randomUUID(),
      name: pinName(inspection),
      detail: pinDetail(inspection),
      asked,
      subject,
    };
    this.#made.set(pin.id, {
      inspection: Promise.resolve(inspection),
      id: inspection.id,
      release: this.#engine.keep(inspection.id),
    });
    this.#change([pin, ...this.#pins]);
    return pin;
  }

  rename(pin: string, name: string): void {
    this.#change(this.#pins.map((one) => (one.id === pin ? { ...one, name } : one)));
  }

  remove(pin: string): void {
    this.#made.get(pin)?.release?.();
    this.#made.delete(pin);
    if (this.#asked?.pin === pin) this.#asked = undefined;
    this.#change(this.#pins.filter(({ id }) => id !== pin));
  }

  /** Tells the views that the user wants to see this pin beside something else. */
  compare(pin: string): void {
    this.#asked = { pin, count: (this.#asked?.count ?? 0) + 1 };
    this.#changed.fire(this.list);
  }

  /**
   * The inspection of a pin, made again where this session has not made it yet.
   * @throws UserError where there is no such pin, or what the engine says
   */
  inspectionOf(pin: string, options: CallOptions = {}): Promise<Inspection> {
    const known = this.#made.get(pin);
    if (known) return known.inspection;
    const found = this.#pins.find(({ id }) => id === pin);
    if (!found)
      return Promise.reject(new UserError('This inspection is not pinned any more. Choose another.'));
    const made: Made = { inspection: this.#make(found, options) };
    this.#made.set(pin, made);
    made.inspection.then(
      ({ id }) => {
        if (this.#made.get(pin) !== made) return;
        made.id = id;
        made.release = this.#engine.keep(id);
        this.#changed.fire(this.list);
      },
      () => this.#made.get(pin) === made && this.#made.delete(pin),
    );
    return made.inspection;
  }

  dispose(): void {
    for (const { release } of this.#made.values()) release?.();
    this.#changed.dispose();
  }

  async #make({ asked }: Pin, options: CallOptions): Promise<Inspection> {
    if ('inspect' in asked) this.#model.requireTrust(asked.inspect.model);
    return ask(this.#engine, asked, options);
  }

  #change(pins: readonly Pin[]): void {
    this.#pins = pins;
    void this.#context.workspaceState.update(pinsKey, pins);
    this.#changed.fire(this.list);
  }
}
