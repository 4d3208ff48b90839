import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { fixturesIn, largestDifference, largestMagnitude } from './golden';

const own = join(__dirname, '..', 'fixtures', 'models');
const everything = process.env['HEADLIGHT_FIXTURES'];
const engineOf = (): Engine =>
  new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });

describe('saliencies that need many runs', { concurrency: false }, () => {
  for (const folder of [own, ...(everything === undefined ? [] : [everything])].filter(existsSync)) {
    for (const fixture of fixturesIn(folder)) {
      // Only the encoder's embeddings move in encoder-decoders; images have no tokens to mask or pad.
      if (fixture.form !== 'eager-ts' || ['image', 'clip'].includes(fixture.task)) continue;
      for (const baseline of ['pad', 'zero'] as const) {
        test(`integrated gradients of ${fixture.architecture} from ${baseline} are PyTorch's, and so is their completeness gap`, async (t) => {
          const engine = engineOf();
          let compared = 0;
          for (const input of await fixture.inputs()) {
            const golden =
              input.golden(`ig.${baseline}.embeddings`) ?? input.golden(`ig.${baseline}.embeddings.encoder`);
            if (golden === undefined || input.isPadded) continue;
            const { index } = input.scalar;
            const target = index.length === 2 ? { position: index[0], id: index[1] } : { id: index[0] };
            const { saliency, completenessGap = NaN } = await engine.inspect(1, {
              model: fixture.folder,
              onnx: fixture.onnx,
              text: '',
              feeds: input.feeds,
              target,
              parse: 'none',
              saliency: ['integrated-gradients'],
              measures: [],
              integratedGradients: { steps: 50, baseline },
            });
            const ours = saliency['integrated-gradients'] ?? new Float32Array();
            // A zero baseline is singular for models that normalise the look-up itself: float32 loses more there.
            const bound = baseline === 'zero' ? 1e-3 : 1e-4;
            const difference = largestDifference(ours, golden.data) / largestMagnitude(golden.data);
            assert.ok(difference <= bound, `${input.name}: ${difference}`);
            assert.ok(completenessGap >= 0, input.name);
            compared++;
          }
          if (compared === 0) t.skip(`no golden values from ${baseline}`);
        });
      }
    }
  }

  test('completeness: on the built-in encoder the scores add up to what the target gained over the baseline', async () => {
    const { saliency, completenessGap = NaN } = await engineOf().inspect(1, {
      model: 'headlight-encoder-sentiment',
      text: 'A funny, touching film.',
      saliency: ['integrated-gradients', 'smooth-grad'],
      parse: 'none',
      integratedGradients: { steps: 100 },
    });
    const sum = Array.from(saliency['integrated-gradients'] ?? []).reduce((total, score) => total + score, 0);
    assert.ok(completenessGap < 0.02 * Math.abs(sum), `gap ${completenessGap} of ${sum}`);
    assert.ok((saliency['smooth-grad'] ?? []).every((score) => score > 0));
  });

  test('occlusion is what the target loses when the token is masked, computed here by one run per token', async () => {
    const engine = engineOf();
    const model = 'headlight-encoder-sentiment';
    const whole = await engine.inspect(1, {
      model,
      text: 'The plot makes no sense.',
      saliency: ['occlusion'],
      parse: 'none',
    });
    const mask = 4;
    assert.equal(whole.tokens.special[0], 1);
    const scores = whole.saliency.occlusion ?? new Float32Array();
    // [CLS] and [SEP] are no words to be covered.
    assert.ok(Number.isNaN(scores[0]) && Number.isNaN(scores[scores.length - 1]));
    for (let i = 1; i < scores.length - 1; i++) {
      const inputIds = Array.from(whole.tokens.ids, (id, at) => (at === i ? mask : id));
      const covered = await engine.inspect(1, {
        model,
        text: '',
        inputIds,
        target: { id: whole.target.id },
        saliency: [],
        measures: [],
        parse: 'none',
      });
      assert.ok(Math.abs(whole.target.value - covered.target.value - scores[i]) < 1e-4, `token ${i}`);
    }
  });
});
