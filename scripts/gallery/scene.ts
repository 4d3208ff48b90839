import type { Workbench, WorkbenchOptions } from '../../test/workbench/driver/workbench';

/** Something to look at: a view in a state. */
export interface Scene {
  readonly name: string;
  /** Brings the window there from where the scene before it has left it. */
  readonly prepare: (workbench: Workbench) => Promise<void>;
  /** Leaves the window so that the next scene can begin. */
  readonly leave?: (workbench: Workbench) => Promise<void>;
  /** What is pictured: the panel at every width, or the window with its text editor. */
  readonly of?: 'panel' | 'window';
}

/** Scenes that one window shows, one after the other. */
export interface Visit {
  readonly name: string;
  readonly options: WorkbenchOptions;
  readonly scenes: readonly Scene[];
}
