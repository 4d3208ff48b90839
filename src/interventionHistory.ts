import type { AttentionEdit, EditedTokens } from './protocol/edits';
import { sameEdits } from './protocol/edits';
import { sameHead } from './protocol/heads';
import type { HeadRef } from './protocol/inspection';

/** What is changed inside the model: heads that are off, and attention that is edited. */
export interface ModelChanges {
  readonly ablate?: readonly HeadRef[];
  readonly edits?: readonly AttentionEdit[];
  /** The tokens that the edits number. */
  readonly editedTokens?: EditedTokens;
}

/** What was changed before, and after what was taken back; what is changed now is somebody else's to know. */
export class InterventionHistory {
  #past: ModelChanges[] = [];
  #future: ModelChanges[] = [];

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Something else is about to be changed than `now`. */
  remember(now: ModelChanges): void {
    this.#past.push(now);
    this.#future = [];
  }

  /** What was changed before `now`; undefined where nothing else is known. */
  undo(now: ModelChanges): ModelChanges | undefined {
    return step(this.#past, this.#future, now);
  }

  /** What was changed before `now` was gone back to. */
  redo(now: ModelChanges): ModelChanges | undefined {
    return step(this.#future, this.#past, now);
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
  }
}

/** A change that failed has left two equal states in a row: those are one step. */
function step(from: ModelChanges[], to: ModelChanges[], now: ModelChanges): ModelChanges | undefined {
  for (let other = from.pop(); other !== undefined; other = from.pop()) {
    if (sameInterventions(other, now)) continue;
    to.push(now);
    return other;
  }
  return undefined;
}

/** Whether two states are equal, in whatever order. */
export function sameInterventions(a: ModelChanges, b: ModelChanges): boolean {
  const [off, others] = [a.ablate ?? [], b.ablate ?? []];
  const areHeadsSame =
    off.length === others.length && off.every((head) => others.some((o) => sameHead(o, head)));
  return areHeadsSame && sameEdits(a.edits ?? [], b.edits ?? []);
}
