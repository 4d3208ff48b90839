import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { packAttention } from '../../src/export/attention';
import { fromPageJson, toPageJson } from '../../src/export/json';
import type { Inspection } from '../../src/protocol/inspection';
import { findChromium } from '../workbench/bed/chromium';

const repository = resolve(__dirname, '../..');
const skip: string | false = findChromium() ? false : 'No Chromium was found.';
const text =
  'The film is slow, but </script><script>alert(1)</script> its quiet <b>performances</b> are good.';

/** What a page asked for and complained about, besides being opened. */
interface Opened {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

describe('a value in a page', () => {
  it('comes back with its bits, and cannot end its element', () => {
    const value = {
      text: '</script><!--',
      weights: new Float32Array([0.1, NaN, -0]),
      scale: NaN,
      none: null,
    };
    const json = toPageJson(value);
    assert.ok(!json.includes('<'));
    assert.deepEqual(fromPageJson(json), value);
  });

  it('of attention is left out from where the page would be too large, the least important heads first', async () => {
    const importance = new Float32Array([0.2, 0.9, NaN, 0.4]);
    const inspection = {
      id: 'x',
      blocks: [{ name: 'self', layers: 2, heads: 2, measures: { importance } }],
      model: { sites: [] },
    } as unknown as Inspection;
    const fetch = () => Promise.resolve([{ data: new Float32Array(4).fill(0.5), dims: [2, 2] }]);
    const { heads: all } = await packAttention(inspection, fetch);
    assert.equal(all.length, 4);
    const { heads, left } = await packAttention(inspection, fetch, 2 * all[0].weights.length);
    assert.deepEqual(
      heads.map(({ head: { layer, head } }) => [layer, head]),
      [
        [0, 1],
        [1, 1],
      ],
    );
    assert.deepEqual(
      left.map(({ layer, head }) => [layer, head]),
      [
        [0, 0],
        [1, 0],
      ],
    );
  });
});

describe('headlight inspect --html', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'headlight-page-'));
  const file = join(folder, 'page.html');
  let browser: Browser;
  before(async () => {
    buildSync({
      absWorkingDir: repository,
      entryPoints: ['webview/inspector.ts', 'webview/page.ts'],
      outdir: 'dist/webview',
      bundle: true,
      platform: 'browser',
      target: 'chrome128',
      format: 'iife',
      sourcemap: 'linked',
      loader: { '.svg': 'text' },
      logLevel: 'error',
    });
    const run = ['--import', 'tsx', 'src/cli.ts', 'inspect', '--text', text, '--html', file];
    execFileSync(process.execPath, run, { cwd: repository, stdio: 'pipe' });
    browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(colorScheme: 'light' | 'dark' = 'dark'): Promise<Opened> {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const requests: string[] = [];
    const complaints: string[] = [];
    const address = pathToFileURL(file).href;
    page.on('request', (request) => {
      if (request.url() !== address) requests.push(request.url());
    });
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    // Violations of the content security policy are errors of the console.
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
    await page.goto(address);
    await page.waitForSelector('.picture .word');
    return { page, requests, complaints };
  }

  it('writes a page that shows all heads and the text from a file, without any network', async () => {
    const { page, requests, complaints } = await open();
    assert.equal(await page.locator('.heads [role="gridcell"]').count(), 32);
    assert.ok((await page.locator('section.text').textContent())?.includes('performances'));
    for (const tab of ['attention', 'graph', 'matrix']) {
      await page.locator(`#tab-${tab}`).click();
      await page.waitForSelector(`#panel-${tab} canvas`);
    }
    assert.deepEqual({ requests, complaints }, { requests: [], complaints: [] });
    await page.close();
  });

  it('shows tokens that look like markup as text', async () => {
    const { page, complaints } = await open();
    const shown = (await page.locator('section.text').textContent())?.replaceAll(/\s/g, '') ?? '';
    assert.ok(shown.includes('<script>alert(1)</script>'), shown);
    assert.equal(await page.locator('section.text b').count(), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('draws the head that is chosen', async () => {
    const { page } = await open();
    await page.locator('.heads [role="gridcell"]').nth(3).click();
    await page.waitForFunction("document.querySelector('.panel-header')?.textContent?.includes('3.3')");
    assert.ok((await page.locator('.picture path').count()) > 0);
    await page.close();
  });

  it('is light or dark as the system is', async () => {
    const colours: string[] = [];
    for (const scheme of ['dark', 'light'] as const) {
      const { page } = await open(scheme);
      colours.push(await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor'));
      await page.close();
    }
    assert.deepEqual(colours, ['rgb(31, 31, 31)', 'rgb(255, 255, 255)']);
  });

  it('allows no script but its own', () => {
    const page = readFileSync(file, 'utf8');
    assert.match(page, /default-src 'none'; script-src 'sha256-/);
    assert.ok(!/script-src[^;]*unsafe/.test(page));
    assert.ok(!page.includes('sourceMappingURL=page'));
  });
});
