import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { attribute, ElementType, type Attribute } from '../../src/engine/onnx/graph';
import { floatTensor } from '../../src/engine/onnx/constants';
import { findSites } from '../../src/engine/sites/find';
import { normalise } from '../../src/engine/normalise';
import { Draw, modelOf, weight, type FusedCall, type Operand } from './fusedOperators';

const draw = new Draw(3);
const x = draw.floats([2, 3, 16]);
const vector = weight(draw.floats([16]));
const heads = attribute.int('num_heads', 2);
const cache = draw.floats([2, 2, 4, 8]);

function call(
  op: string,
  attributes: readonly Attribute[],
  inputs: readonly (Operand | undefined)[],
  outputs: readonly boolean[] = [true],
): FusedCall {
  return { op, domain: 'com.microsoft', attributes, inputs, outputs };
}

/** `count` inputs that are left out. */
const none = (count: number): undefined[] => new Array<undefined>(count).fill(undefined);

const refusals: readonly (readonly [call: FusedCall, why: RegExp])[] = [
  [
    call(
      'Attention',
      [heads, attribute.int('do_rotary', 1)],
      [x, weight(draw.floats([16, 48])), weight(draw.floats([48]))],
    ),
    /rotary embeddings of its own/,
  ],
  [call('MultiHeadAttention', [heads], [x]), /no keys/],
  [call('MultiHeadAttention', [heads], [x, x, x, ...none(5), draw.wholes([1], 0, 0)]), /overwrites/],
  [
    call('DecoderMaskedMultiHeadAttention', [heads], [x, x, x, ...none(6), draw.wholes([2, 1, 4], 0, 0)]),
    /beams/,
  ],
  [
    call(
      'GroupQueryAttention',
      [heads, attribute.int('kv_num_heads', 2)],
      [x, x, x, cache, cache, ...none(7), vector, vector],
    ),
    /cache is quantised/,
  ],
  [call('SkipLayerNormalization', [], [x, x, vector], [true, true]), /mean and deviation/],
  [
    call('RotaryEmbedding', [attribute.int('is_packed_batching', 1)], [x, x, x, x]),
    /packed into one sequence/,
  ],
  [call('FusedMatMul', [attribute.int('transBatchA', 1)], [x, x]), /moves batch axes/],
  [
    call(
      'MatMulNBits',
      [],
      [x, x, x, undefined, weight(draw.wholes([16], 0, 1, { type: ElementType.int32 }))],
    ),
    /regrouped/,
  ],
];

for (const [refused, why] of refusals) {
  test(`${refused.op} that cannot be opened is named, with the reason: ${why.source}`, () => {
    assert.throws(
      () => normalise(modelOf(refused), 'everywhere'),
      (error) =>
        error instanceof UserError &&
        error.message.includes(`operator ${refused.op} `) &&
        why.test(error.message),
    );
  });
}

test('where somebody listens, operators that cannot be opened stay closed and all others are opened', () => {
  const width = 16;
  const model = modelOf(call('SkipLayerNormalization', [], [x, x, vector]));
  const [norm] = model.graph.nodes;
  norm.outputs = ['normed'];
  model.graph.initializers.set(
    'weights',
    floatTensor('weights', draw.floats([width, 3 * width]).values, [width, 3 * width]),
  );
  model.graph.initializers.set('bias', floatTensor('bias', draw.floats([3 * width]).values));
  model.graph.nodes.push({
    name: '',
    op: 'Attention',
    domain: 'com.microsoft',
    inputs: ['normed', 'weights', 'bias'],
    outputs: ['output0'],
    attributes: new Map([heads, attribute.int('do_rotary', 1)].map((entry) => [entry.name, entry])),
  });
  const reasons: string[] = [];
  const opened = normalise(model, 'where needed', ({ op }, { message }) => reasons.push(`${op}: ${message}`));
  assert.deepEqual(
    opened.graph.nodes.map(({ op }) => op),
    ['Add', 'LayerNormalization', 'Attention'],
  );
  assert.equal(reasons.length, 1);
  assert.match(reasons[0], /^Attention: .*rotary/);
  assert.match(
    findSites(opened).missing.join(' '),
    /1 fused attention operators \(Attention\) could not be opened/,
  );
});

test('a model without fused operators stays the very same', () => {
  const model = modelOf({ op: 'Add', domain: '', attributes: [], inputs: [x, x], outputs: [true] });
  assert.equal(normalise(model, 'everywhere'), model);
});

test('operators with nothing to see inside stay closed unless everything is asked for', () => {
  const model = modelOf(call('FastGelu', [], [x]));
  assert.equal(normalise(model), model);
  assert.ok(normalise(model, 'everywhere').graph.nodes.every(({ domain }) => domain === ''));
});

test('the model that is opened is not changed', () => {
  const model = modelOf(call('SkipLayerNormalization', [], [x, x, vector]));
  normalise(model);
  assert.deepEqual(
    model.graph.nodes.map(({ op }) => op),
    ['SkipLayerNormalization'],
  );
  assert.equal(model.graph.initializers.size, 1);
});
