import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rollout, rolloutRow } from '../../src/engine/measures/rollout';
import { anyHead, attentionOf } from './attentionSamples';
import { assertClose, Golden, measureFiles } from './measuresGolden';

function sumsOfRows({ data, dims }: { data: Float32Array; dims: readonly number[] }): number[] {
  const width = dims[dims.length - 1];
  return Array.from({ length: data.length / width }, (_, row) =>
    data.subarray(row * width, (row + 1) * width).reduce((sum, weight) => sum + weight, 0),
  );
}

describe('attention rollout', () => {
  for (const path of measureFiles) {
    it(`has the golden values of ${path.replace(/^.*\//, '')} after every layer`, async () => {
      const golden = await Golden.read(path);
      const attentions = golden.layers('attentions.self');
      const { data, dims } = golden.floats('rollout.self');
      const computed = rollout(attentions);
      assert.deepEqual(computed.dims, dims);
      assertClose(computed.data, data, 1e-6, 'rollout');
      for (const position of [0, dims[1] - 1]) {
        const start = ((dims[0] - 1) * dims[1] + position) * dims[2];
        assertClose(rolloutRow(attentions, position), data.subarray(start, start + dims[2]), 1e-6, 'row');
      }
    });
  }

  it('has the golden values of every model and text', async (t) => {
    const fixtures = process.env['HEADLIGHT_FIXTURES'];
    if (!fixtures) return t.skip('needs HEADLIGHT_FIXTURES');
    let compared = 0;
    for (const model of readdirSync(fixtures)) {
      const path = join(fixtures, model, 'golden.safetensors');
      if (!existsSync(path)) continue;
      const golden = await Golden.read(path);
      for (const name of golden.names.filter((one) => one.includes('/rollout.'))) {
        const computed = rollout(golden.layers(name.replace('/rollout.', '/attentions.')));
        assertClose(computed.data, golden.floats(name).data, 1e-6, `${model} ${name}`);
        compared++;
      }
    }
    assert.ok(compared > 50, `only ${compared} compared`);
  });

  it('keeps rows that sum to 1', () => {
    fc.assert(
      fc.property(anyHead(), fc.integer({ min: 1, max: 4 }), (sample, layers) => {
        const attentions = Array.from({ length: layers }, () => attentionOf([sample, sample]));
        for (const sum of sumsOfRows(rollout(attentions))) assert.ok(Math.abs(sum - 1) < 1e-5);
      }),
    );
  });

  it('passes on the residual alone where a row is masked as a whole', () => {
    const { data } = rollout([{ data: Float32Array.of(NaN, NaN, 0.5, 0.5), dims: [1, 2, 2] }]);
    assert.deepEqual(data, Float32Array.of(1, 0, 0.25, 0.75));
  });

  it('refuses attention between two texts', () => {
    assert.throws(() => rollout([{ data: new Float32Array(2), dims: [1, 1, 2] }]), RangeError);
  });
});
