import type { RgbImage } from './decode';

/** Filters by the numbers that PIL, and so `preprocessor_config.json`, gives them. */
export const resampleFilters = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;
export type ResampleFilter = (typeof resampleFilters)[number];

/** A filter that weighs pixels by their distance in output pixels; 0 from `support` on. */
interface Kernel {
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Source: Pillow, the documentation of its filters; bicubic with a = −½ (Keys 1981). */
const kernels: Readonly<Record<Exclude<ResampleFilter, 'nearest'>, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  },
  bicubic: {
    support: 2,
    weight: (x) => {
      const size = Math.abs(x);
      if (size < 1) return (1.5 * size - 2.5) * size * size + 1;
      return size < 2 ? ((-0.5 * size + 2.5) * size - 4) * size + 2 : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights are whole numbers of so many bits: sums round as those of PIL do, to the last level. */
const precision = 2 ** 22;

/**
 * Scales a picture as PIL does: along rows, then along columns, each rounded to bytes; the filter widens where the picture shrinks.
 * @param width, height at least 1
 */
export function resize(image: RgbImage, width: number, height: number, filter: ResampleFilter): RgbImage {
  if (image.width === width && image.height === height) return image;
  if (filter === 'nearest') return nearest(image, width, height);
  const kernel = kernels[filter];
  const across = image.width === width ? image : resizeRows(image, width, kernel);
  if (across.height === height) return across;
  return transposed(resizeRows(transposed(across), height, kernel));
}

function resizeRows({ width: before, height, data }: RgbImage, width: number, kernel: Kernel): RgbImage {
  const out = new Uint8Array(width * height * 3);
  for (let x = 0; x < width; x++) {
    const { first, weights } = weightsAt(x, before / width, before, kernel);
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = precision / 2;
        let at = (y * before + first) * 3 + channel;
        for (const weight of weights) {
          sum += weight * data[at];
          at += 3;
        }
        out[(y * width + x) * 3 + channel] = Math.min(255, Math.max(0, Math.floor(sum / precision)));
      }
    }
  }
  return { width, height, data: out };
}

/** Which pixels of a row make one pixel of the scaled row, and how much each of them. */
function weightsAt(
  x: number,
  scale: number,
  count: number,
  kernel: Kernel,
): { readonly first: number; readonly weights: readonly number[] } {
  const widening = Math.max(1, scale);
  const support = kernel.support * widening;
  const centre = (x + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(count, Math.trunc(centre + support + 0.5));
  const weights = Array.from({ length: end - first }, (_, i) =>
    kernel.weight((first + i - centre + 0.5) / widening),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { first, weights: weights.map((weight) => Math.round((weight / sum) * precision)) };
}

function transposed({ width, height, data }: RgbImage): RgbImage {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      turned.set(data.subarray(from, from + 3), (x * height + y) * 3);
    }
  }
  return { width: height, height: width, data: turned };
}

function nearest(image: RgbImage, width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * image.height) / height);
    for (let x = 0; x < width; x++) {
      const from = (row * image.width + Math.floor(((x + 0.5) * image.width) / width)) * 3;
      data.set(image.data.subarray(from, from + 3), (y * width + x) * 3);
    }
  }
  return { width, height, data };
}
