import { focusEditor, goTo } from '../../test/workbench/driver/editor';
import { samples } from '../../test/workbench/driver/scenario';
import { panel, parts, viewFrame } from '../../test/workbench/driver/webview';
import { changeSettings, runCommand, statusItem } from '../../test/workbench/driver/workbench';
import type { Visit } from './scene';
import {
  choose,
  code,
  closePanel,
  goToTab,
  inspect,
  inspectArcs,
  openFiles,
  openTab,
  openView,
  says,
  toggleSideBar,
} from './steps';

const review =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.';

/** All views of one sentence by a classifier. */
export const proseVisit: Visit = {
  name: 'prose',
  options: { workspace: samples, settings: { 'files.autoSave': 'off' } },
  scenes: [
    {
      name: 'empty',
      prepare: async (workbench) => {
        await openFiles(workbench, 'reviews.txt');
        await runCommand(workbench, 'Headlight: Open Inspector');
        await says(workbench, await viewFrame(workbench, 'inspector'), /Nothing is inspected yet/);
      },
    },
    {
      name: 'dependencies',
      prepare: async (workbench) => {
        await inspectArcs(workbench, review);
        await goTo(workbench, 2, 1);
      },
    },
    {
      name: 'dependencies-two-heads',
      prepare: async (workbench) => {
        await parts.head(panel(workbench), '2.5').click({ modifiers: ['Shift'] });
        await panel(workbench).locator('.pictures .panel-header').nth(1).waitFor();
      },
      leave: (workbench) => parts.head(panel(workbench), '1.3').click(),
    },
    {
      name: 'dependencies-tree',
      prepare: async (workbench) => choose(await viewFrame(workbench, 'inspector'), 'Layout', 'Tree'),
    },
    {
      name: 'dependencies-radial',
      prepare: async (workbench) => choose(await viewFrame(workbench, 'inspector'), 'Layout', 'Radial'),
      leave: async (workbench) => choose(await viewFrame(workbench, 'inspector'), 'Layout', 'Arcs'),
    },
    {
      name: 'attention',
      prepare: async (workbench) => void (await openTab(workbench, 'Attention')),
    },
    {
      name: 'graph-force',
      prepare: async (workbench) => void (await openTab(workbench, 'Graph')),
    },
    {
      name: 'graph-radial',
      prepare: async (workbench) => choose(await openTab(workbench, 'Graph'), 'Layout', 'Radial'),
    },
    {
      name: 'graph-grid',
      prepare: async (workbench) => choose(await openTab(workbench, 'Graph'), 'Layout', 'Grid'),
    },
    {
      name: 'matrix',
      prepare: async (workbench) => void (await openTab(workbench, 'Matrix')),
    },
    {
      name: 'weight-editor',
      prepare: async (workbench) => {
        const frame = await openTab(workbench, 'Matrix');
        await frame.locator('.matrix .sheet-scroller').focus();
        for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'e'])
          await workbench.page.keyboard.press(key);
        const editor = frame.getByRole('dialog', { name: 'Edit attention' });
        await editor.getByRole('button', { name: 'Zero' }).click();
        await frame.locator('.interventions-count').filter({ hasText: '1 edit' }).waitFor();
      },
      leave: ({ page }) => page.keyboard.press('Escape'),
    },
    {
      name: 'interventions',
      prepare: async (workbench) => {
        const frame = await openTab(workbench, 'Dependencies');
        await parts.head(panel(workbench), '2.4').press('o');
        await frame.locator('.interventions-count').filter({ hasText: '1 head' }).waitFor();
        await frame.locator('.interventions').getByRole('button', { name: 'Show edits' }).click();
      },
      leave: async (workbench) => {
        await runCommand(workbench, 'Headlight: Reset Interventions');
      },
    },
    {
      name: 'changes',
      prepare: async (workbench) => {
        await focusEditor(workbench);
        await goTo(workbench, 3, 13);
        await workbench.page.keyboard.type('not ');
        await inspect(workbench, 'The film is not slow, but its quiet performances and its careful eye');
        const frame = await openTab(workbench, 'Changes');
        await frame.locator('.edit-row').first().waitFor();
      },
      leave: async (workbench) => {
        await openTab(workbench, 'Dependencies');
      },
    },
    {
      name: 'compare-empty',
      prepare: async (workbench) => {
        await runCommand(workbench, 'Headlight: Compare Pinned Inspections');
        await says(workbench, await viewFrame(workbench, 'compare'), /Two inspections, side by side/);
      },
      leave: (workbench) => closePanel(workbench, 'Compare'),
    },
    {
      name: 'compare',
      prepare: async (workbench) => {
        await inspectArcs(
          workbench,
          'The film is not slow, but its quiet performances and its careful eye for detail make it a small masterpiece.',
        );
        await (
          await viewFrame(workbench, 'inspector')
        )
          .getByRole('button', { name: 'Pin', exact: true })
          .click();
        await goTo(workbench, 3, 13);
        for (const _ of 'not ') await workbench.page.keyboard.press('Delete');
        await inspectArcs(workbench, review);
        await runCommand(workbench, 'Headlight: Compare Pinned Inspections');
        const frame = await viewFrame(workbench, 'compare');
        await frame.locator('.compare-side .edges g.link').first().waitFor({ state: 'attached' });
      },
    },
    {
      name: 'compare-foot',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'compare');
        await choose(frame, 'How the head is shown', 'Difference B − A');
        await frame.evaluate(() => document.scrollingElement?.scrollTo(0, 100_000));
      },
      leave: (workbench) => closePanel(workbench, 'Compare'),
    },
    {
      name: 'heads',
      prepare: async (workbench) => void (await openView(workbench, 'Heads', 'heads')),
      leave: (workbench) => closePanel(workbench, 'Heads'),
    },
    {
      name: 'saliency',
      prepare: async (workbench) => void (await openView(workbench, 'Saliency', 'saliency')),
    },
    {
      name: 'saliency-signed',
      prepare: (workbench) => {
        changeSettings(workbench, { 'headlight.saliency.method': 'input-x-gradient' });
        return statusItem(workbench, /headlight-encoder-sentiment: /).waitFor();
      },
      leave: async (workbench) => {
        changeSettings(workbench, { 'headlight.saliency.method': undefined });
        await closePanel(workbench, 'Saliency');
      },
    },
    {
      name: 'side-view',
      of: 'window',
      prepare: async (workbench) => {
        await goToTab(workbench, 'reviews.txt');
        await toggleSideBar(workbench);
        await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Headlight' }).click();
      },
    },
  ],
};

/** The syntax tree and the definitions of code. */
export const codeVisit: Visit = {
  name: 'code',
  options: { workspace: { 'scale.ts': code }, settings: { 'headlight.model': 'headlight-decoder' } },
  scenes: [
    {
      name: 'code',
      prepare: async (workbench) => {
        await openFiles(workbench, 'scale.ts');
        await inspectArcs(workbench);
        await panel(workbench).locator('.relation[data-relation="def-use"]').waitFor();
      },
    },
    {
      name: 'code-definitions',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'inspector');
        await frame.getByRole('button', { name: 'Which head finds the definition?' }).click();
        await parts.arcsHeader(panel(workbench)).filter({ hasText: 'def-use' }).waitFor();
      },
    },
  ],
};
