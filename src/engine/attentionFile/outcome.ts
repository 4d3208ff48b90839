import type { Prediction, Target } from '../../protocol/inspection';
import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';
import { jsonOf } from './metadata';

/** Outcomes that a list of them may have: more cannot be looked at. */
const mostCandidates = 1000;

const kinds: readonly Prediction['kind'][] = [
  'class',
  'next-token',
  'masked-token',
  'decoder-token',
  'norm',
  'similarity',
];

/**
 * What the metadata `prediction` say of what the model predicts, and `explained` of what saliency is of, as Headlight writes
 * them into its own files; undefined where they say nothing.
 * @throws UserError where they are anything else
 */
export function readOutcome(file: SafetensorsFile): { prediction: Prediction; target: Target } | undefined {
  const said = jsonOf(file, 'prediction');
  if (said === undefined) return undefined;
  const prediction = isPrediction(said) ? said : refuse(file, 'prediction');
  const explained = jsonOf(file, 'explained') ?? {
    ...prediction.candidates[0],
    value: prediction.candidates[0].logit,
  };
  const { kind, position } = prediction;
  if (!isExplained(explained)) return refuse(file, 'explained');
  const { id, label, value, probability } = explained;
  return { prediction, target: { kind, position, id, label, value, probability } };
}

function refuse(file: SafetensorsFile, key: string): never {
  throw new UserError(
    `${file.path}: its metadata “${key}” are not as docs/attention-file.md describes them. Correct them, or leave them out.`,
  );
}

function isPrediction(value: unknown): value is Prediction {
  if (!isRecord(value)) return false;
  const { kind, position, candidates, entropy } = value;
  return (
    kinds.some((known) => known === kind) &&
    Number.isInteger(position) &&
    typeof entropy === 'number' &&
    Array.isArray(candidates) &&
    candidates.length > 0 &&
    candidates.length <= mostCandidates &&
    candidates.every((one) => isOutcome(one) && typeof one['logit'] === 'number')
  );
}

function isExplained(
  value: unknown,
): value is { id: number; label: string; value: number; probability: number } {
  return isRecord(value) && isOutcome(value) && typeof value['value'] === 'number';
}

function isOutcome(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false;
  const { id, label, probability } = value;
  const isShare = typeof probability === 'number' && probability >= 0 && probability <= 1;
  return Number.isInteger(id) && typeof label === 'string' && isShare;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
