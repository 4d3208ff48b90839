import { coloured, goTo, paintedRangesWhere } from '../../test/workbench/driver/editor';
import { samples } from '../../test/workbench/driver/scenario';
import { changeSettings, statusItem } from '../../test/workbench/driver/workbench';
import type { Scene, Visit } from './scene';
import { closePanel, goToTab, inspect, openFiles } from './steps';

const atLevel = (level: string, method: string): Scene => ({
  name: `editor-${level}-${method}`,
  of: 'window',
  prepare: async (workbench) => {
    changeSettings(workbench, { 'headlight.saliency.level': level, 'headlight.saliency.method': method });
    if (level === 'line' || level === 'paragraph')
      await workbench.page.locator('.glyph-margin-widgets [class*="ced-"]').first().waitFor();
    else await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 2);
  },
});

/** What is in the text editor itself. */
export const editorVisit: Visit = {
  name: 'editor',
  options: { workspace: samples },
  scenes: [
    {
      name: 'editor-token',
      of: 'window',
      prepare: async (workbench) => {
        await openFiles(workbench, 'prompt.md', 'support.ts', 'reviews.txt');
        await inspect(workbench);
        await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 5);
        // The text alone, with nothing selected.
        await closePanel(workbench, 'Headlight');
        await goTo(workbench, 2, 1);
      },
    },
    {
      name: 'editor-hover',
      of: 'window',
      prepare: async (workbench) => {
        const word = workbench.page.locator('.editor-instance .view-line').filter({ hasText: 'The film' });
        await word.hover({ position: { x: 150, y: 8 } });
        await workbench.page.locator('.monaco-hover:visible').first().waitFor();
      },
      leave: async ({ page }) => {
        await page.keyboard.press('Escape');
        await page.mouse.move(700, 500);
        await page.locator('.monaco-hover:visible').first().waitFor({ state: 'hidden' });
      },
    },
    atLevel('word', 'input-x-gradient'),
    atLevel('sentence', 'gradient-l2'),
    atLevel('line', 'gradient-l1'),
    atLevel('paragraph', 'input-x-gradient'),
    {
      name: 'editor-hints',
      of: 'window',
      prepare: async (workbench) => {
        changeSettings(workbench, {
          'headlight.saliency.level': undefined,
          'headlight.saliency.method': 'surprisal',
          'headlight.model': 'headlight-decoder',
          'headlight.inlayHints': 'surprising',
          'headlight.tokens.showBorders': true,
        });
        await goToTab(workbench, 'prompt.md');
        await inspect(workbench);
        await statusItem(workbench, /headlight-decoder: /).waitFor();
        await closePanel(workbench, 'Headlight');
        await goTo(workbench, 2, 1);
      },
    },
    {
      name: 'editor-lens',
      of: 'window',
      prepare: async (workbench) => {
        await goToTab(workbench, 'support.ts');
        await workbench.page
          .locator('.codelens-decoration')
          .filter({ hasText: 'bits/token' })
          .first()
          .waitFor();
      },
    },
  ],
};
