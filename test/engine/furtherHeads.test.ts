import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { HeadAttention } from '../../src/engine/measures/headAttention';
import { focusOf, specializationOf } from '../../src/engine/measures/headDeviation';
import { sampleShapley } from '../../src/engine/measures/shapleyValue';
import { readModel } from '../../src/engine/onnx/read';
import { Engine } from '../../src/engine/session/engine';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { tensorTable } from '../../src/engine/session/tensorTable';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import type { HeadRef, InspectRequest } from '../../src/protocol/inspection';
import { fixturesIn, type Fixture } from './golden';

const own = join(__dirname, '..', 'fixtures', 'models');
const everything = process.env['HEADLIGHT_FIXTURES'];
const folders = [own, ...(everything === undefined ? [] : [everything])].filter(existsSync);
const wanted = new RegExp(process.env['HEADLIGHT_ONLY'] ?? '');

function newEngine(progress: (message: string) => void = () => undefined): Engine {
  return new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: (_call, step) => progress(step.message), log: () => undefined },
  });
}

const sentence: InspectRequest = {
  model: 'headlight-encoder-sentiment',
  text: 'The film is slow, but its quiet performances make it a small masterpiece.',
  parse: 'none',
  saliency: [],
};

describe('ablation effects, against PyTorch', () => {
  for (const folder of folders) {
    for (const fixture of fixturesIn(folder)) {
      const name = `${fixture.architecture}/${fixture.form}`;
      if (!wanted.test(name) || /int8|fp16|q4/.test(fixture.form)) continue;
      test(name, async () => {
        for (const { request, golden, ablated, value, id } of await ablations(fixture)) {
          const { inspection } = await newEngine().inspectCompletely(1, {
            ...request,
            measures: ['ablation-effect'],
          });
          const block = inspection.blocks.find((one) => one.name === ablated.block) ?? assert.fail();
          const effects = block.measures['ablation-effect'] ?? assert.fail('no effects');
          assert.equal(effects.length, block.layers * block.heads);
          const effect = effects[ablated.layer * block.heads + ablated.head];
          const difference = Math.abs(effect - (golden[id] - value));
          assert.ok(difference < 2e-4, `${effect} instead of ${golden[id] - value}`);
        }
      });
    }
  }
});

/** What is golden of a fixture: the logits of the target's row with one head off. */
async function ablations(fixture: Fixture) {
  const inputs = await fixture.inputs();
  return inputs.flatMap(({ ablated, golden, feeds, scalar, isPadded }) => {
    const logits = golden('logits_ablated') ?? golden('logits_per_image_ablated');
    if (ablated === undefined || logits === undefined || isPadded) return [];
    const { index, value } = scalar;
    const id = index[index.length - 1];
    const request: InspectRequest = {
      model: fixture.folder,
      onnx: fixture.onnx,
      text: '',
      feeds,
      target: index.length === 2 ? { position: index[0], id } : { id },
      saliency: [],
      parse: 'none',
    };
    return [{ request, ablated, value, id, golden: Array.from(logits.data, Number) }];
  });
}

describe('head deviation, specialization and focus', () => {
  test('are what the same inspections with one head off each give', async () => {
    const engine = newEngine();
    const whole = await engine.inspect(1, { ...sentence, measures: ['focus'] });
    const [block] = whole.blocks;
    const deviations = block.measures['head-deviation'] ?? assert.fail();
    assert.equal(block.measures['ablation-effect'], undefined, 'only what was asked for');
    for (const [layer, head] of [
      [0, 0],
      [1, 3],
      [3, 7],
    ]) {
      const without = await engine.inspect(2, {
        ...sentence,
        measures: [],
        ablate: [{ block: 'self', layer, head }],
      });
      const expected = whole.target.probability - without.target.probability;
      assert.ok(Math.abs(deviations[layer * block.heads + head] - expected) < 1e-5, `${layer}.${head}`);
    }
    assert.ok(Math.abs((block.together?.specialization ?? NaN) - specializationOf(deviations)) < 1e-9);
    const best = Array.from(deviations.keys()).sort((a, b) => deviations[b] - deviations[a]);
    const request = {
      inspection: whole.id,
      heads: best.slice(0, 5).map((at) => ({
        block: 'self' as const,
        layer: Math.floor(at / block.heads),
        head: at % block.heads,
      })),
      level: 'token' as const,
    };
    // 19 tokens: the tenth of them is one token per head, so focus is the share of pairs with the same one.
    const tops = (await engine.attention(3, request)).map(({ data, dims: [size] }) => {
      const sums = Array.from({ length: size }, (_, j) =>
        data.reduce((sum, weight, at) => (at % size === j ? sum + weight : sum), 0),
      );
      return sums.indexOf(Math.max(...sums));
    });
    const equal = tops.flatMap((one, i) => tops.slice(i + 1).map((other) => Number(one === other)));
    const focus = equal.reduce((sum, one) => sum + one, 0) / equal.length;
    assert.ok(Math.abs((block.together?.focus ?? NaN) - focus) < 1e-9);
  });

  test('specialization is the standard deviation of the population', () => {
    assert.equal(specializationOf(Float32Array.of(1, 3, NaN, 1, 3)), 1);
  });

  test('focus takes the heads with the highest deviation, and leaves out those without any', () => {
    // Twenty tokens, two of which are the most attended ones of each head.
    const looks = (first: number, second: number): HeadAttention => {
      const weights = new Float32Array(20).fill(0.01);
      weights[first] = 0.5;
      weights[second] = 0.32;
      return new HeadAttention(weights, 1, 20);
    };
    const heads = [looks(0, 1), looks(1, 2), looks(5, 6), looks(0, 1), looks(0, 1)];
    const at = (head: number): HeadAttention => heads[head];
    assert.equal(focusOf([3, 2, 0, NaN, 0], at), 1 / 3);
    assert.equal(focusOf([3, 0, -1, 0, 2], at), (1 + 0 + 0) / 3);
    assert.equal(focusOf([3, 0, 0, 0, 0], at), 0);
  });
});

describe('Shapley values', () => {
  for (const name of ['bert', 'gpt2']) {
    test(`of ${name} are those of all 4,096 coalitions, within their standard errors`, async () => {
      const engine = newEngine();
      const model = join(own, name);
      const inputs = {
        model,
        onnx: join(model, 'eager-ts', 'model.onnx'),
        text: '',
        inputIds: [2, 5, 9, 7, 3],
      };
      const measured = await engine.inspect(1, {
        ...inputs,
        parse: 'none',
        saliency: [],
        measures: ['shapley-value'],
        shapley: { seconds: 600, permutations: 200, tolerance: 0, seed: 0.5 },
      });
      const [block] = measured.blocks;
      const values = block.measures['shapley-value'] ?? assert.fail();
      const errors = block.errors?.['shapley-value'] ?? assert.fail();
      const exact = await exactShapley(inputs.onnx, inputs.inputIds, measured.target);
      let squares = 0;
      values.forEach((value, player) => {
        const distance = Math.abs(value - exact.values[player]) / errors[player];
        assert.ok(
          distance < 4.5,
          `head ${player}: ${value} ± ${errors[player]}, exactly ${exact.values[player]}`,
        );
        squares += distance ** 2 / values.length;
      });
      // Neither too small nor too large: deviations in units of the standard error have a mean square of about 1.
      assert.ok(squares > 0.2 && squares < 3, `mean square ${squares}`);
      const total = values.reduce((sum, value) => sum + value, 0);
      assert.ok(Math.abs(total - exact.change) < 1e-4, `efficiency: ${total}, not ${exact.change}`);
    });
  }

  /** By the definition, from the model with every set of heads off. */
  async function exactShapley(
    onnx: string,
    inputIds: readonly number[],
    target: { readonly id: number; readonly position: number },
  ): Promise<{ readonly values: number[]; readonly change: number }> {
    const players = 12;
    const worth = await targetsOfCoalitions(onnx, inputIds, target, players);
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    const values = Array.from({ length: players }, (_, player) => {
      let value = 0;
      for (let set = 0; set < 1 << players; set++) {
        if (set & (1 << player)) continue;
        const size = set.toString(2).replaceAll('0', '').length;
        const weight = (factorial(size) * factorial(players - size - 1)) / factorial(players);
        value += weight * (worth[set | (1 << player)] - worth[set]);
      }
      return value;
    });
    return { values, change: worth[(1 << players) - 1] - worth[0] };
  }

  /** [2^n] the target with only the heads of each set on: one text at a time, in a session of the test's own. */
  async function targetsOfCoalitions(
    onnx: string,
    inputIds: readonly number[],
    { id, position }: { readonly id: number; readonly position: number },
    players: number,
  ): Promise<Float64Array> {
    const model = readModel(onnx);
    const session = await openSession(instrument(model, findSites(model), { headMask: true }).model);
    const ones = inputIds.map(() => 1);
    const feeds = fillInputs(model.graph.inputs, {
      inputIds,
      attentionMask: ones,
      typeIds: inputIds.map(() => 0),
    });
    const worth = new Float64Array(1 << players);
    for (let set = 0; set < worth.length; set++) {
      const mask = Float32Array.from({ length: players }, (_, player) => (set & (1 << player) ? 1 : 0));
      const { logits } = await session.run({
        ...feeds,
        'head_mask.self': new OrtTensor('float32', mask, [1, 3, 4]),
      });
      const width = logits.dims[logits.dims.length - 1];
      worth[set] = (logits.data as Float32Array)[Math.max(0, position) * width + id];
    }
    return worth;
  }

  test('of an additive game are exact; of a game of two gloves they are a half each', async () => {
    const additive = [3, -1, 0.5, 2];
    const sum = (out: readonly number[]): number =>
      additive.reduce((total, value, player) => (out.includes(player) ? total : total + value), 0);
    const game = (players: number, value: (out: readonly number[]) => number) => ({
      players,
      values: (coalitions: readonly (readonly number[])[]) => Promise.resolve(coalitions.map(value)),
    });
    const once = { isEnough: () => true, batch: 3 };
    const { values, errors } = await sampleShapley(game(4, sum), { ...once, tolerance: 0 });
    assert.deepEqual(Array.from(values), additive);
    assert.ok(errors.every((error) => error < 1e-12));
    // An order and its reverse give each glove its half: nothing is left to chance.
    const gloves = await sampleShapley(
      game(2, (out) => (out.length === 0 ? 1 : 0)),
      { ...once, tolerance: 0 },
    );
    assert.deepEqual(Array.from(gloves.values), [0.5, 0.5]);
    assert.equal(gloves.permutations, 2);
  });

  test('a permutation is cut short where nothing is left to lose', async () => {
    let valued = 0;
    // Only the first player counts: as soon as it has left, nothing changes any more.
    const { values } = await sampleShapley(
      {
        players: 100,
        values: (coalitions) => {
          valued += coalitions.length;
          return Promise.resolve(coalitions.map((out) => (out.includes(0) ? 0 : 1)));
        },
      },
      { isEnough: ({ permutations }) => permutations >= 40, batch: 1 },
    );
    assert.deepEqual(Array.from(values.slice(0, 3)), [1, 0, 0]);
    assert.ok(valued < 0.6 * 40 * 100, `${valued} coalitions`);
  });

  test('the seed decides; the budget ends it; progress is told', async () => {
    const messages = new Set<string>();
    const engine = newEngine((message) => messages.add(message));
    const { id } = await engine.inspect(1, { ...sentence, measures: ['confidence'] });
    const ask = async (seed: number, seconds = 60) => {
      const shapley = { seed, seconds, permutations: 4 };
      const { blocks } = await engine.measureHeads(2, { inspection: id, names: ['shapley-value'], shapley });
      return blocks[0].measures['shapley-value'];
    };
    const first = await ask(0.1);
    assert.deepEqual(await ask(0.1), first);
    assert.notDeepEqual(await ask(0.2), first);
    const quick = await engine.measureHeads(3, {
      inspection: id,
      names: ['shapley-value'],
      shapley: { seconds: 0 },
    });
    assert.match(quick.notes.join(), /one random order/);
    assert.ok(messages.has('Shapley values of 32 heads'));
  });

  test('a call can be given up', async () => {
    const engine = newEngine();
    const { id } = await engine.inspect(1, { ...sentence, measures: [] });
    const call = engine.measureHeads(7, {
      inspection: id,
      names: ['shapley-value'],
      shapley: { seconds: 600 },
    });
    engine.cancel(7);
    await assert.rejects(call, /Cancelled/);
    // The queue is free again: an inspection does not wait for the ten minutes.
    assert.ok((await engine.inspect(8, { ...sentence, measures: [] })).target);
  });
});

describe('measures of heads that are off', () => {
  test('there are none; the others are relative to the model without them', async () => {
    const engine = newEngine();
    const off: HeadRef = { block: 'self', layer: 1, head: 0 };
    const without = await engine.inspect(1, {
      ...sentence,
      ablate: [off],
      measures: ['ablation-effect', 'shapley-value'],
      shapley: { permutations: 2 },
    });
    const [{ measures, heads }] = without.blocks;
    const effects = measures['ablation-effect'] ?? assert.fail();
    assert.ok(Number.isNaN(effects[heads]));
    assert.ok(Number.isNaN(measures['shapley-value']?.[heads]));
    const both = await engine.inspect(2, {
      ...sentence,
      measures: [],
      target: { id: without.target.id },
      ablate: [off, { block: 'self', layer: 1, head: 1 }],
    });
    const expected = both.target.value - without.target.value;
    assert.ok(Math.abs(effects[heads + 1] - expected) < 1e-4);
  });

  test('a block that the model does not have is an error that names those it has', async () => {
    const ablate: HeadRef[] = [{ block: 'encoder', layer: 0, head: 0 }];
    await assert.rejects(
      newEngine().inspect(1, { ...sentence, ablate }),
      /no block “encoder” with heads to switch off: the model has self\. Say in which block the head 0\.0 is/,
    );
  });
});

test('the record has the measures, their standard errors and what is of all heads together', async () => {
  const result = await newEngine().inspectCompletely(1, {
    ...sentence,
    measures: ['shapley-value', 'specialization'],
    shapley: { permutations: 4 },
  });
  const table = tensorTable(result);
  assert.deepEqual(table.get('heads.shapley-value')?.dims, [4, 8]);
  assert.deepEqual(table.get('heads.shapley-error')?.dims, [4, 8]);
  assert.deepEqual(table.get('heads.head-deviation')?.dims, [4, 8]);
  assert.deepEqual(table.get('heads.specialization')?.dims, [1]);
  assert.deepEqual(table.get('heads.focus')?.dims, [1]);
});
