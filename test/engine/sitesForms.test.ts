import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { ElementType, attribute, type Model } from '../../src/engine/onnx/graph';
import { openSession } from '../../src/engine/session/sessions';
import { tensorOf } from '../../src/engine/session/feeds';
import { findSites } from '../../src/engine/sites/find';
import { instrument } from '../../src/engine/sites/instrument';
import type { Tensor } from '../../src/protocol/tensor';
import { headSize, heads, Sketch, width, type Spelling } from './attentionGraphs';
import { difference, floats, product, weighted } from './siteTensors';

const ids = [
  [3, 1, 4, 1, 5, 9],
  [2, 7, 1, 8, 2, 8],
];

async function run(
  model: Model,
  feeds: Record<string, OrtTensor> = { input_ids: idsTensor() },
): Promise<Record<string, Tensor>> {
  const session = await openSession(model);
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, floats(tensor)]));
}

function idsTensor(): OrtTensor {
  return tensorOf(ElementType.int64, ids.flat(), [2, 6]);
}

function oneLayer(spelling: Spelling): Model {
  const sketch = new Sketch();
  const x = sketch.embed('input_ids');
  return sketch.model(sketch.norm(sketch.layer(x, { spelling })));
}

/** Softmax of each row. */
function softmax({ data, dims }: Tensor): Tensor {
  const columns = dims[dims.length - 1];
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += columns) {
    const row = data.subarray(start, start + columns);
    const largest = Math.max(...row);
    const sum = row.reduce((total, score) => total + Math.exp(score - largest), 0);
    row.forEach((score, index) => (result[start + index] = Math.exp(score - largest) / sum));
  }
  return { data: result, dims };
}

const spellings: readonly Spelling[] = [
  'plain',
  'einsum',
  'einsum-rows-first',
  'batch-and-heads-in-one-axis',
  'grouped',
  'shared-keys',
  'keys-times-queries',
  'fused-product',
  'scaled-operands',
  'soft-capped',
  'sink',
  'masked-twice',
];

for (const spelling of spellings) {
  test(`attention spelled “${spelling}” is seen as [B, H, S, S] with its queries, keys, values and scale`, async () => {
    const model = oneLayer(spelling);
    const table = findSites(model);
    assert.deepEqual(table.missing, []);
    assert.equal(table.sites.length, 1);
    const [site] = table.sites;
    assert.equal(site.heads, heads);
    assert.ok(Math.abs(site.scale - 1 / Math.sqrt(headSize)) < 1e-6, `scale ${site.scale}`);
    assert.equal(site.softcap, spelling === 'soft-capped' ? 5 : undefined);
    const { model: seen } = instrument(model, table, {
      attentions: true,
      queriesKeysValues: true,
      contexts: true,
    });
    const outputs = await run(seen);
    const attention = outputs['attentions.self.0'];
    const [q, k, v] = ['queries', 'keys', 'values'].map((name) => outputs[`${name}.self.0`]);
    assert.deepEqual(attention.dims, [2, heads, 6, 6]);
    for (const part of [q, k, v]) assert.deepEqual(part.dims, [2, heads, 6, headSize]);
    const scores = product(q, k, site.scale);
    if (spelling === 'soft-capped')
      scores.data.forEach((score, index) => (scores.data[index] = 5 * Math.tanh(score / 5)));
    // A sink takes a share of every row.
    if (spelling !== 'sink') assert.ok(difference(attention, softmax(scores)) < 1e-5);
    else
      assert.ok(
        attention.data.every((weight) => weight > 0) &&
          attention.data.reduce((sum, weight) => sum + weight, 0) < 2 * heads * 6 - 1,
      );
    const context = outputs['contexts.self.0'];
    assert.ok(difference(context, weighted(attention, v)) < 1e-5);
  });

  test(`in attention spelled “${spelling}”, a masked head gives nothing and the others stay`, async () => {
    const model = oneLayer(spelling);
    const { model: steered } = instrument(model, findSites(model), {
      headMask: true,
      contexts: true,
      attentions: true,
    });
    const [output] = model.graph.outputs;
    const plain = await run(model);
    const feeds = (mask: number[], copies: number): Record<string, OrtTensor> => ({
      input_ids: idsTensor(),
      'head_mask.self': tensorOf(ElementType.float, mask, [copies, 1, heads]),
    });
    const whole = await run(steered, feeds([1, 1], 1));
    assert.ok(difference(whole[output.name], plain[output.name]) < 1e-6);
    // Another mask for each text of the batch.
    const cut = await run(steered, feeds([1, 1, 0, 1], 2));
    assert.equal(difference(cut['attentions.self.0'], whole['attentions.self.0']), 0);
    const [before, after] = [whole['contexts.self.0'].data, cut['contexts.self.0'].data];
    const perHead = 6 * headSize;
    assert.deepEqual(after.slice(0, 2 * perHead), before.slice(0, 2 * perHead));
    assert.ok(after.slice(2 * perHead, 3 * perHead).every((value) => value === 0));
    assert.deepEqual(after.slice(3 * perHead), before.slice(3 * perHead));
  });
}

test('a classifier, a router of experts and learned pooling are not taken for attention', () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const x = sketch.layer(sketch.embed('input_ids'));
  // Experts: weights from a Softmax of a linear layer, multiplied with what the experts computed.
  const routing = build.op('Softmax', [sketch.linear(x, 2)], [attribute.int('axis', -1)]);
  const experts = build.op('Reshape', [sketch.linear(x, 2 * width), build.ints([0, 0, 2, width])]);
  const mixed = build.op('Squeeze', [
    build.op('MatMul', [build.op('Unsqueeze', [routing, build.ints([2])]), experts]),
    build.ints([2]),
  ]);
  const y = sketch.add(x, mixed);
  // Pooling: a learned query for the whole text.
  const weights = build.op(
    'Softmax',
    [build.op('MatMul', [sketch.weight(1, width), build.transpose(y, [0, 2, 1])])],
    [attribute.int('axis', -1)],
  );
  const pooled = build.op('MatMul', [weights, y]);
  const probabilities = build.op('Softmax', [sketch.linear(pooled, 3)], [attribute.int('axis', -1)]);
  const { sites, missing } = findSites(sketch.model(probabilities));
  assert.deepEqual(
    sites.map(({ block, layer }) => `${block}.${layer}`),
    ['self.0'],
  );
  assert.deepEqual(missing, []);
});

test('encoder, decoder and cross attention are told apart by where queries and keys come from', async () => {
  const sketch = new Sketch();
  let memory = sketch.embed('first');
  for (let layer = 0; layer < 2; layer++) memory = sketch.layer(memory);
  const encoded = sketch.norm(memory);
  let y = sketch.embed('second');
  for (let layer = 0; layer < 3; layer++) y = sketch.layer(y, { memory: encoded });
  const model = sketch.model(sketch.norm(y));
  const table = findSites(model);
  assert.deepEqual(table.missing, []);
  assert.deepEqual(table.sites.map(({ block, layer }) => `${block}.${layer}`).sort(), [
    'cross.0',
    'cross.1',
    'cross.2',
    'decoder.0',
    'decoder.1',
    'decoder.2',
    'encoder.0',
    'encoder.1',
  ]);
  assert.deepEqual(
    table.embeddings.map(({ stream, input }) => [stream, input]),
    [
      ['encoder', 'first'],
      ['decoder', 'second'],
    ],
  );
  assert.equal(table.hiddenStates.get('encoder')?.at(-1), encoded);
  const outputs = await run(instrument(model, table, { attentions: true, hiddenStates: true }).model, {
    first: tensorOf(ElementType.int64, [1, 2, 3, 4, 5], [1, 5]),
    second: tensorOf(ElementType.int64, [6, 7, 8], [1, 3]),
  });
  assert.deepEqual(outputs['attentions.cross.1'].dims, [1, heads, 3, 5]);
  assert.deepEqual(outputs['attentions.encoder.0'].dims, [1, heads, 5, 5]);
  assert.deepEqual(outputs['hidden_states.decoder.3'].dims, [1, 3, width]);
});

test('hidden states are the residual stream before each layer and after the last one', () => {
  const sketch = new Sketch();
  const states = [sketch.embed('input_ids')];
  for (let layer = 0; layer < 3; layer++) states.push(sketch.layer(states[layer]));
  const normed = sketch.norm(states[3]);
  // A lone pre-norm stack without causal mask or vocabulary head: the last state is not normed.
  const table = findSites(sketch.model(sketch.linear(normed, 3)));
  assert.deepEqual(table.hiddenStates.get('self'), states);
  assert.deepEqual(table.finalNorms.get('self'), { input: states[3], output: normed });
});

test('a bias that was added to the stream instead of to the branch hides no hidden state', () => {
  const sketch = new Sketch();
  const states = [sketch.embed('input_ids')];
  for (let layer = 0; layer < 2; layer++) {
    const normed = sketch.norm(states[layer]);
    const biased = sketch.add(states[layer], sketch.weight(width));
    const attended = sketch.add(biased, sketch.attention(normed, normed));
    const branch = sketch.feedForward(sketch.norm(attended));
    states.push(sketch.add(sketch.add(attended, sketch.weight(width)), branch));
  }
  const table = findSites(sketch.model(sketch.linear(sketch.norm(states[2]), 3)));
  assert.deepEqual(table.hiddenStates.get('self'), states);
});

test('branches that are joined with all texts in one row are part of the stream', async () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const states = [sketch.embed('input_ids')];
  for (let layer = 0; layer < 2; layer++) {
    const normed = sketch.norm(states[layer]);
    const attended = sketch.add(states[layer], sketch.attention(normed, normed));
    const row = build.op('Reshape', [attended, build.ints([-1, width])]);
    const joined = sketch.add(row, sketch.feedForward(sketch.norm(row)));
    states.push(build.op('Reshape', [joined, build.op('Shape', [attended])]));
  }
  const normed = sketch.norm(states[2]);
  const model = sketch.model(sketch.linear(normed, 3));
  const table = findSites(model);
  assert.deepEqual(table.hiddenStates.get('self'), states);
  assert.deepEqual(table.finalNorms.get('self'), { input: states[2], output: normed });
});

test('a stream that lies in one row throughout is given out text by text', async () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const embedded = sketch.embed('input_ids');
  const row = build.op('Reshape', [embedded, build.ints([-1, width])]);
  const normed = sketch.norm(row);
  const whole = build.op('Reshape', [normed, build.op('Shape', [embedded])]);
  const attended = sketch.add(
    row,
    build.op('Reshape', [sketch.attention(whole, whole), build.ints([-1, width])]),
  );
  const last = sketch.add(attended, sketch.feedForward(sketch.norm(attended)));
  const model = sketch.model(sketch.linear(sketch.norm(last), 3));
  const table = findSites(model);
  assert.deepEqual(table.missing, []);
  const outputs = await run(instrument(model, table, { hiddenStates: true, embeddings: true }).model);
  for (const index of [0, 1]) assert.deepEqual(outputs[`hidden_states.self.${index}`].dims, [2, 6, width]);
  assert.equal(difference(outputs['hidden_states.self.0'], outputs['embeddings.self']), 0);
});

test('words are told from positions with a larger table by what the model answers with', () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const words = sketch.embed('input_ids');
  const places = sketch.input('places', ElementType.int64, ['batch', 'input_ids']);
  const positions = build.op('Gather', [sketch.weight(64, width), places]);
  const logits = sketch.linear(sketch.norm(sketch.layer(sketch.add(words, positions))), 20);
  const [embedding] = findSites(sketch.model(logits)).embeddings;
  assert.equal(embedding.tensor, words);
  assert.equal(embedding.input, 'input_ids');
});

test('blockwise attention is not taken for whole rows, and it is said', () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const x = sketch.embed('input_ids');
  const scores = build.op('MatMul', [sketch.linear(x), build.transpose(sketch.linear(x), [0, 2, 1])]);
  const weights = build.op('Softmax', [scores], [attribute.int('axis', -1)]);
  const padded = build.op('Pad', [weights, build.ints([0, 0, 0, 0, 0, 2])]);
  const values = build.op('Pad', [sketch.linear(x), build.ints([0, 0, 0, 0, 2, 0])]);
  const { sites, missing } = findSites(sketch.model(build.op('MatMul', [padded, values])));
  assert.deepEqual(sites, []);
  assert.match(missing.join(' '), /1 Softmax operators over queries and keys/);
});

test('with parallel branches and a vocabulary head the last hidden state is behind the final norm', () => {
  const sketch = new Sketch();
  const states = [sketch.embed('input_ids')];
  for (let layer = 0; layer < 2; layer++) {
    const normed = sketch.norm(states[layer]);
    const branches = sketch.add(sketch.attention(normed, normed), sketch.feedForward(normed));
    states.push(sketch.add(branches, states[layer]));
  }
  const normed = sketch.norm(states[2]);
  const table = findSites(sketch.model(sketch.linear(normed, 20)));
  assert.deepEqual(table.hiddenStates.get('self'), [...states.slice(0, 2), normed]);
});

test('behind norms that belong to the layers, hidden states are normed ones', () => {
  const sketch = new Sketch();
  const states = [sketch.norm(sketch.embed('input_ids'))];
  for (let layer = 0; layer < 2; layer++) {
    const attended = sketch.norm(sketch.add(states[layer], sketch.attention(states[layer], states[layer])));
    states.push(sketch.norm(sketch.add(attended, sketch.feedForward(attended))));
  }
  const table = findSites(sketch.model(sketch.linear(states[2], 3)));
  assert.deepEqual(table.hiddenStates.get('self'), states);
  assert.equal(table.finalNorms.size, 0);
});

test('two stacks that share nothing are the towers of an image and a text', () => {
  const sketch = new Sketch();
  const { build } = sketch;
  const image = sketch.input('pixels', ElementType.float, ['batch', 3, 4, 4]);
  const patches = build.op(
    'Conv',
    [image, sketch.weight(width, 3, 2, 2)],
    [attribute.ints('strides', [2, 2])],
  );
  const sequence = build.transpose(build.op('Reshape', [patches, build.ints([0, width, -1])]), [0, 2, 1]);
  const seen = sketch.norm(sketch.layer(sequence));
  const read = sketch.norm(sketch.layer(sketch.layer(sketch.embed('input_ids'))));
  const { sites, embeddings, missing } = findSites(sketch.model(seen, read));
  assert.deepEqual(missing, []);
  assert.deepEqual(sites.map(({ block, layer }) => `${block}.${layer}`).sort(), [
    'text.0',
    'text.1',
    'vision.0',
  ]);
  assert.deepEqual(embeddings.find(({ stream }) => stream === 'vision')?.tensor, sequence);
});

test('a graph without attention says so', () => {
  const sketch = new Sketch();
  const { sites, missing } = findSites(sketch.model(sketch.feedForward(sketch.embed('input_ids'))));
  assert.deepEqual(sites, []);
  assert.match(missing.join(' '), /No attention was found/);
});
