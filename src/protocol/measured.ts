import type { HeadMeasurement, Inspection } from './inspection';

/** An inspection with further measures of its heads. */
export function withMeasurement<Summary extends Omit<Inspection, 'timings'>>(
  inspection: Summary,
  measurement: HeadMeasurement,
): Summary {
  const blocks = inspection.blocks.map((block) => {
    const more = measurement.blocks.find(({ name }) => name === block.name);
    if (more === undefined) return block;
    const { errors, together } = more;
    return {
      ...block,
      measures: { ...block.measures, ...more.measures },
      ...(errors === undefined ? {} : { errors: { ...block.errors, ...errors } }),
      ...(together === undefined ? {} : { together: { ...block.together, ...together } }),
    };
  });
  const unmeasured = { ...inspection.unmeasured, ...measurement.unmeasured };
  const notes = [
    ...inspection.notes,
    ...measurement.notes.filter((note) => !inspection.notes.includes(note)),
  ];
  return {
    ...inspection,
    notes,
    blocks,
    ...(Object.keys(unmeasured).length > 0 ? { unmeasured } : {}),
  };
}
