import type { HeadMeasureName } from '../../protocol/inspection';

type Measures = Partial<Record<HeadMeasureName, Float32Array>>;

/** Means of head measures over the texts of a data set; a head's mean is over the texts in which it had the number. */
export class MeasureMeans {
  private readonly sums = new Map<HeadMeasureName, { sums: Float64Array; counts: Uint32Array }>();

  /** Adds a text's measures, [L, H] each. @throws RangeError where they are of another model */
  add(measures: Measures): void {
    for (const [name, values] of Object.entries(measures) as [HeadMeasureName, Float32Array][]) {
      let entry = this.sums.get(name);
      if (!entry) {
        entry = { sums: new Float64Array(values.length), counts: new Uint32Array(values.length) };
        this.sums.set(name, entry);
      }
      if (entry.sums.length !== values.length) {
        throw new RangeError(`${values.length} heads do not fit ${entry.sums.length}.`);
      }
      for (let at = 0; at < values.length; at++) {
        if (Number.isNaN(values[at])) continue;
        entry.sums[at] += values[at];
        entry.counts[at]++;
      }
    }
  }

  /** [L, H] each; NaN for heads that never had the number. */
  means(): Measures {
    const means: Measures = {};
    for (const [name, { sums, counts }] of this.sums) {
      means[name] = Float32Array.from(sums, (sum, at) => sum / counts[at]);
    }
    return means;
  }
}
