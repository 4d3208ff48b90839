import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../../workbench/bed/lanes';

const sources = join(repository, 'test/integration');
const bundles = join(repository, '.cache/integration');

/**
 * Bundles the suites that run inside the extension host.
 *
 * @returns the module whose `run` VS Code is to call
 */
export async function bundleSuites(): Promise<string> {
  rmSync(bundles, { recursive: true, force: true });
  const suites = readdirSync(sources).filter((file) => file.endsWith('.test.ts'));
  await build({
    entryPoints: ['index.ts', ...suites].map((file) => join(sources, file)),
    outdir: bundles,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha', 'onnxruntime-node', 'tokenizers'],
    logLevel: 'warning',
  });
  return join(bundles, 'index.js');
}
