// Builds everything that ships: the extension, the engine process, the command line and the webviews.
// node esbuild.mjs [--watch] [--production]
import { build, context } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'info',
  // THIRD_PARTY_NOTICES.txt has them all, for every bundled package.
  legalComments: 'none',
};

/** Native packages stay outside the bundles: they load their binaries by path. */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The UMD builds that some packages name first load their parts in a way that cannot be bundled.
  mainFields: ['module', 'main'],
  external: ['vscode', 'onnxruntime-node', 'tokenizers'],
};
const browser = {
  ...common,
  platform: 'browser',
  target: 'chrome128',
  format: 'iife',
  loader: { '.svg': 'text' },
};

/** esbuild's options for each bundle; scripts/notices.mjs asks the same bundles what they are made of. */
export const targets = [
  {
    ...node,
    entryPoints: {
      extension: 'src/extension.ts',
      engine: 'src/engine/main.ts',
      umap: 'src/engine/dataSets/umapThread.ts',
    },
    outdir: 'dist',
  },
  { ...node, entryPoints: { cli: 'src/cli.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  {
    ...browser,
    entryPoints: { inspector: 'webview/inspector.ts', page: 'webview/page.ts' },
    outdir: 'dist/webview',
  },
];

/** The grammars of tree-sitter that the engine loads, and its runtime. */
function copyGrammars() {
  const from = new URL('node_modules/@vscode/tree-sitter-wasm/wasm/', import.meta.url);
  const to = new URL('dist/grammars/', import.meta.url);
  const list = new URL('src/engine/syntax/code/grammars.json', import.meta.url);
  const grammars = JSON.parse(readFileSync(list, 'utf8'));
  mkdirSync(to, { recursive: true });
  for (const name of ['tree-sitter', ...grammars.map((grammar) => `tree-sitter-${grammar}`)])
    copyFileSync(new URL(`${name}.wasm`, from), new URL(`${name}.wasm`, to));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  copyGrammars();
  for (const target of targets) {
    if (watch) await (await context(target)).watch();
    else await build(target);
  }
}
