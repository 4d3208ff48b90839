import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Inspection } from '../../src/protocol/inspection';
import { repository } from '../workbench/bed/lanes';
import {
  chooseFromContextMenu,
  coloured,
  openFile,
  paintedRangesWhere,
  selectText,
} from '../workbench/driver/editor';
import { expectedPaint, referenceInspection } from '../workbench/driver/reference';
import { samples } from '../workbench/driver/scenario';
import { paintedPixels, panel, parts, showsWords } from '../workbench/driver/webview';
import { keepingEvidence, openWorkbench, type Workbench } from '../workbench/driver/workbench';

const sentence = 'I wanted to like this sequel.';
const megabyte = 1e6;

describe('the VSIX of this platform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-vsix-'));
  const file = join(folder, 'headlight.vsix');
  let files: readonly string[];
  let expected: Inspection;
  let workbench: Workbench | undefined;

  before(async () => {
    expected = await referenceInspection(sentence);
    execFileSync(process.execPath, ['scripts/package.mjs', file], { cwd: repository, stdio: 'pipe' });
    // Nothing of the repository is loaded: only what is inside the file.
    workbench = await openWorkbench({ workspace: samples, vsix: file });
    files = filesUnder(join(workbench.server.profile, 'extensions'));
  });
  after(async () => {
    await workbench?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is at most 60 MB', () => {
    const { size } = statSync(file);
    assert.ok(size <= 60 * megabyte, `${(size / megabyte).toFixed(1)} MB`);
  });

  it('has the native binaries of this platform and of no other', () => {
    const binaries = files.filter((name) => /\.(node|dll|dylib)$|\.so(\.|$)/.test(name));
    const platform = new RegExp(
      `napi-v6/${process.platform}/${process.arch}/|tokenizers\\.${process.platform}-${process.arch}`,
    );
    assert.ok(binaries.length >= 3, binaries.join(', '));
    assert.deepEqual(
      binaries.filter((name) => !platform.test(name)),
      [],
    );
  });

  it('has what a user needs and no sources, tests or maps', () => {
    const names = files.map((name) => name.replace(/^headlight\.headlight-[^/]*\//, ''));
    for (const needed of [
      'dist/extension.js',
      'dist/engine.js',
      'dist/cli.js',
      'dist/grammars/tree-sitter.wasm',
      'dist/grammars/tree-sitter-python.wasm',
      'THIRD_PARTY_NOTICES.txt',
      'LICENSE.txt',
      'readme.md',
    ]) {
      assert.ok(names.includes(needed), `${needed} is missing`);
    }
    assert.deepEqual(
      names.filter((name) => /^(src|test|webview|training|bench|scripts|samples)\/|\.map$|\.ts$/.test(name)),
      [],
    );
  });

  it('does the main job in a fresh VS Code', async () => {
    assert.ok(workbench);
    const open = workbench;
    await keepingEvidence(open, 'vsix', async () => {
      await openFile(open, 'reviews.txt');
      await selectText(open, sentence);
      await chooseFromContextMenu(open, 'Headlight: Inspect Selection');
      await showsWords(open, expected.words.text);
      assert.equal(await parts.heads(panel(open)).count(), 32);
      const { share } = await paintedPixels(parts.glyphs(panel(open)));
      assert.ok(share > 0.05, `${share} of the overview is painted`);
      await parts.attentionArcs(panel(open)).first().waitFor({ state: 'attached' });
      const paint = expectedPaint(expected, 'gradient-l1');
      const painted = await paintedRangesWhere(open, (ranges) => coloured(ranges).length >= paint.length);
      assert.deepEqual(
        coloured(painted).map(({ text }) => text),
        paint.map(({ text }) => text),
      );
      await open.screenshot('vsix');
      assert.deepEqual(open.problems, []);
    });
  });
});

/** Paths of all files under a folder, relative to it, with forward slashes. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
