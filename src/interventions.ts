import { InterventionHistory, sameInterventions, type ModelChanges } from './interventionHistory';
import type { AttentionEdit, EditedTokens } from './protocol/edits';
import type { HeadRef, Inspection } from './protocol/inspection';
import type { Subject } from './subject';

/** What interventions are made in. */
interface Inspected {
  /** What is inspected, or will be when the run under way has ended. */
  subject(): Subject | undefined;
  /** The inspection that the user sees. */
  inspection(): Inspection | undefined;
  again(changes: Partial<Subject>): Promise<void>;
}

/** Changes of the model that the user makes: heads off and attention edited, with the way back. */
export class Interventions {
  readonly #inspected: Inspected;
  readonly #history = new InterventionHistory();

  constructor(inspected: Inspected) {
    this.#inspected = inspected;
  }

  /** What is changed, or will be when the run under way has ended. */
  get now(): ModelChanges {
    const { ablate, edits, editedTokens } = this.#inspected.subject() ?? nothing;
    return { ablate, edits, editedTokens };
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  /** Inspects with these heads off and all others on. */
  switchHeads(heads: readonly HeadRef[]): Promise<void> {
    return this.#change({ ...this.now, ablate: heads });
  }

  /** Inspects with these edits of attention and no others. @param edits of tokens of the inspection that the user sees */
  editAttention(edits: readonly AttentionEdit[]): Promise<void> {
    const inspection = this.#inspected.inspection();
    return this.#change({ ...this.now, edits, editedTokens: inspection && tokensOf(inspection) });
  }

  /** Inspects with the model as it is. */
  reset(): Promise<void> {
    return this.#change({});
  }

  async undo(): Promise<void> {
    await this.#make(this.#history.undo(this.now));
  }

  async redo(): Promise<void> {
    await this.#make(this.#history.redo(this.now));
  }

  /** Another text or model: there is no way back to what was changed in the last one. */
  forget(): void {
    this.#history.clear();
  }

  /** The subject with the edits that were made, which are fewer than were asked for where their tokens are gone. */
  made(subject: Subject, inspection: Inspection): Subject {
    const { edits: asked = [] } = subject;
    if (asked.length === 0) return subject;
    const { edits = [] } = inspection;
    if (edits.length < asked.length) this.#history.remember(subject);
    return edits.length > 0
      ? { ...subject, edits, editedTokens: tokensOf(inspection) }
      : { ...subject, edits: undefined, editedTokens: undefined };
  }

  async #change(wanted: ModelChanges): Promise<void> {
    const { now } = this;
    if (sameInterventions(wanted, now)) return;
    this.#history.remember(now);
    await this.#make(wanted);
  }

  async #make(wanted: ModelChanges | undefined): Promise<void> {
    if (!wanted) return;
    const { ablate = [], edits = [], editedTokens } = wanted;
    await this.#inspected.again({
      ablate: ablate.length > 0 ? ablate : undefined,
      edits: edits.length > 0 ? edits : undefined,
      editedTokens: edits.length > 0 ? editedTokens : undefined,
    });
  }
}

const nothing: ModelChanges = {};

/** A subject in whose model nothing is changed. */
export const withoutChanges: Partial<Subject> = {
  ablate: undefined,
  edits: undefined,
  editedTokens: undefined,
};

/** The tokens that edits of an inspection number. */
function tokensOf({ tokens, pair }: Inspection): EditedTokens {
  return { tokens: Array.from(tokens.ids), ...(pair ? { pair: Array.from(pair.ids) } : {}) };
}
