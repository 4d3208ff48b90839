import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attentionFlow } from '../../src/engine/measures/flow';
import { passedOn } from '../../src/engine/measures/rollout';
import type { Tensor } from '../../src/protocol/tensor';
import { attentionOf, head } from './attentionSamples';
import { assertClose, Golden, measureFiles } from './measuresGolden';

/** Ford and Fulkerson's method on a matrix of capacities between nodes: slow, short, and nothing like Dinic's. */
function slowMaximumFlow(capacity: number[][], source: number, sink: number): number {
  const left = capacity.map((row) => [...row]);
  const augment = (node: number, limit: number, seen: Set<number>): number => {
    if (node === sink) return limit;
    seen.add(node);
    for (let to = 0; to < left.length; to++) {
      if (seen.has(to) || left[node][to] <= 1e-12) continue;
      const amount = augment(to, Math.min(limit, left[node][to]), seen);
      if (amount > 0) {
        left[node][to] -= amount;
        left[to][node] += amount;
        return amount;
      }
    }
    return 0;
  };
  let flow = 0;
  for (;;) {
    const amount = augment(source, Infinity, new Set());
    if (amount === 0) return flow;
    flow += amount;
  }
}

function slowFlow(attentions: readonly Tensor[]): number[] {
  const size = attentions[0].dims[1];
  const nodes = (attentions.length + 1) * size;
  const capacity = Array.from({ length: nodes }, () => new Array<number>(nodes).fill(0));
  attentions.map(passedOn).forEach((passed, layer) => {
    passed.forEach((weight, at) => {
      capacity[(layer + 1) * size + Math.floor(at / size)][layer * size + (at % size)] = weight;
    });
  });
  return Array.from({ length: size * size }, (_, pair) =>
    slowMaximumFlow(capacity, attentions.length * size + Math.floor(pair / size), pair % size),
  );
}

/** One to six layers of one head over the same tokens; many weights are 0, as after masks. */
const layersOfHeads = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }))
  .chain(([size, layers]) =>
    fc
      .array(fc.integer({ min: -4, max: 9 }), {
        minLength: layers * size * size,
        maxLength: layers * size * size,
      })
      .map((numbers) =>
        Array.from({ length: layers }, (_, layer) => {
          const rows = Array.from({ length: size }, (_, i) => {
            const start = (layer * size + i) * size;
            const row = numbers
              .slice(start, start + size)
              .map((number, j) => (i === j ? 1 : Math.max(0, number)));
            const sum = row.reduce((total, weight) => total + weight, 0);
            return row.map((weight) => weight / sum);
          });
          return attentionOf([head(rows)]);
        }),
      ),
  );

/** Attention of one head, sharp and different in every layer: sums of irrational steps stand for chance. */
function sharpAttention(layers: number, size: number, isCausal = false): Tensor[] {
  return Array.from({ length: layers }, (_, layer) => {
    const data = Float32Array.from({ length: size * size }, (_, at) =>
      isCausal && at % size > Math.floor(at / size)
        ? 0
        : Math.exp(8 * ((at * 0.6180339887 * (layer + 1)) % 1)),
    );
    for (let row = 0; row < size; row++) {
      const weights = data.subarray(row * size, (row + 1) * size);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      weights.forEach((weight, j) => (weights[j] = weight / sum));
    }
    return { data, dims: [1, size, size] };
  });
}

describe('attention flow', () => {
  for (const path of measureFiles) {
    it(`is the maximum flow that networkx finds for ${path.replace(/^.*\//, '')}`, async () => {
      const golden = await Golden.read(path);
      const { data } = attentionFlow(golden.layers('attentions.self'));
      assertClose(data, golden.floats('flow.self').data, 1e-6, 'flow');
    });
  }

  it('is the maximum flow that the simplest method finds, for any attention', () => {
    fc.assert(
      fc.property(layersOfHeads, (attentions) => {
        assertClose(attentionFlow(attentions).data, slowFlow(attentions), 1e-6, 'flow');
      }),
      { numRuns: 300 },
    );
  });

  it('is at most what the output gives away and the input takes in', () => {
    fc.assert(
      fc.property(layersOfHeads, (attentions) => {
        const { data, dims } = attentionFlow(attentions);
        const size = dims[1];
        const first = passedOn(attentions[0]);
        data.forEach((flow, pair) => {
          let intake = 0;
          for (let i = 0; i < size; i++) intake += first[i * size + (pair % size)];
          assert.ok(flow >= 0 && flow <= Math.min(1, intake) + 1e-6);
        });
      }),
    );
  });

  it('through one layer is the layer itself', () => {
    const attention = attentionOf([
      head([
        [0.2, 0.8],
        [1, 0],
      ]),
    ]);
    assertClose(attentionFlow([attention]).data, passedOn(attention), 1e-6, 'flow');
  });

  it('is computed for the output tokens that are asked for', () => {
    const attention = attentionOf([
      head([
        [0.2, 0.8],
        [1, 0],
      ]),
    ]);
    const all = attentionFlow([attention, attention]);
    const one = attentionFlow([attention, attention], [1]);
    assert.deepEqual(one, { data: all.data.slice(2), dims: [1, 2] });
  });

  it('is the same for all pairs at once as for one output after the other, where nothing is known of the middle layer', () => {
    const attentions = sharpAttention(8, 10);
    const all = attentionFlow(attentions);
    for (let output = 0; output < 10; output++) {
      const alone = attentionFlow(attentions, [output]).data;
      assertClose(alone, all.data.subarray(output * 10, (output + 1) * 10), 1e-6, `flow from ${output}`);
    }
    assertClose(all.data, slowFlow(attentions), 1e-6, 'flow');
  });

  it('behind a causal mask is the maximum flow too, and 0 from a token to later ones', () => {
    const attentions = sharpAttention(6, 12, true);
    const { data } = attentionFlow(attentions);
    assertClose(data, slowFlow(attentions), 1e-6, 'flow');
    data.forEach((flow, pair) => assert.equal(flow === 0, pair % 12 > Math.floor(pair / 12)));
  });

  it('of 12 layers and 128 tokens takes seconds of computing for all pairs, with and without a causal mask', () => {
    for (const [isCausal, most] of [
      [false, 2],
      // 1.1 s on a machine with nothing else to do, see bench/flow.ts; twice that where its cores are shared.
      [true, 4],
    ] as const) {
      const attentions = sharpAttention(12, 128, isCausal);
      const before = process.cpuUsage().user;
      const { data } = attentionFlow(attentions);
      const seconds = (process.cpuUsage().user - before) / 1e6;
      assert.ok(seconds < most, `${seconds.toFixed(1)} s`);
      assert.ok(data.every((flow) => flow >= 0 && flow <= 1));
    }
  });
});
