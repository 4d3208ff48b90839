import { chooseFromExplorer } from '../../test/workbench/driver/editor';
import { samples } from '../../test/workbench/driver/scenario';
import { viewFrame } from '../../test/workbench/driver/webview';
import { pick } from '../../test/workbench/driver/workbench';
import type { Visit } from './scene';
import { closePanel, inspectArcs, openFiles, openView, says, toggleSideBar } from './steps';

/** A file of texts: the table, the map, the relations, and means in the overview of heads. */
export const dataSetVisit: Visit = {
  name: 'dataset',
  options: { workspace: samples },
  scenes: [
    {
      name: 'instances-empty',
      prepare: async (workbench) => {
        await openFiles(workbench, 'reviews.txt');
        await says(workbench, await openView(workbench, 'Instances', 'instances'), /No data set is open/);
      },
    },
    {
      name: 'instances',
      prepare: async (workbench) => {
        await toggleSideBar(workbench);
        await chooseFromExplorer(workbench, 'films.csv', 'Headlight: Open Data Set…');
        await pick(workbench, 'Open “films.csv”');
        const frame = await viewFrame(workbench, 'instances');
        await frame.getByText('40 texts', { exact: true }).waitFor();
        await frame.getByText(/^UMAP/).waitFor({ state: 'attached' });
        await toggleSideBar(workbench);
      },
    },
    {
      name: 'instances-table',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'instances');
        await frame.getByRole('button', { name: 'Table', exact: true }).click();
      },
    },
    {
      name: 'instances-map',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'instances');
        await frame.getByRole('button', { name: 'Map', exact: true }).click();
      },
    },
    {
      name: 'instances-relations',
      prepare: async (workbench) => {
        const frame = await viewFrame(workbench, 'instances');
        await frame.getByRole('tab', { name: 'Relations' }).click();
        await frame.getByRole('button', { name: 'Score Heads over This Data Set' }).click();
        await frame.locator('.relations-table').waitFor();
      },
      leave: (workbench) => closePanel(workbench, 'Instances'),
    },
    {
      name: 'means',
      prepare: async (workbench) => {
        await inspectArcs(workbench, 'I wanted to like this sequel.');
        const frame = await viewFrame(workbench, 'inspector');
        await frame.getByRole('button', { name: 'Mean over 40 texts' }).click();
      },
    },
  ],
};
