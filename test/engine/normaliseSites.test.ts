import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, ElementType } from '../../src/engine/onnx/graph';
import { normalise } from '../../src/engine/normalise';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import { Draw, feedsOf, given, modelOf, run, weight, type FusedCall, type Operand } from './fusedOperators';

const [batch, length, heads, size] = [2, 5, 4, 8];
const width = heads * size;

/** A call, and its queries [B, S, H·d] and keys [B, L, G·d] as they meet. */
interface Sample {
  readonly call: FusedCall;
  readonly queries: readonly number[];
  readonly keys: readonly number[];
  readonly groups?: number;
  readonly scale?: number;
  /** Only what comes before a query is seen from it, at most `window` keys. */
  readonly window?: number;
  readonly softcap?: number;
}

/** softmax(scale · q · kᵀ), written out: [B, H, S, S] */
function expected({
  queries,
  keys,
  groups = heads,
  scale = 1 / Math.sqrt(size),
  window = 0,
  softcap = 0,
}: Sample) {
  const rows = queries.length / (batch * width);
  const columns = keys.length / (batch * groups * size);
  const values: number[] = [];
  for (let text = 0; text < batch; text++)
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < rows; i++) {
        const scores = Array.from({ length: columns }, (_, j) => {
          if (window > 0 && (j > i || i - j >= window)) return -Infinity;
          let sum = 0;
          for (let d = 0; d < size; d++)
            sum +=
              queries[(text * rows + i) * width + head * size + d] *
              keys[(text * columns + j) * groups * size + Math.floor((head * groups) / heads) * size + d];
          return softcap === 0 ? scale * sum : softcap * Math.tanh((scale * sum) / softcap);
        });
        const largest = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - largest));
        const total = powers.reduce((sum, power) => sum + power, 0);
        values.push(...powers.map((power) => power / total));
      }
  return { dims: [batch, heads, rows, columns], values };
}

/** x [N, D] · w [D, E] + b, columns `from` to `to`. */
function projected(
  x: readonly number[],
  w: readonly number[],
  b: readonly number[],
  from: number,
  to: number,
): number[] {
  const inner = w.length / b.length;
  return Array.from({ length: x.length / inner }, (_, row) =>
    Array.from({ length: to - from }, (__, column) => {
      let sum = b[from + column];
      for (let d = 0; d < inner; d++) sum += x[row * inner + d] * w[d * b.length + from + column];
      return sum;
    }),
  ).flat();
}

const microsoft = 'com.microsoft';

function packedProjection(draw: Draw): Sample {
  const x = draw.floats([batch, length, 16]);
  const w = weight(draw.floats([16, 3 * width], { size: 0.5 }));
  const b = weight(draw.floats([3 * width]));
  return {
    call: {
      op: 'Attention',
      domain: microsoft,
      attributes: [attribute.int('num_heads', heads), attribute.int('unidirectional', 1)],
      inputs: [x, w, b],
      outputs: [true],
    },
    queries: projected(x.values, w.values, b.values, 0, width),
    keys: projected(x.values, w.values, b.values, width, 2 * width),
    window: length,
  };
}

function integerProjection(draw: Draw): Sample {
  const x = draw.wholes([batch, length, 16], 0, 255, { type: ElementType.uint8 });
  const w = weight(draw.wholes([16, 3 * width], -64, 64, { type: ElementType.int8 }));
  const b = weight(draw.floats([3 * width]));
  const centred = x.values.map((value) => (value - 128) * 0.01);
  const scaled = w.values.map((value) => value * 0.01);
  const scalar = (value: number): Operand => weight(given(ElementType.float, [], [value]));
  return {
    call: {
      op: 'QAttention',
      domain: microsoft,
      attributes: [attribute.int('num_heads', heads)],
      inputs: [
        x,
        w,
        b,
        scalar(0.01),
        scalar(0.01),
        undefined,
        weight(given(ElementType.uint8, [], [128])),
        weight(given(ElementType.int8, [], [0])),
      ],
      outputs: [true],
    },
    queries: projected(centred, scaled, b.values, 0, width),
    keys: projected(centred, scaled, b.values, width, 2 * width),
  };
}

function crossAttention(draw: Draw): Sample {
  const q = draw.floats([batch, length, width]);
  const k = draw.floats([batch, 7, width]);
  return {
    call: {
      op: 'MultiHeadAttention',
      domain: microsoft,
      attributes: [attribute.int('num_heads', heads), attribute.float('scale', 0.5)],
      inputs: [q, k, draw.floats([batch, 7, width])],
      outputs: [true],
    },
    queries: q.values,
    keys: k.values,
    scale: 0.5,
  };
}

function emptyPast(draw: Draw): Operand {
  return draw.floats([batch, 2, 0, size], { open: [0, 2] });
}

function sharedKeys(draw: Draw): Sample {
  const q = draw.floats([batch, length, width]);
  const k = draw.floats([batch, length, 2 * size]);
  return {
    call: {
      op: 'GroupQueryAttention',
      domain: microsoft,
      attributes: [
        attribute.int('num_heads', heads),
        attribute.int('kv_num_heads', 2),
        attribute.int('local_window_size', 3),
        attribute.float('softcap', 0.5),
      ],
      inputs: [
        q,
        k,
        draw.floats([batch, length, 2 * size]),
        emptyPast(draw),
        emptyPast(draw),
        given(ElementType.int32, [batch], new Array<number>(batch).fill(length - 1)),
        given(ElementType.int32, [1], [length]),
      ],
      outputs: [true, true, true],
    },
    queries: q.values,
    keys: k.values,
    groups: 2,
    window: 3,
    softcap: 0.5,
  };
}

/** One new token [B, 1, D] across to finished keys, all heads of a token in one row for the expectation. */
function oneToken(draw: Draw): Sample {
  const q = draw.floats([batch, 1, width]);
  const k = draw.floats([batch, heads, 6, size], { open: [0, 2] });
  const rows = Array.from({ length: batch * 6 * width }, (_, index) => {
    const [text, j] = [Math.floor(index / (6 * width)), Math.floor(index / width) % 6];
    const [head, d] = [Math.floor(index / size) % heads, index % size];
    return k.values[((text * heads + head) * 6 + j) * size + d];
  });
  return {
    call: {
      op: 'DecoderMaskedMultiHeadAttention',
      domain: microsoft,
      attributes: [attribute.int('num_heads', heads)],
      inputs: [q, k, draw.floats([batch, heads, 6, size], { open: [0, 2] })],
      outputs: [true],
    },
    queries: q.values,
    keys: rows,
  };
}

function standard(draw: Draw): Sample {
  const q = draw.floats([batch, length, width]);
  const k = draw.floats([batch, length, 2 * size]);
  return {
    call: {
      op: 'Attention',
      domain: '',
      opset: 23,
      attributes: [
        attribute.int('q_num_heads', heads),
        attribute.int('kv_num_heads', 2),
        attribute.int('is_causal', 1),
      ],
      inputs: [q, k, draw.floats([batch, length, 2 * size])],
      outputs: [true],
    },
    queries: q.values,
    keys: k.values,
    groups: 2,
    window: length,
  };
}

/** A mask that hides nothing, so that the expectation stays as it is. */
function standardMasked(draw: Draw): Sample {
  const sample = standard(draw);
  const mask = given(ElementType.bool, [length, length], new Array<number>(length * length).fill(1));
  return { ...sample, call: { ...sample.call, inputs: [...sample.call.inputs, mask] } };
}

const samples: Readonly<Record<string, (draw: Draw) => Sample>> = {
  Attention: packedProjection,
  QAttention: integerProjection,
  'MultiHeadAttention across two texts': crossAttention,
  'GroupQueryAttention with window and soft-cap': sharedKeys,
  DecoderMaskedMultiHeadAttention: oneToken,
  'Attention of operator set 23': standard,
  'Attention of operator set 23 with a mask': standardMasked,
};

for (const [name, sampleOf] of Object.entries(samples)) {
  test(`inside ${name} one site of attention is found, with the probabilities that softmax gives`, async () => {
    const sample = sampleOf(new Draw(7));
    const plain = normalise(modelOf(sample.call));
    const table = findSites(plain);
    assert.equal(table.sites.length, 1, table.missing.join(' '));
    const [site] = table.sites;
    assert.equal(site.heads, heads);
    assert.equal(site.headSize, size);
    assert.ok(Math.abs(site.scale - (sample.scale ?? 1 / Math.sqrt(size))) < 1e-6, `scale ${site.scale}`);
    assert.ok(Math.abs((site.softcap ?? 0) - (sample.softcap ?? 0)) < 1e-6);
    const { model } = instrument(plain, table, { attentions: true });
    const outputs = await run(model, feedsOf(sample.call));
    const seen = outputs[`attentions.${site.block}.0`];
    const { dims, values } = expected(sample);
    assert.deepEqual(seen.dims, dims);
    const worst = Math.max(...values.map((value, index) => Math.abs(value - seen.values[index])));
    assert.ok(worst < 2e-6, `differs by ${worst}`);
  });
}
