import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { encode } from 'jpeg-js';
import { PNG } from 'pngjs';
import { decodeImage } from '../../src/engine/images/decode';
import { patchRow } from '../../src/engine/images/patches';
import { pixelValues } from '../../src/engine/images/preprocess';
import { resize } from '../../src/engine/images/resample';
import { Engine } from '../../src/engine/session/engine';
import { fixturesIn } from './golden';

const side = 32;
/** [side, side, 3] bytes without a pattern. */
const noise = Uint8Array.from(
  { length: side * side * 3 },
  (_, i) => (Math.imul(i + 1, 2654435761) >>> 11) & 255,
);

function png(): Uint8Array {
  const picture = new PNG({ width: side, height: side });
  for (let i = 0; i < side * side; i++) picture.data.set([...noise.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return PNG.sync.write(picture);
}

describe('pictures', { concurrency: false }, () => {
  test('PNG is decoded to its own bytes, JPEG to nearly the same', () => {
    assert.deepEqual([...decodeImage(png(), 'a.png').data], [...noise]);
    const grey = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 4).fill(120) };
    const decoded = decodeImage(encode(grey, 95).data, 'a.jpg');
    assert.deepEqual([decoded.width, decoded.height, decoded.data.length], [8, 8, 192]);
    assert.ok(decoded.data.every((level) => Math.abs(level - 120) <= 2));
  });

  test('damaged, foreign and oversized files are refused in a sentence', () => {
    assert.throws(() => decodeImage(png().subarray(0, 200), 'cut.png'), {
      kind: 'input',
      message: /cut\.png.*damaged/,
    });
    assert.throws(() => decodeImage(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1), 'b.jpg'), { kind: 'input' });
    assert.throws(() => decodeImage(Buffer.from('GIF89a'), 'c.gif'), {
      kind: 'input',
      message: /neither a PNG nor/,
    });
    const huge = Uint8Array.from(png());
    new DataView(huge.buffer).setUint32(16, 100_000);
    new DataView(huge.buffer).setUint32(20, 100_000);
    assert.throws(() => decodeImage(huge, 'huge.png'), { kind: 'input', message: /at most 64 million/ });
  });

  test('scaling keeps a flat picture flat, and halving by a box is the mean of four pixels', () => {
    const flat = { width: 7, height: 5, data: new Uint8Array(105).fill(201) };
    for (const filter of ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const)
      assert.ok(
        resize(flat, 3, 11, filter).data.every((level) => level === 201),
        filter,
      );
    const four = { width: 2, height: 2, data: Uint8Array.of(0, 0, 0, 100, 0, 0, 20, 0, 0, 40, 0, 0) };
    assert.equal(resize(four, 1, 1, 'box').data[0], 40);
  });

  test('a picture that is cropped keeps its middle', () => {
    const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 3)) };
    const values = pixelValues(image, {
      crop: { width: 2, height: 2 },
      rescale: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    assert.deepEqual([...values.data.subarray(0, 4)], [1, 2, 5, 6]);
  });

  test('tokens of a picture are patches by row and column, after the class token', () => {
    const { pieces, special } = patchRow(5, { rows: 2, columns: 2 });
    assert.deepEqual(pieces, ['[CLS]', 'patch 0,0', 'patch 0,1', 'patch 1,0', 'patch 1,1']);
    assert.deepEqual([...special], [1, 0, 0, 0, 0]);
  });

  const folder = process.env['HEADLIGHT_FIXTURES'];
  test('a picture of the right size gives the logits of its pixel values', async (t) => {
    if (folder === undefined || !existsSync(folder)) return t.skip('set HEADLIGHT_FIXTURES');
    const vit = fixturesIn(folder).find(
      ({ architecture, form }) => architecture === 'vit' && form === 'eager-ts',
    );
    assert.ok(vit !== undefined);
    const engine = new Engine({
      modelsFolder: join(__dirname, '../../media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    const data = Float32Array.from({ length: noise.length }, (_, i) => {
      const [channel, at] = [Math.floor(i / (side * side)), i % (side * side)];
      return (noise[3 * at + channel] / 255 - 0.5) / 0.5;
    });
    const base = { model: vit.folder, onnx: vit.onnx, text: '' };
    const fed = await engine.inspectCompletely(1, {
      ...base,
      feeds: { pixel_values: { data, dims: [1, 3, side, side] } },
    });
    const seen = await engine.inspectCompletely(2, { ...base, image: { name: 'noise.png', bytes: png() } });
    seen.forward.logits.data.forEach((logit, i) =>
      assert.ok(Math.abs(logit - fed.forward.logits.data[i]) < 1e-5),
    );
    const { tokens, saliency, blocks } = seen.inspection;
    assert.equal(tokens.pieces[1], 'patch 0,0');
    assert.equal(tokens.pieces.length, 17);
    assert.equal(saliency['gradient-l1']?.length, 17);
    assert.ok(Number.isNaN(saliency['gradient-l1']?.[0]) && Number(saliency['gradient-l1']?.[1]) > 0);
    assert.equal(blocks[0].thumbnails.edges.length > 0, true);
  });
});
