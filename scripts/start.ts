// npm start: builds Headlight and opens it on the sample workspace: in the desktop VS Code where `code` is on the
// PATH, else in the VS Code of the test bed, in a browser. HEADLIGHT_PORT chooses the port.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { workbenchAddress } from '../test/workbench/bed/browser';
import { which } from '../test/workbench/bed/chromium';
import { installVSCode } from '../test/workbench/bed/install';
import { lanes, repository } from '../test/workbench/bed/lanes';
import { startServer } from '../test/workbench/bed/server';

async function main(): Promise<void> {
  execFileSync(process.execPath, ['esbuild.mjs'], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // A copy, so that playing with the samples changes nothing here.
  const workspace = join(repository, '.cache/samples');
  rmSync(workspace, { recursive: true, force: true });
  cpSync(join(repository, 'samples'), workspace, { recursive: true });

  const code = which('code');
  if (code) {
    execFileSync(code, ['--new-window', `--extensionDevelopmentPath=${repository}`, workspace], {
      stdio: 'inherit',
    });
    console.log(
      'Headlight is open in a new window of VS Code. Select a sentence, right-click, "Headlight: Inspect Selection".',
    );
    return;
  }
  console.log('There is no `code` on the PATH: Headlight opens in a VS Code in the browser.');
  // The current lane loads extensions from their sources only for a driver, not for a person's own browser.
  const server = await startServer(await installVSCode(lanes.oldest), {
    port: process.env.HEADLIGHT_PORT ? Number(process.env.HEADLIGHT_PORT) : undefined,
  });
  const address = workbenchAddress(server, { workspace, development: repository });
  console.log(`\nOpen ${address}\n`);
  console.log(
    'Open reviews.txt, select a sentence, right-click, "Headlight: Inspect Selection". Ctrl-C ends it.',
  );
  openInBrowser(address);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await server.stop();
}

/** Opens a person's browser, where there is a screen; the printed address does for everybody else. */
function openInBrowser(address: string): void {
  const hasScreen = process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  if (!hasScreen || !which(opener)) return;
  spawn(opener, [address], { stdio: 'ignore', detached: true }).unref();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
