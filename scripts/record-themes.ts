// Writes test/views/themes.json: the colours that webviews get in VS Code's default themes, one per kind of theme.
// tsx scripts/record-themes.ts        starts a real VS Code from the test bed (npm run bed)
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { launchBrowser } from '../test/workbench/bed/browser';
import { installBed } from '../test/workbench/bed/install';
import { chosenLane, repository } from '../test/workbench/bed/lanes';
import { startServer } from '../test/workbench/bed/server';

/** Name in the settings, and the file that names the class which the workbench wears once the theme is there. */
const themes = {
  dark: ['Default Dark Modern', 'dark_modern'],
  light: ['Default Light Modern', 'light_modern'],
  'hc-dark': ['Default High Contrast', 'hc_black'],
  'hc-light': ['Default High Contrast Light', 'hc_light'],
};

/** What VS Code adds for webviews on Linux; there is no colour among these. */
const fonts = {
  '--vscode-font-family': 'system-ui, "Ubuntu", "Droid Sans", sans-serif',
  '--vscode-font-weight': 'normal',
  '--vscode-font-size': '13px',
  '--vscode-editor-font-family': '"Droid Sans Mono", "monospace", monospace',
  '--vscode-editor-font-weight': 'normal',
  '--vscode-editor-font-size': '14px',
};

async function record(): Promise<void> {
  const bed = await installBed(chosenLane());
  const workspace = await mkdtemp(join(tmpdir(), 'headlight-themes-'));
  const recorded: Record<string, Record<string, string>> = {};
  for (const [name, [theme, file]] of Object.entries(themes)) {
    const server = await startServer(bed, { settings: { 'workbench.colorTheme': theme } });
    const { page, address, close } = await launchBrowser(bed, server, { workspace });
    try {
      await page.goto(address);
      await page.locator(`.monaco-workbench[class*="themes-${file}-json"]`).waitFor();
      const colours = await page.evaluate(readColours);
      recorded[name] = { ...fonts, ...colours };
    } finally {
      await close();
      await server.stop();
    }
  }
  await rm(workspace, { recursive: true });
  await writeFile(
    resolve(repository, 'test/views/themes.json'),
    `${JSON.stringify(recorded, undefined, 1)}\n`,
  );
}

/** Runs in the workbench: its own rule with every colour of the theme, which it hands on to webviews. */
function readColours(): Record<string, string> {
  const colours: Record<string, string> = {};
  for (const sheet of Array.from(document.styleSheets)) {
    for (const rule of Array.from(sheet.cssRules)) {
      if (!(rule instanceof CSSStyleRule) || rule.selectorText !== '.monaco-workbench') continue;
      for (const property of Array.from(rule.style)) {
        if (property.startsWith('--vscode-'))
          colours[property] = rule.style.getPropertyValue(property).trim();
      }
    }
  }
  return colours;
}

void record();
