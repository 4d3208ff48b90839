import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { atPositions } from '../../src/engine/gradients/rows';
import { readModel } from '../../src/engine/onnx/read';
import { TensorTypes } from '../../src/engine/onnx/types';
import { fillInputs } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { embeddingOf, oneHot, relativeError } from './gradientFixtures';
import { float, floats, smallModel } from './smallModel';

const positions = (...at: number[]): OrtTensor =>
  new OrtTensor('int64', BigInt64Array.from(at, BigInt), [at.length]);

describe('the answer at some positions only', () => {
  test('is the same as in the whole answer, and so are gradients', async () => {
    const model = readModel(join(__dirname, '../../media/models/headlight-decoder/onnx/model.onnx'));
    const narrow = atPositions(model, 'logits', 'positions');
    const tokens = [2, 7, 70, 700, 7000, 77, 3];
    const feeds = fillInputs(model.graph.inputs, {
      inputIds: tokens,
      attentionMask: tokens.map(() => 1),
      typeIds: [],
    });
    const embeddings = embeddingOf(model, 'input_ids') ?? '';
    const request = { seeds: [{ tensor: 'logits', input: 'seed' }], of: [embeddings] };
    const [whole, picked] = await Promise.all(
      [model, narrow].map((each) => openSession(differentiate(each, request))),
    );
    const vocabulary = 8192;
    const a = await whole.run({ ...feeds, seed: oneHot([1, tokens.length, vocabulary], [5, 42]) });
    const b = await picked.run({
      ...feeds,
      positions: positions(6, 5),
      seed: oneHot([1, 2, vocabulary], [1, 42]),
    });
    assert.deepEqual([...b.logits.dims], [1, 2, vocabulary]);
    const row = (at: number): Float32Array =>
      (a.logits.data as Float32Array).subarray(at * vocabulary, (at + 1) * vocabulary);
    assert.ok(relativeError((b.logits.data as Float32Array).subarray(0, vocabulary), row(6)) < 1e-5);
    assert.ok(relativeError((b.logits.data as Float32Array).subarray(vocabulary), row(5)) < 1e-5);
    const [wide, thin] = [a, b].map((results) => results[gradientName(embeddings)].data as Float32Array);
    assert.ok(relativeError(thin, wide) < 1e-5);
  });

  test('is chosen in front of the projection to the vocabulary', () => {
    const model = readModel(join(__dirname, '../../media/models/headlight-decoder/onnx/model.onnx'));
    const narrow = atPositions(model, 'logits', 'positions');
    const pick = narrow.graph.nodes.find((node) => node.inputs.includes('positions'));
    assert.equal(new TensorTypes(narrow).dims(pick?.outputs[0] ?? '')?.[2], 256);
  });

  test('leaves tensors that others read as they are', async () => {
    const model = smallModel({
      inputs: [float('x', ['b', 's', 2])],
      constants: [floats('w', [1, 2, 3, 4, 5, 6], [2, 3])],
      nodes: [
        ['Tanh', ['x'], ['hidden']],
        ['MatMul', ['hidden', 'w'], ['logits']],
        ['Softmax', ['logits'], ['probabilities']],
      ],
      outputs: ['logits', 'hidden', 'probabilities'],
    });
    const x = new OrtTensor('float32', Float32Array.of(0.1, 0.2, 0.3, 0.4), [1, 2, 2]);
    const whole = await (await openSession(model)).run({ x });
    const picked = await (await openSession(atPositions(model, 'logits', 'at'))).run({ x, at: positions(1) });
    assert.deepEqual(picked.hidden.data, whole.hidden.data);
    assert.deepEqual(picked.probabilities.data, whole.probabilities.data);
    assert.deepEqual(
      [...(picked.logits.data as Float32Array)],
      [...(whole.logits.data as Float32Array).slice(3)],
    );
  });
});
