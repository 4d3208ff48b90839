import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { generate } from '../../src/engine/session/generate';
import { seededRandom } from '../../src/engine/random';
import { drawToken, nucleus } from '../../src/engine/session/sampling';
import type { Progress } from '../../src/protocol/engine';
import type { InspectRequest } from '../../src/protocol/inspection';
import type { GenerationRequest } from '../../src/protocol/prompt';
import { logSumExp } from '../../src/engine/measures/probability';
import { fixturesIn } from './golden';

const modelsFolder = join(__dirname, '../../media/models');
const fixtures = process.env.HEADLIGHT_FIXTURES ?? join(__dirname, '../fixtures/models');

function engineWith(progress: (call: number, progress: Progress) => void = () => undefined): Engine {
  return new Engine({ modelsFolder, events: { progress, log: () => undefined } });
}

const greedy = { tokens: 8, count: 0, withGreedy: true, temperature: 1, topP: 1, seed: 1, ignoreEnd: true };

/** The golden greedy continuation of each input of a fixture. */
function goldenGreedy(folder: string): Map<string, readonly number[]> {
  const { inputs } = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')) as {
    inputs: { name: string; greedy_next_ids?: number[] }[];
  };
  return new Map(inputs.flatMap(({ name, greedy_next_ids: ids }) => (ids ? [[name, ids]] : [])));
}

/** Forms whose numbers are not those of the golden values by design: their greedy tokens are compared with and without a cache only. */
const inexact = new Set(['int8', 'q4', 'fp16']);

describe('greedy continuations of the fixtures', { concurrency: false }, () => {
  for (const fixture of fixturesIn(fixtures)) {
    const golden = goldenGreedy(fixture.folder);
    if (golden.size === 0) continue;
    test(`${fixture.architecture} ${fixture.form}`, async () => {
      const engine = engineWith();
      for (const input of await fixture.inputs()) {
        const expected = golden.get(input.name);
        // GroupQueryAttention takes lengths only, so no padding on the left.
        if (expected === undefined || (input.isPadded && fixture.form === 'genai')) continue;
        const request: InspectRequest = {
          model: fixture.folder,
          onnx: fixture.onnx,
          text: '',
          feeds: input.feeds,
          saliency: [],
          measures: [],
        };
        const { id } = await engine.inspect(1, request);
        const { branches, usesCache } = await engine.generate(2, { inspection: id, ...greedy });
        const hasPast = ['with-past', 'merged', 'genai'].includes(fixture.form);
        assert.equal(usesCache, hasPast);
        const ids = branches[0].tokens.map((token) => token.id);
        if (!inexact.has(fixture.form)) assert.deepEqual(ids, expected, input.name);
        assert.equal(branches[0].ended, 'length');
        if (!hasPast) continue;
        const again = await generateWithout(engine, { inspection: id, ...greedy });
        assert.equal(again.usesCache, false);
        assert.deepEqual(again.ids, ids, `${input.name} without its cache`);
        again.probabilities.forEach((probability, i) =>
          assert.ok(Math.abs(probability - branches[0].tokens[i].probability) < 1e-5),
        );
      }
    });
  }
});

/** The same without keys and values of earlier steps. */
async function generateWithout(engine: Engine, request: GenerationRequest) {
  const { branches, usesCache } = await engine.furtherRun(3, request.inspection, (recalled, work) =>
    generate(recalled, work, request, { cache: false }),
  );
  const [{ tokens }] = branches;
  return {
    usesCache,
    ids: tokens.map(({ id }) => id),
    probabilities: tokens.map(({ probability }) => probability),
  };
}

describe('continuations by the built-in decoder', { concurrency: false }, () => {
  const text = 'The parcel was opened before it reached me, and the parcel was';
  const request: InspectRequest = { model: 'headlight-decoder', text, parse: 'none', saliency: [] };

  test('each token is the likeliest of an inspection of the text before it', async () => {
    const engine = engineWith();
    const inspection = await engine.inspect(1, request);
    const generation = await engine.generate(2, { inspection: inspection.id, ...greedy, tokens: 5 });
    const [branch] = generation.branches;
    let inputIds = Array.from(inspection.tokens.ids);
    for (const token of branch.tokens) {
      const { prediction } = await engine.inspect(3, { ...request, text: '', inputIds, measures: [] });
      assert.equal(token.id, prediction.candidates[0].id);
      assert.ok(Math.abs(token.probability - prediction.candidates[0].probability) < 1e-6);
      inputIds = [...inputIds, token.id];
    }
    assert.equal(branch.text, branch.tokens.map(({ label }) => label).join(''));
    assert.ok(branch.text.startsWith(' '));
  });

  test('the same seed draws the same tokens, another seed others; they come one by one', async () => {
    const told: Progress[] = [];
    const engine = engineWith((_call, progress) => told.push(progress));
    const { id } = await engine.inspect(1, request);
    told.length = 0;
    const drawn = {
      inspection: id,
      tokens: 12,
      count: 3,
      withGreedy: true,
      temperature: 0.9,
      topP: 0.95,
      seed: 5,
    };
    const first = await engine.generate(2, drawn);
    const lengths = told.flatMap(({ branches }) => (branches ? [branches[0].tokens.length] : []));
    assert.deepEqual(
      lengths,
      Array.from({ length: first.branches[0].tokens.length }, (_, i) => i + 1),
    );
    assert.deepEqual(
      first.branches.map(({ kind, seed }) => [kind, seed]),
      [
        ['greedy', undefined],
        ['sampled', 5],
        ['sampled', 6],
        ['sampled', 7],
      ],
    );
    assert.deepEqual(await engine.generate(3, drawn), first);
    // A continuation depends on its own seed alone, not on those beside it.
    const [, , second] = first.branches;
    const alone = await engine.generate(4, { ...drawn, count: 1, withGreedy: false, seed: 6 });
    assert.deepEqual(alone.branches, [second]);
    assert.notDeepEqual(first.branches[1].tokens, first.branches[2].tokens);
  });

  test('other calls come in between the tokens, the continuation stays what it is, and cancelling leaves room for them', async () => {
    const order: string[] = [];
    let begun: () => void = () => undefined;
    const whenBegun = () => new Promise<void>((resolve) => (begun = resolve));
    const engine = engineWith((_call, { branches }) => {
      if (branches?.[0]?.tokens.length === 2) begun();
    });
    const { id } = await engine.inspect(1, request);
    const asked = { inspection: id, ...greedy, tokens: 40, count: 3, temperature: 0.9, ignoreEnd: true };
    const alone = await engine.generate(2, asked);
    let hasBegun = whenBegun();
    const generation = engine.generate(3, asked).finally(() => order.push('generation'));
    await hasBegun;
    const typed = engine
      .inspect(4, { ...request, text: `${text} not` })
      .finally(() => order.push('inspection'));
    const hovered = engine.tokenAttention(5, { inspection: id, token: 3 }).finally(() => order.push('hover'));
    const next = engine.distribution(6, { inspection: id, position: 4 }).finally(() => order.push('next'));
    await Promise.all([typed, hovered, next]);
    assert.deepEqual(await generation, alone);
    assert.deepEqual(order, ['hover', 'inspection', 'next', 'generation']);

    hasBegun = whenBegun();
    const cancelled = engine.generate(7, asked);
    await hasBegun;
    engine.cancel(7);
    await assert.rejects(cancelled, { kind: 'cancelled' });
    assert.equal((await engine.inspect(8, request)).tokens.ids.length, (await typed).tokens.ids.length - 1);
  });

  test('what follows “what if” is read as if it stood in the text', async () => {
    const engine = engineWith();
    const inspection = await engine.inspect(1, request);
    const [, { id }] = inspection.prediction.candidates;
    const branchOff = { inspection: inspection.id, ...greedy, tokens: 3, position: 5, after: [id] };
    const { branches } = await engine.generate(2, branchOff);
    const inputIds = [...inspection.tokens.ids.slice(0, 6), id];
    const other = await engine.inspect(3, { ...request, text: '', inputIds });
    const same = await engine.generate(4, { inspection: other.id, ...greedy, tokens: 3 });
    assert.deepEqual(branches[0].tokens, same.branches[0].tokens);
  });

  test('heads that are off stay off', async () => {
    const engine = engineWith();
    const ablate = Array.from({ length: 8 }, (_, head) => ({ block: 'self', layer: 1, head }) as const);
    const inspection = await engine.inspect(1, { ...request, ablate });
    const { branches } = await engine.generate(2, { inspection: inspection.id, ...greedy, tokens: 2 });
    const [best] = inspection.prediction.candidates;
    assert.equal(branches[0].tokens[0].id, best.id);
    assert.ok(Math.abs(branches[0].tokens[0].probability - best.probability) < 1e-6);
  });

  test('a full context ends a continuation, and one that was full has none', async () => {
    const engine = engineWith();
    const inputIds = Array.from({ length: 510 }, (_, i) => 100 + (i % 50));
    const { id } = await engine.inspect(1, { ...request, text: '', inputIds, measures: [] });
    const { branches } = await engine.generate(2, { inspection: id, ...greedy });
    assert.deepEqual([branches[0].tokens.length, branches[0].ended], [2, 'context']);
  });

  test('is given up between two tokens when the caller cancels', async () => {
    let steps = 0;
    const engine = engineWith((call, { branches }) => {
      if (branches && ++steps === 3) engine.cancel(call);
    });
    const { id } = await engine.inspect(1, request);
    await assert.rejects(engine.generate(2, { inspection: id, ...greedy, tokens: 400 }), {
      kind: 'cancelled',
    });
    await engine.inspect(3, request);
    assert.equal(steps, 3);
  });

  test('what cannot be continued says so', async () => {
    const engine = engineWith();
    const classifier = await engine.inspect(1, { ...request, model: 'headlight-encoder-sentiment' });
    await assert.rejects(
      engine.generate(2, { inspection: classifier.id, ...greedy }),
      /headlight-encoder-sentiment does not predict the next token\. Choose a causal language model/,
    );
    const { id } = await engine.inspect(3, request);
    await assert.rejects(engine.generate(4, { inspection: id, ...greedy, tokens: 0 }), /ask for 1 to 4096/);
    await assert.rejects(engine.generate(5, { inspection: id, ...greedy, topP: 2 }), /top-p of 2/);
    await assert.rejects(engine.generate(6, { inspection: id, ...greedy, position: 999 }), /no token 999/);
  });
});

describe('drawing tokens', () => {
  const logits = Float32Array.of(2, 1, 0, -1);
  const total = logSumExp(logits);

  test('temperature 0 is the most likely token', () => {
    assert.equal(
      drawToken(Float32Array.of(0, 3, 3, 1), { temperature: 0, topP: 1 }, () => 0.99),
      1,
    );
  });

  test('tokens come as often as the tempered softmax says', () => {
    const random = seededRandom(7);
    const draws = 20_000;
    const counts = new Float64Array(4);
    for (let i = 0; i < draws; i++)
      counts[drawToken(logits, { temperature: 2, topP: 1 }, random)] += 1 / draws;
    const tempered = Array.from(logits, (logit) => Math.exp(logit / 2));
    const sum = tempered.reduce((a, b) => a + b, 0);
    tempered.forEach((weight, i) => assert.ok(Math.abs(counts[i] - weight / sum) < 0.012, `token ${i}`));
  });

  test('the nucleus is the smallest set of likely tokens that reaches top-p', () => {
    const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - total));
    assert.deepEqual([...nucleus(probabilities, 0.6)], [0]);
    assert.deepEqual([...nucleus(probabilities, 0.7)], [0, 1]);
    assert.deepEqual([...nucleus(probabilities, 0)], [0]);
    assert.deepEqual([...nucleus(probabilities, 1)], [0, 1, 2, 3]);
    const random = seededRandom(3);
    for (let i = 0; i < 500; i++) assert.ok(drawToken(logits, { temperature: 1, topP: 0.7 }, random) < 2);
  });
});
