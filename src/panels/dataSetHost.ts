import * as vscode from 'vscode';
import type { DataSets } from '../dataSets';
import type { EngineClient } from '../engineClient';
import type { DataSetHostCalls } from '../protocol/dataSetView';

/** What views ask about the data set that is open; its columns come from the engine whenever they are asked for. */
export function dataSetCalls(engine: EngineClient, dataSets: DataSets): DataSetHostCalls {
  let searching: AbortController | undefined;
  return {
    instances: async (id) => engine.askDataSet((remote) => remote.instances, dataSets.engineId(id)),
    rowTexts: async (request) =>
      engine.askDataSet((remote) => remote.rowTexts, {
        ...request,
        dataSet: dataSets.engineId(request.dataSet),
      }),
    searchRows: async (request) => {
      // Whoever asks anew does not wait for the answer before.
      searching?.abort();
      searching = new AbortController();
      const { signal } = searching;
      const dataSet = dataSets.engineId(request.dataSet);
      return engine.askDataSet((remote) => remote.searchDataSet, { ...request, dataSet }, { signal });
    },
    textOrder: async (id) => engine.askDataSet((remote) => remote.textOrder, dataSets.engineId(id)),
    projectRows: async (id) => {
      const dataSet = dataSets.engineId(id);
      try {
        return await engine.askDataSet((remote) => remote.projectDataSet, dataSet, {
          progress: (step) => dataSets.setProgress(step),
        });
      } finally {
        dataSets.setProgress(undefined);
      }
    },
    dataSetScores: async (id) => engine.askDataSet((remote) => remote.dataSetScores, dataSets.scoringId(id)),
    runDataSet: () => void dataSets.run(),
    pauseDataSet: () => dataSets.pause(),
    scoreHeads: () => void vscode.commands.executeCommand('headlight.scoreHeads'),
    pauseScoring: () => dataSets.pauseScoring(),
    useChosenModel: () => void vscode.commands.executeCommand('headlight.rerunDataSet'),
    inspectRow: (row) => void vscode.commands.executeCommand('headlight.inspectRow', row),
  };
}
