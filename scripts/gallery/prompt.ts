import { goTo } from '../../test/workbench/driver/editor';
import { samples } from '../../test/workbench/driver/scenario';
import { viewFrame } from '../../test/workbench/driver/webview';
import { statusItem } from '../../test/workbench/driver/workbench';
import type { Visit } from './scene';
import { closePanel, inspect, openFiles, openTab, openView } from './steps';

/** The views of a causal model. */
export const promptVisit: Visit = {
  name: 'prompt',
  options: { workspace: samples, settings: { 'headlight.model': 'headlight-decoder' } },
  scenes: [
    {
      name: 'prompt-tab',
      prepare: async (workbench) => {
        await openFiles(workbench, 'prompt.md');
        await inspect(workbench);
        await statusItem(workbench, /headlight-decoder: /).waitFor();
        const frame = await openTab(workbench, 'Prompt');
        await frame.locator('.next-row').first().waitFor();
        await goTo(workbench, 6, 8);
      },
    },
    {
      name: 'prompt',
      prepare: async (workbench) => {
        const frame = await openView(workbench, 'Prompt', 'prompt');
        await frame.locator('.next-row').first().click();
        await frame.locator('.next-actions').first().waitFor();
      },
    },
    {
      name: 'prompt-continuations',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'prompt');
        await frame.getByRole('button', { name: 'Continue', exact: true }).click();
        await frame.getByRole('button', { name: 'Insert' }).nth(2).waitFor();
        await frame.getByRole('button', { name: 'Continue', exact: true }).waitFor();
        await frame.locator('.prompt-changes > summary').click();
        await frame.locator('.continuations').scrollIntoViewIfNeeded();
      },
      leave: (workbench) => closePanel(workbench, 'Prompt'),
    },
    {
      name: 'decoder',
      prepare: async (workbench) => {
        await inspect(workbench, 'The parcel was opened before it reached me, and the parcel was empty.');
        const frame = await openTab(workbench, 'Dependencies');
        await frame.locator('.dependencies .edges g.link').first().waitFor({ state: 'attached' });
      },
    },
    {
      name: 'decoder-attention',
      prepare: async (workbench) => void (await openTab(workbench, 'Attention')),
    },
    {
      name: 'decoder-matrix',
      prepare: async (workbench) => void (await openTab(workbench, 'Matrix')),
    },
  ],
};
