import type { HeadMeasureName, Inspection, Target } from '../protocol/inspection';
import type { ModelSummary } from '../protocol/model';
import { isOutcome } from '../protocol/inspection';
import { probability, twoDigits } from '../protocol/numbers';

/** The inspection record as JSON: typed arrays become plain lists, NaN becomes null. */
export function recordJson(inspection: Inspection): string {
  return JSON.stringify(
    inspection,
    (_key, value: unknown) =>
      ArrayBuffer.isView(value) && !(value instanceof DataView)
        ? Array.from(value as unknown as ArrayLike<number>)
        : value,
    1,
  );
}

/** A summary for a terminal. */
export function recordText(inspection: Inspection): string {
  const { model, target, prediction, tokens, saliency, blocks, notes, timings } = inspection;
  const lines = [[model.name, model.architecture, `${tokens.ids.length} tokens`].filter(Boolean).join(' · ')];
  if (target !== undefined) {
    const place = target.position >= 0 ? ` at token ${target.position}` : '';
    const label = isOutcome(target.kind) ? `“${target.label}”` : target.label;
    lines.push(`Target: ${label}${place}, ${valueOf(target)}`);
  }
  const { ablated = [], edits = [], before } = inspection;
  if (before !== undefined) {
    const changes = [
      ...(ablated.length > 0 ? [`${ablated.length} ${ablated.length === 1 ? 'head' : 'heads'} off`] : []),
      ...(edits.length > 0 ? [`${edits.length} ${edits.length === 1 ? 'edit' : 'edits'} of attention`] : []),
    ];
    lines.push(`Interventions: ${changes.join(', ')}; before: ${valueOf(before.target)}`);
  }
  if (prediction !== undefined && isOutcome(prediction.kind)) {
    lines.push(
      `Prediction: ${prediction.candidates
        .slice(0, 5)
        .map((candidate) => `“${candidate.label}” ${probability(candidate.probability)}`)
        .join(', ')}`,
    );
  }
  const [name, scores] = Object.entries(saliency)[0] ?? [];
  if (name !== undefined && scores !== undefined) {
    const order = Array.from(scores.keys()).filter(
      (i) => tokens.special[i] === 0 && !Number.isNaN(scores[i]),
    );
    order.sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a]));
    const top = order
      .slice(0, 8)
      .map((i) => `${JSON.stringify(textOf(inspection, i))} ${twoDigits(scores[i])}`);
    lines.push(`Most salient (${name}): ${top.join(', ')}`);
  }
  const { unmeasured = {} } = inspection;
  for (const block of blocks) {
    lines.push(`Block ${block.name}: ${block.layers} layers × ${block.heads} heads`);
    for (const [measure, values] of Object.entries(block.measures)) {
      const order = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
      order.sort((a, b) => values[b] - values[a]);
      const errors = block.errors?.[measure as HeadMeasureName];
      const best = order
        .slice(0, 4)
        .map(
          (i) =>
            `${Math.floor(i / block.heads)}.${i % block.heads} ${twoDigits(values[i])}${errors ? ` ± ${twoDigits(errors[i])}` : ''}`,
        );
      lines.push(`  ${measure.padEnd(24)} ${best.join('   ')}`);
    }
    for (const [measure, value] of Object.entries(block.together ?? {}))
      lines.push(`  ${measure.padEnd(24)} ${twoDigits(value)}`);
  }
  for (const [measure, why] of Object.entries(unmeasured)) lines.push(`No ${measure}: ${why}`);
  for (const note of notes) lines.push(`Note: ${note}`);
  lines.push(
    `${twoDigits(timings.total)} ms (load ${twoDigits(timings.load)}, forward ${twoDigits(timings.forward)}, backward ${twoDigits(timings.backward)}, parse ${twoDigits(timings.parse)}, measures ${twoDigits(timings.measures)})`,
  );
  return `${lines.join('\n')}\n`;
}

/** `logit 2.2, probability 94 %`; of embeddings, which have no outcomes, the number alone. */
function valueOf(target: Target): string {
  const value = twoDigits(target.value);
  return isOutcome(target.kind) ? `logit ${value}, probability ${probability(target.probability)}` : value;
}

function textOf({ text, tokens }: Inspection, i: number): string {
  const [from, to] = [tokens.offsets[2 * i], tokens.offsets[2 * i + 1]];
  return from >= 0 && to > from && tokens.sequences?.[i] !== 1 ? text.slice(from, to) : tokens.pieces[i];
}

/** What `headlight models info` prints. */
export function modelText(model: ModelSummary): string {
  const port = ({ name, type, dims }: ModelSummary['inputs'][number]): string =>
    `${name} ${type} [${dims.join(', ')}]`;
  const lines = [
    `${model.name}`,
    `architecture   ${model.architecture}`,
    `task           ${model.task}`,
    `labels         ${model.labels.length === 0 ? '–' : `${model.labels.slice(0, 12).join(', ')}${model.labels.length > 12 ? ` … (${model.labels.length})` : ''}`}`,
    `weights        ${model.quantisation}, ${(model.bytes / 1e6).toFixed(1)} MB`,
    `context        ${model.contextLength > 0 ? `${model.contextLength} tokens` : 'not stated'}`,
    `file           ${model.file}`,
    `inputs         ${model.inputs.map(port).join('\n               ')}`,
    `outputs        ${model.outputs.map(port).join('\n               ')}`,
    `attention      ${model.sites.length} sites`,
    ...model.sites.map(
      ({ block, layer, heads, form }) =>
        `               ${block} ${layer}: ${heads > 0 ? heads : 'an unknown number of'} heads, ${form}`,
    ),
    ...model.missing.map((sentence) => `not found      ${sentence}`),
  ];
  return `${lines.join('\n')}\n`;
}
