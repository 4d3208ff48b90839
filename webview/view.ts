import type { HostCalls, SavedFile } from '../src/protocol/view';
import type { AttentionCache } from './attention';
import type { Runs } from './runs';
import type { Changed, ViewStore } from './store';

/** What every view is given. */
export interface ViewContext {
  readonly store: ViewStore;
  readonly host: HostCalls;
  readonly attention: AttentionCache;
  readonly runs: Runs;
}

/** One drawn view. `render` is called first with all keys, then once per frame with those that changed. */
export interface View {
  render(changed: Changed): void;
  /** Hands what is shown to the host; views of an inspection leave it to what knows inspections. */
  save?(format: SavedFile['extension']): void;
  dispose(): void;
}

/** Builds a view inside `root`, an empty element of the view's own. Nothing is drawn before the first `render`. */
export type CreateView = (root: HTMLElement, context: ViewContext) => View;
