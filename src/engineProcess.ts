import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { EngineEvents } from './protocol/engine';
import { connectToEngine } from './protocol/rpc';
import type { Connection, EngineProcessCalls, EngineStart } from './protocol/rpc';

/** How an engine process came to its end. */
export interface EngineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its last words on standard error. */
  readonly stderr: string;
}

/** How an engine process is started. */
export interface EngineProgram {
  /** The script: `dist/engine.js`. */
  readonly entry: string;
}

const stderrLinesKept = 20;

/** One engine process from fork to exit. */
export class EngineProcess {
  readonly remote: Connection<EngineProcessCalls>;
  /** Resolves at the end of the process, however it comes; never rejects. */
  readonly exited: Promise<EngineExit>;
  /** Its end was our wish, so that calls that were under way are repeated and nobody is told of a crash. */
  replaced = false;
  /** A sign of life was asked for and has not come yet. */
  questioned = false;
  readonly #child: ChildProcess;

  constructor(program: EngineProgram, start: EngineStart, events: EngineEvents) {
    const child = fork(program.entry, [JSON.stringify(start)], {
      serialization: 'advanced',
      // None of the parent's: a debugger's port must not be taken twice.
      execArgv: [],
      env: engineEnvironment(process.env),
      silent: true,
    });
    this.#child = child;
    const stderr: string[] = [];
    const streams = [
      { stream: child.stdout, level: 'info' },
      { stream: child.stderr, level: 'warning' },
    ] as const;
    const allRead = streams.map(async ({ stream, level }) => {
      if (!stream) return;
      for await (const line of createInterface({ input: stream })) {
        events.log(level, line);
        if (level === 'warning' && stderr.push(line) > stderrLinesKept) stderr.shift();
      }
    });
    this.exited = new Promise((resolve) => {
      child.on('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, stderr: error.message });
      });
      // Not `close`: it does not come after a disconnect of ours. The streams end with the process, with its last words.
      child.once('exit', async (code, signal) => {
        await Promise.allSettled(allRead);
        resolve({ code, signal, stderr: stderr.join('\n') });
      });
    });
    this.remote = connectToEngine(
      {
        post: (message) =>
          new Promise<void>((resolve, reject) => {
            child.send(message as Serializable, (error) => (error ? reject(error) : resolve()));
          }),
        listen: (receive) => {
          child.on('message', receive);
          return () => child.off('message', receive);
        },
      },
      events,
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends the process at once, whatever it is in. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets the process end by itself, and ends it where it has not after `patience` milliseconds. */
  async close(patience: number): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    const impatience = setTimeout(() => this.kill(), patience);
    await this.exited;
    clearTimeout(impatience);
  }
}

/** The environment without what belongs to the editor alone: its inspector, its hooks, its options for Node. */
function engineEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(VSCODE_|NODE_OPTIONS$|NODE_INSPECT|ELECTRON_)/.test(name),
  );
  const own: NodeJS.ProcessEnv = { ...Object.fromEntries(kept), HEADLIGHT_ENGINE: '1' };
  // In the desktop editor the executable is Electron, which is Node only when told so.
  if (process.versions.electron) own.ELECTRON_RUN_AS_NODE = '1';
  return own;
}
