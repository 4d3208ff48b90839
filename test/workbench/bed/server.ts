import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstalledVSCode } from './install';

export type Settings = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** A VSIX file to install before the start. */
  readonly install?: string;
  /** User settings, over those that keep VS Code quiet. */
  readonly settings?: Settings;
  /** Environment of the server and of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Opens workspaces in restricted mode, as those of others are opened; without it everything is trusted. */
  readonly isRestricted?: boolean;
  /** The port to listen on; a free one where none is given. */
  readonly port?: number;
}

/** A running VS Code server with a profile of its own, which `stop` removes. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  /** Holds the user's settings, the installed extensions and the server's log. */
  readonly profile: string;
  /** Everything that the server and its extension hosts have printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Nothing may appear, blink or call out that a test did not ask for. */
const quiet: Settings = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'editor.cursorBlinking': 'solid',
  // Whatever is selected or painted is in view, also in a narrow editor.
  'editor.wordWrap': 'on',
  'editor.minimap.enabled': false,
  'editor.accessibilitySupport': 'off',
  'files.hotExit': 'off',
};

const patience = 30_000;

/**
 * Starts VS Code on a loopback port and waits until it answers.
 *
 * @throws Error with the server's own words, where it does not start.
 */
export async function startServer(vscode: InstalledVSCode, options: ServerOptions = {}): Promise<Server> {
  const profile = mkdtempSync(join(tmpdir(), 'headlight-bed-'));
  const user = join(profile, 'user');
  const home = join(profile, 'home');
  for (const folder of [join(user, 'User'), join(profile, 'extensions'), home])
    mkdirSync(folder, { recursive: true });
  const settings = { ...quiet, ...options.settings };
  writeFileSync(join(user, 'User/settings.json'), JSON.stringify(settings, undefined, 2));

  const env = environment(home, options.env);
  const words = [
    vscode.entry,
    ...['--config', join(profile, 'config.yaml')],
    ...['--user-data-dir', user],
    ...['--extensions-dir', join(profile, 'extensions')],
  ];
  if (options.install) {
    execFileSync(vscode.node, [...words, '--install-extension', options.install, '--force'], {
      env,
      stdio: 'pipe',
    });
  }
  const port = options.port ?? (await freePort());
  const logFile = join(profile, 'server.log');
  const descriptor = openSync(logFile, 'a');
  const child = spawn(
    vscode.node,
    [
      ...words,
      ...['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
      ...['--disable-telemetry', '--disable-update-check'],
      ...(options.isRestricted ? [] : ['--disable-workspace-trust']),
      '--disable-getting-started-override',
    ],
    // A process group of its own, so that extension hosts and engines end with it.
    { env, stdio: ['ignore', descriptor, descriptor], detached: true },
  );
  closeSync(descriptor);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${vscode.node} could not be started.`);
  const log = () => readFileSync(logFile, 'utf8');
  const endWithUs = () => signal(pid, 'SIGKILL');
  process.once('exit', endWithUs);
  const stop = async () => {
    await end(child, pid);
    process.off('exit', endWithUs);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilHealthy(port, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid, profile, log, stop };
}

/** The environment without what would make this VS Code believe that it runs inside another one. */
function environment(home: string, extra: ServerOptions['env']): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    EXTENSIONS_GALLERY: '{}',
    ...extra,
  };
}

async function untilHealthy(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/healthz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(
        `VS Code's server did not start on port ${port}:\n${log().split('\n').slice(-20).join('\n')}`,
      );
    }
    await delay(50);
  }
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  if (!hasEnded()) {
    const ended = once(child, 'exit');
    signal(pid, 'SIGTERM');
    const giveUp = setTimeout(() => signal(pid, 'SIGKILL'), 5000);
    await ended;
    clearTimeout(giveUp);
  }
  // Whatever of the group has outlived the server.
  signal(pid, 'SIGKILL');
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // The group is gone.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
