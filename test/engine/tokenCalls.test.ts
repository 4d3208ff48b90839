import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { HeadRef, InspectRequest } from '../../src/protocol/inspection';

const modelsFolder = join(__dirname, '../../media/models');
const engine = new Engine({ modelsFolder, events: { progress: () => undefined, log: () => undefined } });
let calls = 0;
const inspect = (request: InspectRequest) => engine.inspect(++calls, request);

const sentence = 'The film is slow, but its quiet performances make it a small masterpiece.';
const code = 'def add(a, b):\n    """Return the sum of a and b."""\n    return a + b\n';

describe('the heads of a token', () => {
  test('are those with the strongest edges from it and to it, special tokens and itself left out', async () => {
    const inspection = await inspect({ model: 'headlight-encoder-sentiment', text: sentence });
    const token = 8;
    const { from, to } = await engine.tokenAttention(++calls, { inspection: inspection.id, token });
    const { layers, heads } = inspection.blocks[0];
    const all: HeadRef[] = [];
    for (let layer = 0; layer < layers; layer++)
      for (let head = 0; head < heads; head++) all.push({ block: 'self', layer, head });
    const tensors = await engine.attention(++calls, {
      inspection: inspection.id,
      heads: all,
      level: 'token',
    });
    const others = [...inspection.tokens.special.keys()].filter(
      (other) => other !== token && inspection.tokens.special[other] === 0,
    );
    const size = inspection.tokens.ids.length;
    const strongest = (weight: (data: Float32Array, other: number) => number) =>
      tensors
        .map(({ data }, at) => ({ head: all[at], weight: Math.max(...others.map((o) => weight(data, o))) }))
        .sort((a, b) => b.weight - a.weight)
        .slice(0, 3);
    const pick = ({ head, weight }: { head: HeadRef; weight: number }) => ({ head, weight });
    assert.deepEqual(
      from.map(pick),
      strongest((data, other) => data[token * size + other]),
    );
    assert.deepEqual(
      to.map(pick),
      strongest((data, other) => data[other * size + token]),
    );
    for (const { head, other, weight } of to) {
      const tensor = tensors[all.findIndex((h) => h.layer === head.layer && h.head === head.head)];
      assert.equal(tensor.data[other * size + token], weight);
    }
  });
});

describe('what a causal model expected', () => {
  test('is the most likely token where another one stands, with the surprisal of that one', async () => {
    const inspection = await inspect({ model: 'headlight-decoder', text: code, saliency: ['surprisal'] });
    const expectations = await engine.expectations(++calls, { inspection: inspection.id, leastBits: 0 });
    const surprisal = inspection.saliency.surprisal ?? assert.fail();
    assert.ok(expectations.length > 3);
    for (const { token, expected, probability, surprisal: bits } of expectations) {
      assert.ok(Math.abs(bits - surprisal[token]) < 1e-4);
      const there = await inspect({
        model: 'headlight-decoder',
        text: code,
        target: { position: token - 1 },
        saliency: [],
        measures: [],
        parse: 'none',
      });
      assert.equal(there.prediction.candidates[0].label, expected);
      assert.ok(Math.abs(there.prediction.candidates[0].probability - probability) < 1e-5);
      assert.notEqual(there.prediction.candidates[0].id, inspection.tokens.ids[token]);
    }
    const surprising = await engine.expectations(++calls, { inspection: inspection.id, leastBits: 6 });
    assert.deepEqual(
      surprising,
      expectations.filter(({ surprisal: bits }) => bits >= 6),
    );
  });

  test('is not asked of a classifier', async () => {
    const inspection = await inspect({ model: 'headlight-encoder-sentiment', text: sentence });
    await assert.rejects(
      engine.expectations(++calls, { inspection: inspection.id, leastBits: 0 }),
      /does not predict the next token.*Choose a causal language model/,
    );
  });
});

describe('what a prompt costs', () => {
  test('is its tokens and their mean surprisal', async () => {
    const cost = await engine.promptCost(++calls, { model: 'headlight-decoder', text: code });
    const inspection = await inspect({ model: 'headlight-decoder', text: code, saliency: ['surprisal'] });
    const bits = [...(inspection.saliency.surprisal ?? [])].filter(Number.isFinite);
    assert.equal(cost.tokens, inspection.tokens.ids.length);
    const mean = bits.reduce((sum, each) => sum + each, 0) / bits.length;
    assert.ok(Math.abs((cost.bitsPerToken ?? NaN) - mean) < 1e-4);
    assert.equal(cost.contextLength, inspection.model.contextLength);
  });

  test('is tokens alone for a classifier, and for a prompt that does not fit', async () => {
    const classifier = await engine.promptCost(++calls, {
      model: 'headlight-encoder-sentiment',
      text: sentence,
    });
    assert.equal(classifier.bitsPerToken, undefined);
    assert.ok(classifier.tokens > 10);
    const long = await engine.promptCost(++calls, { model: 'headlight-decoder', text: code.repeat(200) });
    assert.ok(long.tokens > long.contextLength);
    assert.equal(long.bitsPerToken, undefined);
  });
});
