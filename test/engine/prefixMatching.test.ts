import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { prefixMatchingScore, repeatedSequence } from '../../src/engine/measures/prefixMatching';
import { Engine } from '../../src/engine/session/engine';

const frame = { before: [1, 2], after: [3] };
const draw = (room: number, seed = 0.5, vocabulary = 1000) =>
  repeatedSequence(vocabulary, new Set([150, 151]), frame, room, seed) ?? assert.fail();

describe('a random repeated sequence', () => {
  it('is 25 different tokens, four times, between what stands around a text', () => {
    const { ids, start, period, times } = draw(512);
    assert.deepEqual([start, period, times, ids.length], [2, 25, 4, 103]);
    assert.deepEqual([...ids.subarray(0, 2), ids[102]], [1, 2, 3]);
    const once = [...ids.subarray(2, 27)];
    assert.equal(new Set(once).size, 25);
    for (let i = 0; i < 100; i++) assert.equal(ids[2 + i], once[i % 25]);
    for (const id of once) assert.ok(id >= 100 && id < 900 && id !== 150 && id !== 151, String(id));
  });

  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(draw(512).ids, draw(512).ids);
    assert.notDeepEqual(draw(512, 0.25).ids, draw(512).ids);
  });

  it('fits into short contexts and small vocabularies', () => {
    const short = draw(20);
    assert.deepEqual([short.period, short.times, short.ids.length], [8, 2, 19]);
    assert.equal(draw(512, 0.5, 10).period, 8);
    assert.equal(repeatedSequence(1000, new Set(), frame, 6, 0.5), undefined);
    assert.equal(repeatedSequence(2, new Set([0, 1]), frame, 100, 0.5), undefined);
  });
});

describe('the prefix matching score', () => {
  const place = { start: 1, period: 3, times: 3 };
  const size = 10;
  const attention = (weightOf: (query: number, key: number) => number) =>
    Float32Array.from({ length: size * size }, (_, at) => weightOf(Math.floor(at / size), at % size));

  it('is 1 for a head that looks only at what followed the same token, and 0 for one that looks at itself', () => {
    const induction = attention((query, key) => (key === query - 3 + 1 ? 1 : 0));
    assert.equal(prefixMatchingScore({ weights: induction, keys: size }, place), 1);
    assert.equal(
      prefixMatchingScore({ weights: attention((q, k) => (q === k ? 1 : 0)), keys: size }, place),
      0,
    );
  });

  it('adds up the weights on all earlier repetitions, and is a mean over the tokens that have some', () => {
    const uniform = attention((query, key) => (key <= query ? 1 / (query + 1) : 0));
    // Places 4 to 9: one earlier occurrence for the first three, two for the others.
    const expected = [1 / 5, 1 / 6, 1 / 7, 2 / 8, 2 / 9, 2 / 10].reduce((sum, one) => sum + one, 0) / 6;
    assert.ok(Math.abs(prefixMatchingScore({ weights: uniform, keys: size }, place) - expected) < 1e-6);
  });
});

describe('prefix matching of a model', () => {
  const modelsFolder = resolve(__dirname, '../../media/models');
  let engine: Engine;
  before(() => {
    engine = new Engine({ modelsFolder, events: { progress: () => undefined, log: () => undefined } });
  });

  it('is what its attention on that very sequence says', async () => {
    const model = 'headlight-decoder';
    const request = { model, text: 'Any text.', saliency: [], measures: ['prefix-matching'] } as const;
    const [block] = (await engine.inspect(1, request)).blocks;
    const scores = block.measures['prefix-matching'] ?? assert.fail();
    assert.equal(scores.length, block.layers * block.heads);

    // Independent: the four sequences inspected as ids, their attention fetched head by head and summed here.
    const first = (await engine.inspect(2, { model, text: 'Any text.' })).tokens;
    const specials = Array.from(first.special.keys()).filter((i) => first.special[i] === 1);
    const expected = new Float64Array(scores.length);
    const { vocabularySize, contextLength, specialIds } = await factsOf();
    const around = { before: specials.map((i) => first.ids[i]), after: [] };
    for (const seed of [0.125, 0.375, 0.625, 0.875]) {
      const sequence =
        repeatedSequence(vocabularySize, specialIds, around, contextLength, seed) ?? assert.fail();
      const { id } = await engine.inspect(3, { model, text: '', inputIds: [...sequence.ids], saliency: [] });
      for (let layer = 0; layer < block.layers; layer++) {
        for (let head = 0; head < block.heads; head++) {
          const heads = [{ block: 'self' as const, layer, head }];
          const [{ data, dims }] = await engine.attention(4, { inspection: id, heads, level: 'token' });
          let [sum, count] = [0, 0];
          sequence.ids.forEach((token, query) => {
            if (query < sequence.start + sequence.period) return;
            count++;
            for (let key = sequence.start; key < query; key++)
              if (key > sequence.start && sequence.ids[key - 1] === token) sum += data[query * dims[1] + key];
          });
          expected[layer * block.heads + head] += sum / count / 4;
        }
      }
    }
    scores.forEach((score, i) =>
      assert.ok(Math.abs(score - expected[i]) < 1e-5, `${i}: ${score}, ${expected[i]}`),
    );
    assert.ok(Math.max(...scores) > 0.2, `no induction head: ${Math.max(...scores)}`);
  });

  it('is computed once for a model', async () => {
    const messages: string[] = [];
    const watched = new Engine({
      modelsFolder,
      events: { progress: (_, { message }) => messages.push(message), log: () => undefined },
    });
    const request = { model: 'headlight-decoder', saliency: [], measures: ['prefix-matching'] } as const;
    const a = await watched.inspect(1, { ...request, text: 'One text.' });
    const runs = messages.filter((message) => message.startsWith('Random repeated')).length;
    const b = await watched.inspect(2, { ...request, text: 'Quite another text.' });
    assert.equal(runs, 4);
    assert.equal(messages.filter((message) => message.startsWith('Random repeated')).length, runs);
    assert.deepEqual(a.blocks[0].measures['prefix-matching'], b.blocks[0].measures['prefix-matching']);
  });

  /** Read from the model's files, not through the engine. */
  async function factsOf() {
    const { readFile } = await import('node:fs/promises');
    const read = async (name: string) =>
      JSON.parse(await readFile(resolve(modelsFolder, 'headlight-decoder', name), 'utf8')) as {
        readonly vocab_size: number;
        readonly n_positions: number;
        readonly added_tokens: readonly { readonly id: number }[];
      };
    const { vocab_size: vocabularySize, n_positions: contextLength } = await read('config.json');
    const { added_tokens } = await read('tokenizer.json');
    return { vocabularySize, contextLength, specialIds: new Set(added_tokens.map(({ id }) => id)) };
  }
});
