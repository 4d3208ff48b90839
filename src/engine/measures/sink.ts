import type { HeadAttention } from './headAttention';
import type { HeadMeasure } from './measure';

/** A token is a sink where its column mean is more than so many times the average column mean. */
const timesAverage = 5;

export interface Sinks {
  /** Share of all weight that lies on sinks, 0 to 1; NaN where nothing attends. */
  readonly share: number;
  /** Key tokens that are sinks, in the order of the text; also those late in the text. */
  readonly tokens: readonly number[];
}

/** Tokens that draw far more attention than the average one, and how much they draw together. */
export function findSinks({ columnSums }: HeadAttention): Sinks {
  const total = columnSums.reduce((sum, column) => sum + column, 0);
  // Column sums and column means differ by a factor that is the same on both sides.
  const threshold = (timesAverage * total) / columnSums.length;
  const tokens: number[] = [];
  let drawn = 0;
  columnSums.forEach((column, token) => {
    if (column <= threshold) return;
    tokens.push(token);
    drawn += column;
  });
  return { share: drawn / total, tokens };
}

export const sink: HeadMeasure = {
  label: 'Sink',
  description: `Share of the weight on attention sinks: tokens whose column mean of A is over ${timesAverage} times the average.`,
  source: 'Xiao 2023; Yu 2024 (ACT)',
  unit: '',
  range: [0, 1],
  higher: 'more of the attention is parked on few tokens, whatever the text says.',
  needs: 'attention',
  compute: ({ attention }) => findSinks(attention).share,
};
