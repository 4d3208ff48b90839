import { decode as decodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { UserError } from '../errors';

/** A decoded picture: three bytes per pixel (red, green, blue), row by row from the top. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly data: Uint8Array;
}

/** Larger pictures are refused before anything is allocated for them: models look at less than one megapixel. */
const mostMegapixels = 64;

/**
 * Decodes a PNG or JPEG picture. Transparency is dropped, as `convert("RGB")` of PIL does; grey becomes three equal channels.
 * @throws UserError where the bytes are neither, are damaged, or hold too many pixels
 */
export function decodeImage(bytes: Uint8Array, name: string): RgbImage {
  const kind = kindOf(bytes);
  if (kind === undefined) {
    throw new UserError(`“${name}” is neither a PNG nor a JPEG picture. Convert it to one of them.`, 'input');
  }
  try {
    if (kind === 'jpeg') {
      const { width, height, data } = decodeJpeg(bytes, {
        useTArray: true,
        formatAsRGBA: false,
        tolerantDecoding: false,
        maxResolutionInMP: mostMegapixels,
      });
      return { width, height, data };
    }
    const { width, height } = pngSize(bytes);
    if (width * height > mostMegapixels * 1e6) {
      throw new UserError(
        `“${name}” has ${width} × ${height} pixels; at most ${mostMegapixels} million are read. Scale it down.`,
        'input',
      );
    }
    const picture = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { width: picture.width, height: picture.height, data: withoutAlpha(picture.data) };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `“${name}” is damaged or of an unusual form, and cannot be read (${reason}). Save it again as PNG or JPEG.`,
      'input',
      { cause },
    );
  }
}

function kindOf(bytes: Uint8Array): 'png' | 'jpeg' | undefined {
  const begins = (...signature: number[]): boolean => signature.every((byte, at) => bytes[at] === byte);
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  return begins(0xff, 0xd8, 0xff) ? 'jpeg' : undefined;
}

/** From the header, which must come first. Source: PNG specification, IHDR. */
function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  if (bytes.length < 33) throw new Error('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}
