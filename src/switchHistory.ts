import type { HeadRef } from './protocol/inspection';

/** Heads that are off together. */
export type HeadsOff = readonly HeadRef[];

/** What was off before, and after what was taken back; what is off now is somebody else's to know. */
export class SwitchHistory {
  #past: HeadsOff[] = [];
  #future: HeadsOff[] = [];

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Other heads are about to be off than `now`. */
  remember(now: HeadsOff): void {
    this.#past.push(now);
    this.#future = [];
  }

  /** The heads that were off before `now`; undefined where nothing else is known. */
  undo(now: HeadsOff): HeadsOff | undefined {
    return step(this.#past, this.#future, now);
  }

  /** The heads that were off before `now` was gone back to. */
  redo(now: HeadsOff): HeadsOff | undefined {
    return step(this.#future, this.#past, now);
  }

  clear(): void {
    this.#past = [];
    this.#future = [];
  }
}

/** A switching that failed has left two equal sets in a row: those are one step. */
function step(from: HeadsOff[], to: HeadsOff[], now: HeadsOff): HeadsOff | undefined {
  for (let heads = from.pop(); heads !== undefined; heads = from.pop()) {
    if (sameHeads(heads, now)) continue;
    to.push(now);
    return heads;
  }
  return undefined;
}

/** Whether two sets of heads are equal, in whatever order. */
export function sameHeads(a: HeadsOff, b: HeadsOff): boolean {
  const names = (heads: HeadsOff) =>
    heads.map(({ block, layer, head }) => `${block} ${layer}.${head}`).sort();
  return names(a).join() === names(b).join();
}
