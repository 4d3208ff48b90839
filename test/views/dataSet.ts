import type { DataSetScores, InstanceColumns, Projection, RowText } from '../../src/protocol/dataSet';
import type { DataSetHostCalls, DataSetState } from '../../src/protocol/dataSetView';
import type { HostCalls } from '../../src/protocol/view';

/** A data set as the host of a view knows it; what is missing cannot be asked for. */
export interface KnownDataSet {
  readonly state: DataSetState;
  readonly columns: InstanceColumns;
  textOf(row: number): RowText;
  readonly projection?: Projection;
  readonly scores?: DataSetScores;
}

/** Answers a view from a data set that a test has made. @param note records what was asked */
export function dataSetHost(
  known: () => KnownDataSet | undefined,
  note: (name: keyof HostCalls, values: readonly unknown[]) => void,
): DataSetHostCalls {
  const answer = <Value>(give: (dataSet: KnownDataSet) => Value | undefined): Promise<Value> => {
    const dataSet = known();
    const value = dataSet && give(dataSet);
    return value === undefined ? Promise.reject(new Error('No data set is open.')) : Promise.resolve(value);
  };
  const rowsOf = ({ columns }: KnownDataSet): number[] => Array.from(columns.label.keys());
  return {
    instances: (...values) => {
      note('instances', values);
      return answer(({ columns }) => columns);
    },
    rowTexts: (...values) => {
      note('rowTexts', values);
      return answer(({ textOf }) => Array.from(values[0].rows, textOf));
    },
    searchRows: (...values) => {
      note('searchRows', values);
      const query = values[0].query.toLowerCase();
      return answer((dataSet) =>
        Uint32Array.from(
          rowsOf(dataSet).filter((row) => dataSet.textOf(row).text.toLowerCase().includes(query)),
        ),
      );
    },
    textOrder: (...values) => {
      note('textOrder', values);
      return answer((dataSet) => {
        const { textOf } = dataSet;
        return Uint32Array.from(rowsOf(dataSet).sort((a, b) => textOf(a).text.localeCompare(textOf(b).text)));
      });
    },
    projectRows: (...values) => {
      note('projectRows', values);
      return answer(({ projection }) => projection);
    },
    dataSetScores: (...values) => {
      note('dataSetScores', values);
      return answer(({ scores }) => scores);
    },
    runDataSet: () => note('runDataSet', []),
    pauseDataSet: () => note('pauseDataSet', []),
    scoreHeads: () => note('scoreHeads', []),
    pauseScoring: () => note('pauseScoring', []),
    useChosenModel: () => note('useChosenModel', []),
    inspectRow: (...values) => note('inspectRow', values),
  };
}
