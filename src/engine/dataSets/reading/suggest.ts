import type { ColumnChoice } from '../../../protocol/dataSet';
import { labelNames, pairNames, textNames } from './columnNames';
import type { Cell } from './source';

/**
 * Which columns hold the texts and labels: by the names under which data sets are published, else by what stands in them.
 * @param samples of each column some values
 */
export function suggestColumns(
  columns: readonly string[],
  samples: readonly (readonly Cell[])[],
): ColumnChoice {
  if (columns.length === 0) return {};
  const byName = new Map(columns.map((column) => [column.trim().toLowerCase(), column]));
  const pair = pairNames.find((names) => names.every((name) => byName.has(name)));
  const text =
    pair === undefined ? (firstOf(byName, textNames) ?? longest(columns, samples)) : byName.get(pair[0]);
  const second = pair === undefined ? undefined : byName.get(pair[1]);
  const others = columns.filter((column) => column !== text && column !== second);
  const label =
    others.find((column) => column === firstOf(byName, labelNames)) ?? fewest(others, columns, samples);
  return {
    ...(text === undefined ? {} : { text }),
    ...(second === undefined ? {} : { pair: second }),
    ...(label === undefined ? {} : { label }),
  };
}

function firstOf(byName: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  const name = names.find((one) => byName.has(one));
  return name === undefined ? undefined : byName.get(name);
}

/** The column with the longest values; without letters it is none of texts. */
function longest(columns: readonly string[], samples: readonly (readonly Cell[])[]): string | undefined {
  const lengths = samples.map((values) =>
    values.reduce((sum, value) => sum + (value !== undefined && /\p{L}/u.test(value) ? value.length : 0), 0),
  );
  const most = Math.max(...lengths);
  return most > 0 ? columns[lengths.indexOf(most)] : undefined;
}

/** A column of few short values that come again and again. */
function fewest(
  among: readonly string[],
  columns: readonly string[],
  samples: readonly (readonly Cell[])[],
): string | undefined {
  return among.find((column) => {
    const values = samples[columns.indexOf(column)].flatMap((value) => (value === undefined ? [] : [value]));
    const kinds = new Set(values);
    return kinds.size > 1 && kinds.size * 4 <= values.length && values.every((value) => value.length <= 30);
  });
}
