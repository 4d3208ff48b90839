import * as vscode from 'vscode';
import { patience } from './lateProgress';
import type { Progress } from './protocol/engine';

/** What is being done for the user, as it is told to the views and the status bar. */
export class RunProgress implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Progress | undefined>();
  /** What is told. */
  #told?: Progress;
  #step?: Progress;
  #timer?: NodeJS.Timeout;

  /** Something is being done; undefined: nothing any more. */
  readonly onDidChange = this.#changed.event;

  get current(): Progress | undefined {
    return this.#told;
  }

  /** @param isPatient nobody asked with a command: what is over in an instant is not told, signs would only flicker at every keystroke */
  begin(step: Progress, isPatient: boolean): void {
    this.#step = step;
    if (!isPatient) this.#tellNow();
    else if (this.#told) this.#tell(step);
    else this.#timer ??= setTimeout(() => this.#tellNow(), patience);
  }

  report(step: Progress): void {
    this.#step = step;
    if (this.#told) this.#tell(step);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#step = undefined;
    if (this.#told) this.#tell(undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }

  #tellNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(this.#step);
  }

  #tell(step: Progress | undefined): void {
    this.#told = step;
    this.#changed.fire(step);
  }
}
