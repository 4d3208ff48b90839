import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';

const everything = process.env['HEADLIGHT_FIXTURES'];
const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});

async function notesOf(model: string, onnx?: string, wantsGradients = true): Promise<string> {
  const asked = wantsGradients ? {} : { saliency: [], measures: ['confidence'] as const };
  const { notes } = await engine.inspect(1, { model, onnx, text: 'the license', parse: 'none', ...asked });
  return notes.join(' ');
}

describe('what is said of quantised weights', () => {
  test('nothing where they are not quantised', async () => {
    assert.doesNotMatch(await notesOf('headlight-encoder-sentiment'), /quantised/);
  });

  for (const [form, kind] of [
    ['gpt2/int8', 'int8 \\(dynamic\\)'],
    ['llama/q4', '4-bit blocks'],
  ]) {
    test(`${form}: gradients go through the dequantised weights`, async (t) => {
      if (everything === undefined)
        return t.skip('set HEADLIGHT_FIXTURES to the folder of the full fixtures');
      const folder = join(everything, form.split('/')[0]);
      const file = join(everything, form, 'model.onnx');
      const said = new RegExp(`quantised \\(${kind}\\).*gradients go through the dequantised weights`);
      assert.match(await notesOf(folder, file), said);
      assert.doesNotMatch(await notesOf(folder, file, false), /dequantised/);
    });
  }
});
