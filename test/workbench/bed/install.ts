import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureChromium } from './chromium';
import { bedRoot, type Lane } from './lanes';
import { withLock } from './lock';

/** An installed VS Code: what is needed to start its server. */
export interface InstalledVSCode {
  readonly lane: Lane;
  /** The Node binary that runs the server and the extension host. */
  readonly node: string;
  /** code-server's entry script. */
  readonly entry: string;
}

/** A VS Code, and the browser that tests drive it with. */
export interface Bed extends InstalledVSCode {
  /** Path of the browser. */
  readonly chromium: string;
}

/** argon2 0.31, which code-server asks for, has to be compiled; from 0.40 on its binaries come with the package. */
const argon2 = '0.44.0';
const ripgrep = '1.18.0';
const minutes = 60_000;

/**
 * Installs a lane's VS Code, and finds (or installs) a Chromium.
 *
 * @throws Error with what to do, where npm fails for good or no Chromium can be had.
 */
export async function installBed(lane: Lane): Promise<Bed> {
  const chromium = ensureChromium();
  return { ...(await installVSCode(lane)), chromium };
}

/**
 * Installs a lane's VS Code. Costs nothing where that is done already: a stamp file, written last, says what the
 * folder holds.
 *
 * @throws Error where npm fails for good.
 */
export async function installVSCode(lane: Lane): Promise<InstalledVSCode> {
  if (process.platform === 'win32')
    throw new Error('The test bed runs on Linux and macOS; on Windows, use WSL.');
  const folder = join(bedRoot, lane.name);
  const own = Number(process.versions.node.split('.')[0]) === lane.nodeMajor;
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const stamp = JSON.stringify({
    codeServer: lane.codeServer,
    node: own ? 'own' : lane.nodeVersion,
    argon2,
    ripgrep,
  });
  const stampFile = join(folder, '.stamp');
  const isDone = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (!isDone()) {
    await withLock(join(bedRoot, `${lane.name}.lock`), 15 * minutes, async () => {
      if (isDone()) return; // Another process was faster.
      console.error(`Installing the test bed (VS Code ${lane.vscode} from npm) into ${folder} ...`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await installCodeServer(folder, lane, own ? undefined : nodePackage);
      writeFileSync(stampFile, stamp);
    });
  }
  return {
    lane,
    node: own ? process.execPath : join(folder, 'node_modules', nodePackage, 'bin/node'),
    entry: join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
}

async function installCodeServer(folder: string, lane: Lane, nodePackage: string | undefined): Promise<void> {
  const dependencies: Record<string, string> = { 'code-server': lane.codeServer, '@vscode/ripgrep': ripgrep };
  if (nodePackage) dependencies[nodePackage] = lane.nodeVersion;
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify(
      { name: 'headlight-testbed', private: true, dependencies, overrides: { argon2 } },
      undefined,
      2,
    ),
  );
  // Scripts stay off: code-server's own refuses root and compiles modules that tests do without.
  await npm(folder, ['install']);
  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  // `npm ci` refuses here: the shrinkwrap that comes with the package is out of step by one package.
  await npm(vscode, ['install', '--omit=dev']);
  await npm(join(vscode, 'extensions'), ['install', '--omit=dev']);

  // What code-server's own install script would have linked.
  link('code-linux.sh', join(vscode, 'bin/remote-cli/code-server'));
  link('browser-linux.sh', join(vscode, 'bin/helpers/browser.sh'));
  link('node_modules', join(vscode, 'node_modules.asar'));
  await linkRipgrep(folder, vscode);
}

/** VS Code looks for ripgrep where the install script of its own, older package would have downloaded it. */
async function linkRipgrep(folder: string, vscode: string): Promise<void> {
  const binary = join(folder, `node_modules/@vscode/ripgrep-${process.platform}-${process.arch}/bin/rg`);
  const wanted = join(vscode, 'node_modules/@vscode/ripgrep/bin/rg');
  if (!existsSync(binary) || existsSync(wanted)) return;
  chmodSync(binary, 0o755);
  link(binary, wanted);
}

function link(target: string, path: string): void {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** Runs npm in a folder, again where the network failed. */
async function npm(folder: string, words: readonly string[]): Promise<void> {
  const attempts = 3;
  for (let attempt = 1; ; attempt++) {
    const { status, output } = await runNpm(folder, words);
    if (status === 0) return;
    const isNetwork =
      /ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ERR_SOCKET|EINTEGRITY|network|50[0-4] /i.test(
        output,
      );
    if (!isNetwork || attempt === attempts) {
      throw new Error(
        `"npm ${words.join(' ')}" failed in ${folder}:\n${output.trim().split('\n').slice(-15).join('\n')}`,
      );
    }
    console.error(`npm could not reach the registry; attempt ${attempt + 1} of ${attempts} ...`);
  }
}

function runNpm(
  folder: string,
  words: readonly string[],
): Promise<{ status: number | null; output: string }> {
  // Under `npm run`, npm tells its children which project they belong to; this one is a project of its own.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package_|lifecycle_|config_(local_prefix|prefix|global))/i.test(name),
    ),
  );
  const args = [
    ...words,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=4',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
