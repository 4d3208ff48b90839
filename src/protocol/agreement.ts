import type { InstanceColumns } from './dataSet';

/** How predictions agree with the true label of one class. */
export interface LabelAgreement {
  readonly label: string;
  /** Rows that have this label, and rows that it was predicted for. */
  readonly count: number;
  readonly predicted: number;
  /** Rows that are both. */
  readonly right: number;
  /** right / predicted, right / count, and their harmonic mean; NaN where there is nothing to divide by. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** How the predictions of a data set agree with its labels, over the rows that have both. */
export interface Agreement {
  readonly labelled: number;
  readonly right: number;
  /** right / labelled */
  readonly accuracy: number;
  /** Labels that occur or were predicted, in the order of the list. */
  readonly labels: readonly LabelAgreement[];
}

/** Compares predicted and true labels; undefined where no row has both. @param labels what both columns index */
export function agreementOf(
  { label, predicted }: Pick<InstanceColumns, 'label' | 'predicted'>,
  labels: readonly string[],
): Agreement | undefined {
  const counts = new Uint32Array(labels.length);
  const guesses = new Uint32Array(labels.length);
  const hits = new Uint32Array(labels.length);
  let [labelled, right] = [0, 0];
  label.forEach((truth, row) => {
    const guess = predicted[row];
    if (truth < 0 || guess < 0) return;
    labelled++;
    counts[truth]++;
    guesses[guess]++;
    if (truth !== guess) return;
    hits[truth]++;
    right++;
  });
  if (labelled === 0) return undefined;
  return {
    labelled,
    right,
    accuracy: right / labelled,
    labels: labels.flatMap((name, index) =>
      counts[index] + guesses[index] === 0
        ? []
        : [
            {
              label: name,
              count: counts[index],
              predicted: guesses[index],
              right: hits[index],
              precision: hits[index] / guesses[index],
              recall: hits[index] / counts[index],
              f1: (2 * hits[index]) / (counts[index] + guesses[index]),
            },
          ],
    ),
  };
}
