import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { UserError } from '../../src/engine/errors';
import { differentiate, gradientName } from '../../src/engine/gradients/differentiate';
import { realTensor } from '../../src/engine/onnx/constants';
import { attribute, ElementType, type ConstantTensor, type Model } from '../../src/engine/onnx/graph';
import { encodeModel } from '../../src/engine/onnx/write';
import { toFloat32 } from '../../src/engine/session/feeds';
import { openSession } from '../../src/engine/session/sessions';
import { float, floats, int64s, smallGraph, smallModel } from './smallModel';

type Feeds = Readonly<Record<string, OrtTensor>>;

const tensor = (values: readonly number[], dims: readonly number[] = [values.length]): OrtTensor =>
  new OrtTensor('float32', Float32Array.from(values), dims);

/** The gradient of Σ seed · y with respect to each tensor of `of`; seeds are ones unless they are fed. */
async function gradientsOf(
  model: Model,
  of: readonly string[],
  feeds: Feeds,
  targets: readonly string[] = ['y'],
): Promise<number[][]> {
  const differentiated = differentiate(model, {
    seeds: targets.map((name) => ({ tensor: name, input: `seed.${name}` })),
    of,
  });
  const session = await openSession(differentiated, { intraOpNumThreads: 1 });
  const results = await session.run(feeds);
  return of.map((name) => Array.from(toFloat32(results[gradientName(name)])));
}

function close(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, at) =>
    assert.ok(
      Math.abs(value - expected[at]) <= tolerance * Math.max(1, Math.abs(expected[at])),
      `${actual.join(', ')} instead of ${expected.join(', ')}`,
    ),
  );
}

describe('differentiating a graph', () => {
  test('adds up what comes from several readers of a tensor', async () => {
    const model = smallModel({
      inputs: [float('x', ['n'])],
      nodes: [
        ['Mul', ['x', 'x'], ['square']],
        ['Exp', ['x'], ['e']],
        ['Add', ['square', 'e'], ['y']],
      ],
      outputs: ['y'],
    });
    const [gradient] = await gradientsOf(model, ['x'], { x: tensor([1, 2]), 'seed.y': tensor([1, 10]) });
    close(gradient, [2 + Math.E, 10 * (4 + Math.E ** 2)]);
  });

  test('explains whatever is fed as seed: one output, or the contrast of two', async () => {
    const model = smallModel({
      inputs: [float('x', ['n', 2])],
      constants: [floats('w', [1, 2, 3, 4], [2, 2])],
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      outputs: ['y'],
    });
    const x = tensor([5, 6], [1, 2]);
    const [one] = await gradientsOf(model, ['x'], { x, 'seed.y': tensor([0, 1], [1, 2]) });
    const [contrast] = await gradientsOf(model, ['x'], { x, 'seed.y': tensor([1, -1], [1, 2]) });
    close(one, [2, 4]);
    close(contrast, [-1, -1]);
  });

  test('takes several targets together, and tensors inside the graph', async () => {
    const model = smallModel({
      inputs: [float('x', [2])],
      nodes: [
        ['Tanh', ['x'], ['h']],
        ['Mul', ['h', 'h'], ['y']],
        ['Neg', ['h'], ['z']],
      ],
      outputs: ['y', 'z'],
    });
    const feeds = { x: tensor([0.5, -1]), 'seed.y': tensor([1, 1]), 'seed.z': tensor([3, 0]) };
    const [h, x] = await gradientsOf(model, ['h', 'x'], feeds, ['y', 'z']);
    const t = [Math.tanh(0.5), Math.tanh(-1)];
    close(h, [2 * t[0] - 3, 2 * t[1]]);
    close(x, [(2 * t[0] - 3) * (1 - t[0] ** 2), 2 * t[1] * (1 - t[1] ** 2)]);
  });

  test('gives zeros for what the target does not depend on', async () => {
    const model = smallModel({
      inputs: [float('x', ['n']), float('other', ['m', 2])],
      nodes: [
        ['Exp', ['x'], ['y']],
        ['Exp', ['other'], ['z']],
      ],
      outputs: ['y', 'z'],
    });
    const feeds = { x: tensor([1]), other: tensor([1, 2, 3, 4], [2, 2]), 'seed.y': tensor([1]) };
    close((await gradientsOf(model, ['other'], feeds))[0], [0, 0, 0, 0]);
  });

  test('passes through no shape, index or comparison', async () => {
    const model = smallModel({
      inputs: [float('x', ['n'])],
      constants: [floats('zero', [0], [])],
      nodes: [
        ['Shape', ['x'], ['shape']],
        ['Cast', ['shape'], ['size'], [attribute.int('to', ElementType.float)]],
        ['Greater', ['x', 'zero'], ['isPositive']],
        ['Cast', ['isPositive'], ['one'], [attribute.int('to', ElementType.float)]],
        ['Mul', ['x', 'size'], ['scaled']],
        ['Add', ['scaled', 'one'], ['y']],
      ],
      outputs: ['y'],
    });
    close(
      (await gradientsOf(model, ['x'], { x: tensor([1, -2, 3]), 'seed.y': tensor([1, 1, 1]) }))[0],
      [3, 3, 3],
    );
  });

  test('undoes broadcasting at run time where the file says nothing of shapes', async () => {
    const model = smallModel({
      inputs: [float('a'), float('b')],
      nodes: [['Mul', ['a', 'b'], ['y']]],
      outputs: ['y'],
    });
    const feeds = {
      a: tensor([1, 2, 3], [3, 1]),
      b: tensor([10, 20], [2]),
      'seed.y': tensor([1, 1, 1, 1, 1, 1], [3, 2]),
    };
    const [a, b] = await gradientsOf(model, ['a', 'b'], feeds);
    close(a, [30, 30, 30]);
    close(b, [6, 6]);
  });

  test('computes gradients of half-precision models in float32', async () => {
    const half = { type: ElementType.float16 };
    const model = smallModel({
      inputs: [{ name: 'x', ...half, dims: [2] }],
      constants: [realTensor('k', ElementType.float16, [300], [])],
      nodes: [
        ['Mul', ['x', 'k'], ['a']],
        ['Div', ['a', 'k'], ['y']],
      ],
      outputs: ['y'],
    });
    const x = new OrtTensor('float16', Uint16Array.of(0x3c00, 0x4000), [2]);
    // 300 · 300 is beyond the largest float16.
    const [gradient] = await gradientsOf(model, ['x'], { x, 'seed.y': tensor([90000, 1]) });
    close(gradient, [90000, 1], 1e-3);
  });

  test('does not change the model that it is given', () => {
    const branch = (op: string) =>
      attribute.graph(
        op === 'Exp' ? 'then_branch' : 'else_branch',
        smallGraph({ nodes: [[op, ['x'], [op]]], outputs: [op] }),
      );
    const model = smallModel(
      {
        inputs: [float('x', [2])],
        constants: [
          {
            name: 'flag',
            type: ElementType.bool,
            dims: [],
            content: { kind: 'inline', bytes: Uint8Array.of(1) },
          },
        ],
        nodes: [
          ['ReduceMean', ['x'], ['mean'], [attribute.ints('axes', [0])]],
          ['If', ['flag'], ['branch'], [branch('Exp'), branch('Neg')]],
          ['Mul', ['mean', 'branch'], ['y']],
        ],
        outputs: ['y'],
      },
      13,
    );
    const before = encodeModel(model);
    differentiate(model, { seeds: [{ tensor: 'y', input: 'seed' }], of: ['x'] });
    assert.deepEqual(encodeModel(model), before);
  });

  test('follows the branch of an If that constants or shapes decide', async () => {
    const model = smallModel({
      inputs: [float('x', ['n', 1])],
      constants: [int64s('axis', [1]), int64s('one', [1], []), int64s('second', [1], [])],
      nodes: [
        ['Shape', ['x'], ['shape']],
        ['Gather', ['shape', 'second'], ['width']],
        ['Equal', ['width', 'one'], ['isOne']],
        [
          'If',
          ['isOne'],
          ['squeezed'],
          [
            attribute.graph(
              'then_branch',
              smallGraph({ nodes: [['Squeeze', ['x', 'axis'], ['narrow']]], outputs: ['narrow'] }),
            ),
            attribute.graph(
              'else_branch',
              smallGraph({ nodes: [['Identity', ['x'], ['wide']]], outputs: ['wide'] }),
            ),
          ],
        ],
        ['Mul', ['squeezed', 'squeezed'], ['y']],
      ],
      outputs: ['y'],
    });
    close(
      (await gradientsOf(model, ['x'], { x: tensor([2, 3], [2, 1]), 'seed.y': tensor([1, 1]) }))[0],
      [4, 6],
    );
  });

  test('names an operator without a rule and offers occlusion, but only where it is in the way', async () => {
    const model = smallModel({
      inputs: [float('x', [1, 1, 4])],
      nodes: [
        ['MaxPool', ['x'], ['pooled'], [attribute.ints('kernel_shape', [2])]],
        ['Exp', ['x'], ['y']],
      ],
      outputs: ['pooled', 'y'],
    });
    assert.throws(
      () => differentiate(model, { seeds: [{ tensor: 'pooled', input: 'seed' }], of: ['x'] }),
      (error) =>
        error instanceof UserError &&
        error.message.includes('MaxPool') &&
        error.message.includes('occlusion'),
    );
    const [gradient] = await gradientsOf(model, ['x'], {
      x: tensor([0, 0, 0, 0], [1, 1, 4]),
      'seed.y': tensor([1, 1, 1, 1], [1, 1, 4]),
    });
    close(gradient, [1, 1, 1, 1]);
  });

  test('says which tensor does not exist', () => {
    const model = smallModel({ inputs: [float('x', [1])], nodes: [['Exp', ['x'], ['y']]], outputs: ['y'] });
    assert.throws(
      () => differentiate(model, { seeds: [{ tensor: 'logits', input: 'seed' }], of: ['x'] }),
      /“logits”/,
    );
  });
});

const bytes = (
  name: string,
  type: ElementType,
  values: readonly number[],
  dims: readonly number[],
): ConstantTensor => ({
  name,
  type,
  dims,
  content: { kind: 'inline', bytes: Uint8Array.from(values, (value) => value & 0xff) },
});

describe('quantised products have the gradient of the dequantised weights', () => {
  const scale = 0.05;
  const weights = [10, -20, 30, 40, -50, 60];
  /** seed · Wᵀ for W [3, 2]. */
  const throughWeights = (seed: readonly number[], zeroPoint = 0): number[] =>
    [0, 1, 2].map((row) =>
      seed.reduce((sum, each, column) => sum + each * scale * (weights[2 * row + column] - zeroPoint), 0),
    );

  test('DynamicQuantizeLinear and MatMulInteger', async () => {
    const model = smallModel({
      inputs: [float('x', ['n', 3])],
      constants: [
        bytes('w', ElementType.int8, weights, [3, 2]),
        bytes('z', ElementType.int8, [3], []),
        floats('s', [scale], []),
      ],
      nodes: [
        ['DynamicQuantizeLinear', ['x'], ['q', 'sx', 'zx']],
        ['MatMulInteger', ['q', 'w', 'zx', 'z'], ['sum']],
        ['Cast', ['sum'], ['real'], [attribute.int('to', ElementType.float)]],
        ['Mul', ['sx', 's'], ['scales']],
        ['Mul', ['real', 'scales'], ['y']],
      ],
      outputs: ['y'],
    });
    const feeds = { x: tensor([0.3, -1, 0.7], [1, 3]), 'seed.y': tensor([2, -1], [1, 2]) };
    close((await gradientsOf(model, ['x'], feeds))[0], throughWeights([2, -1], 3), 1e-5);
  });

  test('QuantizeLinear and DequantizeLinear around a product', async () => {
    const model = smallModel({
      inputs: [float('x', ['n', 3])],
      constants: [
        bytes('w', ElementType.int8, weights, [3, 2]),
        floats('s', [scale, 2 * scale], [2]),
        bytes('z', ElementType.int8, [0, 0], [2]),
        floats('sx', [0.01], []),
        bytes('zx', ElementType.uint8, [100], []),
      ],
      nodes: [
        ['QuantizeLinear', ['x', 'sx', 'zx'], ['q']],
        ['DequantizeLinear', ['q', 'sx', 'zx'], ['real']],
        ['DequantizeLinear', ['w', 's', 'z'], ['weights'], [attribute.int('axis', 1)]],
        ['MatMul', ['real', 'weights'], ['y']],
      ],
      outputs: ['y'],
    });
    const feeds = { x: tensor([0.3, -0.5, 0.7], [1, 3]), 'seed.y': tensor([2, -1], [1, 2]) };
    close((await gradientsOf(model, ['x'], feeds))[0], throughWeights([2, -2]), 1e-5);
  });

  test('ConvInteger', async () => {
    const kernel = [10, -20];
    const model = smallModel({
      inputs: [float('x', [1, 1, 4])],
      constants: [
        bytes(
          'w',
          ElementType.uint8,
          kernel.map((value) => value + 128),
          [1, 1, 2],
        ),
        bytes('z', ElementType.uint8, [128], []),
        floats('s', [scale], []),
      ],
      nodes: [
        ['DynamicQuantizeLinear', ['x'], ['q', 'sx', 'zx']],
        ['ConvInteger', ['q', 'w', 'zx', 'z'], ['sum'], [attribute.ints('strides', [2])]],
        ['Cast', ['sum'], ['real'], [attribute.int('to', ElementType.float)]],
        ['Mul', ['sx', 's'], ['scales']],
        ['Mul', ['real', 'scales'], ['y']],
      ],
      outputs: ['y'],
    });
    const feeds = { x: tensor([1, 2, 3, 4], [1, 1, 4]), 'seed.y': tensor([1, 3], [1, 1, 2]) };
    close(
      (await gradientsOf(model, ['x'], feeds))[0],
      [scale * 10, scale * -20, 3 * scale * 10, 3 * scale * -20],
      1e-5,
    );
  });

  test('MatMulNBits', async () => {
    // [2, 16] weights of 4 bits, one block per row: values 0 … 15 stand for −8 … 7 times the scale.
    const quantised = Array.from({ length: 32 }, (_, at) => (at * 7) % 16);
    const packed = Array.from({ length: 16 }, (_, at) => quantised[2 * at] | (quantised[2 * at + 1] << 4));
    const model = smallModel({
      inputs: [float('x', ['n', 16])],
      constants: [bytes('w', ElementType.uint8, packed, [2, 1, 8]), floats('s', [0.1, 0.2], [2])],
      nodes: [
        [
          'MatMulNBits',
          ['x', 'w', 's'],
          ['y'],
          [
            attribute.int('K', 16),
            attribute.int('N', 2),
            attribute.int('bits', 4),
            attribute.int('block_size', 16),
          ],
          'com.microsoft',
        ],
      ],
      outputs: ['y'],
    });
    const feeds = { x: tensor(new Array<number>(16).fill(0.5), [1, 16]), 'seed.y': tensor([1, 3], [1, 2]) };
    const expected = Array.from(
      { length: 16 },
      (_, at) => 0.1 * (quantised[at] - 8) + 3 * 0.2 * (quantised[16 + at] - 8),
    );
    close((await gradientsOf(model, ['x'], feeds))[0], expected, 1e-5);
  });
});
