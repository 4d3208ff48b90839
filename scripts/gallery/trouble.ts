import { samples } from '../../test/workbench/driver/scenario';
import { engineProcesses } from '../../test/workbench/driver/processes';
import { viewFrame } from '../../test/workbench/driver/webview';
import { changeSettings, statusItem } from '../../test/workbench/driver/workbench';
import type { Visit } from './scene';
import { inspect, inspectArcs, openFiles } from './steps';

const first = 'I wanted to like this sequel.';
const second = 'The jokes are stale, the plot makes no sense, and even the music sounds tired.';

/** What the inspector looks like while something runs, and when something went wrong. */
export const troubleVisit: Visit = {
  name: 'trouble',
  options: { workspace: samples },
  scenes: [
    {
      name: 'failure-first',
      prepare: async (workbench) => {
        changeSettings(workbench, { 'headlight.model': '/models/that/are/not/there' });
        await openFiles(workbench, 'reviews.txt');
        await inspect(workbench, first);
        await (await viewFrame(workbench, 'inspector')).locator('.failure').waitFor();
      },
      leave: (workbench) => {
        changeSettings(workbench, { 'headlight.model': undefined });
        return Promise.resolve();
      },
    },
    {
      name: 'busy',
      prepare: async (workbench) => {
        await inspectArcs(workbench, first);
        // Stopped, the engine does not finish.
        for (const engine of engineProcesses(workbench)) process.kill(engine, 'SIGSTOP');
        await inspect(workbench, second);
        await workbench.page.locator('.statusbar-item .codicon-loading').first().waitFor();
      },
      leave: async (workbench) => {
        for (const engine of engineProcesses(workbench)) process.kill(engine, 'SIGCONT');
        await statusItem(workbench, /headlight-encoder-sentiment: negative/).waitFor();
      },
    },
    {
      name: 'failure',
      prepare: async (workbench) => {
        changeSettings(workbench, { 'headlight.model': '/models/that/are/not/there' });
        await inspect(workbench, first);
        await (await viewFrame(workbench, 'inspector')).locator('.failure').waitFor();
      },
    },
  ],
};
