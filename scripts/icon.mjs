// Renders media/logo.svg to media/icon.png, 128 by 128, as extension galleries want it. Needs a Chromium:
// CHROMIUM=/path/to/chromium node scripts/icon.mjs
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const media = fileURLToPath(new URL('../media/', import.meta.url));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(
  `<style>html,body{margin:0;background:transparent}svg{display:block}</style>${readFileSync(`${media}logo.svg`, 'utf8')}`,
);
await page.screenshot({ path: `${media}icon.png`, omitBackground: true });
await browser.close();
