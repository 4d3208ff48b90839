import type { InspectRequest, TokenRow } from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { decodeImage } from '../images/decode';
import { patchRow } from '../images/patches';
import { pixelValues, readPreprocessor, usualPreprocessor } from '../images/preprocess';
import type { ModelConfig } from './folder';

/** What is asked of a model before a picture can be put into it. */
export interface ImageTaker {
  readonly name: string;
  /** Holds `preprocessor_config.json`. */
  readonly folder: string;
  readonly config: ModelConfig;
  readonly summary: Pick<ModelSummary, 'inputs'>;
}

/**
 * The request with its picture as the tensor `pixel_values`.
 * @throws UserError where the model takes no pictures, or the picture cannot be read
 */
export function withPixels(
  request: InspectRequest,
  { name, folder, config, summary }: ImageTaker,
): { readonly request: InspectRequest; readonly notes: readonly string[] } {
  const { image, feeds } = request;
  if (image === undefined) return { request, notes: [] };
  if (summary.inputs.every((input) => input.name !== 'pixel_values')) {
    throw new UserError(
      `“${name}” does not look at pictures. Choose a vision model, or give a text.`,
      'input',
    );
  }
  const stated = readPreprocessor(folder, config);
  const notes =
    stated === undefined
      ? [
          `“${name}” has no preprocessor_config.json: the picture was prepared as is usual for models of its kind, so numbers may differ a little.`,
        ]
      : [];
  const { data, dims } = pixelValues(
    decodeImage(image.bytes, image.name),
    stated ?? usualPreprocessor(config),
  );
  return { request: { ...request, feeds: { ...feeds, pixel_values: { data, dims: [1, ...dims] } } }, notes };
}

/** Tokens of a model that sees nothing but a picture. @param tokens number of keys of its attention */
export function patchesOf(
  tokens: number,
  feeds: InspectRequest['feeds'],
  { patchSize }: ModelConfig,
): Omit<TokenRow, 'words'> {
  const [height, width] = feeds?.['pixel_values']?.dims.slice(-2) ?? [];
  const isKnown = patchSize > 0 && height !== undefined && width !== undefined;
  const grid = isKnown
    ? { rows: Math.floor(height / patchSize), columns: Math.floor(width / patchSize) }
    : undefined;
  return patchRow(tokens, grid);
}

/**
 * Gradients are of the patches alone; a row has the tokens before them too, which come from no pixel.
 * @returns [S], NaN for those
 */
export function alongRow(scores: Float32Array, tokens: number): Float32Array {
  if (scores.length >= tokens) return scores;
  const row = new Float32Array(tokens).fill(NaN);
  row.set(scores, tokens - scores.length);
  return row;
}

/** Whether a forward run had a picture as its only input. */
export function isPictureOnly(ids: ArrayLike<number>, attentions: readonly Tensor[] | undefined): boolean {
  return ids.length === 0 && attentions !== undefined && attentions.length > 0;
}
