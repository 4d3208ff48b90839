import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import type { RgbImage } from './decode';
import { resampleFilters, resize, type ResampleFilter } from './resample';

/** Size that a picture is scaled to. */
export type ScaledSize =
  | { readonly height: number; readonly width: number }
  /** The shorter side gets so many pixels, the longer one in proportion. */
  | { readonly shortestEdge: number };

/** What `preprocessor_config.json` says of the way from a picture to `pixel_values`, in the order of the steps. */
export interface Preprocessor {
  readonly resize?: { readonly size: ScaledSize; readonly filter: ResampleFilter };
  readonly crop?: { readonly height: number; readonly width: number };
  /** What a byte is multiplied by. */
  readonly rescale: number;
  /** Per channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What stands in for a preprocessor_config.json that is missing. */
export interface ImageDefaults {
  readonly modelType: string;
  /** Side of the square that the model looks at. */
  readonly imageSize: number;
}

/** Files of more than this are refused before they are read, and sides of more than this before they are allocated. */
const largestFile = 1 << 20;
const longestSide = 4096;

/** Means and deviations of CLIP's training pictures. Source: Radford et al. 2021, its published preprocessing. */
const clipMean = [0.48145466, 0.4578275, 0.40821073];
const clipStd = [0.26862954, 0.26130258, 0.27577711];

/**
 * Reads a model's preprocessing.
 * @returns undefined where the folder has no preprocessor_config.json
 * @throws UserError where the file cannot be understood
 */
export function readPreprocessor(folder: string, defaults: ImageDefaults): Preprocessor | undefined {
  const path = join(folder, 'preprocessor_config.json');
  if (!existsSync(path)) return undefined;
  const json = parse(path);
  const type = [json['image_processor_type'], json['feature_extractor_type'], defaults.modelType].join(' ');
  const isClip = /clip/i.test(type);
  const edge = defaults.imageSize > 0 ? defaults.imageSize : 224;
  const size = sizeOf(json['size'], isClip) ?? usualSize(edge, isClip);
  // Old configurations have one number, and mean a square by it.
  const cropped = sizeOf(json['crop_size'], false);
  const crop = cropped !== undefined && 'height' in cropped ? cropped : { height: edge, width: edge };
  const isOn = (name: string, byDefault: boolean): boolean =>
    typeof json[name] === 'boolean' ? json[name] : byDefault;
  const normalises = isOn('do_normalize', true);
  const preprocessor: Preprocessor = {
    ...(isOn('do_resize', true) ? { resize: { size, filter: filterOf(json['resample'], isClip) } } : {}),
    ...(isOn('do_center_crop', isClip) ? { crop } : {}),
    rescale: !isOn('do_rescale', true)
      ? 1
      : typeof json['rescale_factor'] === 'number'
        ? json['rescale_factor']
        : 1 / 255,
    mean:
      (normalises ? channels(json['image_mean']) : undefined) ?? [0, 0, 0].map(() => (normalises ? 0.5 : 0)),
    std:
      (normalises ? channels(json['image_std']) : undefined) ?? [1, 1, 1].map(() => (normalises ? 0.5 : 1)),
  };
  check(preprocessor, path);
  return preprocessor;
}

/** How models of this kind are usually fed, for folders without a preprocessor_config.json. */
export function usualPreprocessor({ modelType, imageSize }: ImageDefaults): Preprocessor {
  const edge = imageSize > 0 ? imageSize : 224;
  const isClip = /clip/i.test(modelType);
  return {
    resize: { size: usualSize(edge, isClip), filter: isClip ? 'bicubic' : 'bilinear' },
    ...(isClip ? { crop: { height: edge, width: edge } } : {}),
    rescale: 1 / 255,
    mean: isClip ? clipMean : [0.5, 0.5, 0.5],
    std: isClip ? clipStd : [0.5, 0.5, 0.5],
  };
}

function usualSize(edge: number, isClip: boolean): ScaledSize {
  return isClip ? { shortestEdge: edge } : { height: edge, width: edge };
}

/**
 * A picture as a model takes it: scaled, cropped at the centre, as numbers around zero.
 * @returns [3, height, width]
 */
export function pixelValues(image: RgbImage, preprocessor: Preprocessor): Tensor {
  const { resize: scaling, crop, rescale, mean, std } = preprocessor;
  const scaled =
    scaling === undefined ? image : resize(image, ...sidesOf(image, scaling.size), scaling.filter);
  const { width, height, data } = crop === undefined ? scaled : centreCrop(scaled, crop.width, crop.height);
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < plane; at++)
      values[channel * plane + at] = (data[3 * at + channel] * rescale - mean[channel]) / std[channel];
  }
  return { data: values, dims: [3, height, width] };
}

function sidesOf({ width, height }: RgbImage, size: ScaledSize): [width: number, height: number] {
  if ('height' in size) return [size.width, size.height];
  const edge = size.shortestEdge;
  const long = Math.trunc((edge * Math.max(width, height)) / Math.min(width, height));
  if (long > 16 * longestSide) {
    throw new UserError(
      `The picture is too narrow: ${width} × ${height} pixels. Cut out the part that matters.`,
      'input',
    );
  }
  return width <= height ? [edge, long] : [long, edge];
}

/** What lies outside a picture that is too small is black. */
function centreCrop(image: RgbImage, width: number, height: number): RgbImage {
  if (image.width === width && image.height === height) return image;
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  const data = new Uint8Array(width * height * 3);
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(width, image.width - left); x++) {
      const from = ((y + top) * image.width + x + left) * 3;
      data.set(image.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

function parse(path: string): Readonly<Record<string, unknown>> {
  try {
    if (statSync(path).size > largestFile) throw new Error('too large');
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
    throw new Error('not an object');
  } catch (cause) {
    throw new UserError(`“${path}” is not valid JSON. Download it again.`, 'model', { cause });
  }
}

function check({ resize: scaling, crop, mean, std }: Preprocessor, path: string): void {
  const sides = [
    ...(scaling === undefined ? [] : Object.values(scaling.size)),
    ...(crop === undefined ? [] : [crop.height, crop.width]),
  ] as readonly number[];
  const isWrong = sides.some((side) => !Number.isInteger(side) || side < 1 || side > longestSide);
  if (!isWrong && mean.length === 3 && std.length === 3 && !std.includes(0)) return;
  throw new UserError(
    `“${path}” asks for sizes or channels that make no sense (sides ${sides.join(', ')}; ${mean.length} means). Download it again.`,
    'model',
  );
}

function sizeOf(value: unknown, isShortest: boolean): ScaledSize | undefined {
  if (typeof value === 'number')
    return isShortest ? { shortestEdge: value } : { height: value, width: value };
  if (typeof value !== 'object' || value === null) return undefined;
  const { height, width, shortest_edge: shortestEdge } = value as Readonly<Record<string, unknown>>;
  if (typeof height === 'number' && typeof width === 'number') return { height, width };
  return typeof shortestEdge === 'number' ? { shortestEdge } : undefined;
}

function filterOf(value: unknown, isClip: boolean): ResampleFilter {
  const named = typeof value === 'number' ? resampleFilters[value] : undefined;
  return named ?? (isClip ? 'bicubic' : 'bilinear');
}

function channels(value: unknown): number[] | undefined {
  if (typeof value === 'number') return [value, value, value];
  return Array.isArray(value) && value.every((one) => typeof one === 'number') ? value : undefined;
}
