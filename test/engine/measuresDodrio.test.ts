import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { computeHeadMeasures } from '../../src/engine/measures/definitions';
import { headsOf } from '../../src/engine/measures/headAttention';
import { countRelationHits, syntaxScores } from '../../src/engine/measures/syntactic';
import { wordAttention } from '../../src/engine/measures/wordAttention';
import type { Tensor } from '../../src/protocol/tensor';
import { assertClose, dodrioFiles, Golden } from './measuresGolden';

interface Instance {
  readonly words: readonly string[];
  readonly relations: readonly string[];
  readonly predicted: 'negative' | 'positive';
}

for (const path of dodrioFiles()) {
  describe(`what Dodrio published for ${path.replace(/^.*\//, '')}`, () => {
    let golden: Golden;
    let instance: Instance;
    let attentions: Tensor[];

    before(async () => {
      golden = await Golden.read(path);
      instance = golden.json('instance') as Instance;
      const { data, dims } = golden.words('attention_e4');
      const size = dims[1] * dims[2] * dims[3];
      attentions = Array.from({ length: dims[0] }, (_, layer) => ({
        data: Float32Array.from(data.subarray(layer * size, (layer + 1) * size), (weight) => weight / 1e4),
        dims: dims.slice(1),
      }));
    });

    const measured = (saliency?: Float32Array) => {
      const keys = attentions[0].dims[2];
      return computeHeadMeasures(
        {
          attentions,
          isSelf: true,
          keys: {
            ids: new Int32Array(keys).fill(-1),
            special: new Uint8Array(keys),
            separators: new Uint8Array(keys),
          },
          saliency,
        },
        ['confidence', 'semantic'],
      );
    };

    it('confidence is the largest weight', () => {
      assertClose(measured().confidence ?? [], golden.floats('confidence').data, 1e-6, 'confidence');
    });

    it('semantic is Dodrio’s own score, for the saliency of the predicted class', () => {
      const published = golden.floats('published_semantic').data;
      const error = (name: string): number => {
        const { semantic } = measured(golden.floats(name).data);
        assert.ok(semantic);
        return Math.max(...semantic.map((score, at) => Math.abs(score - published[at])));
      };
      const predicted = `saliency_${instance.predicted}`;
      assert.ok(error(predicted) < 2e-4, `off by ${error(predicted)}`);
    });

    it('syntactic is the share of words whose most attended other word is the parent, in both directions', () => {
      const pieces = golden.integers('piece_to_word');
      const last = pieces[pieces.length - 1];
      // There the special tokens are the words 0 and W + 1.
      const words = pieces.map((word) => (word === 0 || word === last ? -1 : word - 1));
      const parse = { heads: golden.integers('parent'), relations: instance.relations };
      // Published weights are rounded to multiples of 10⁻⁴ and tie; as whole numbers they tie exactly, as they did there.
      const whole = attentions.map(({ data, dims }) => ({
        data: data.map((weight) => Math.round(weight * 1e4)),
        dims,
      }));
      const scores = syntaxScores(countRelationHits(whole, { words, count: last - 1 }, parse));
      assertClose(
        scores.overall,
        [
          ...golden.floats('syntactic_dependent_to_head').data,
          ...golden.floats('syntactic_head_to_dependent').data,
        ],
        1e-6,
        'syntactic',
      );
    });

    it('attention between words sums to a word and averages from a word', () => {
      const words = golden.integers('piece_to_word');
      const { data, dims } = golden.floats('word_attention_L7H10');
      const merged = wordAttention(headsOf(attentions[7])[10], { words, count: dims[0] });
      assert.deepEqual(merged.dims, dims);
      assertClose(merged.data, data, 1e-5, 'word attention');
    });
  });
}
