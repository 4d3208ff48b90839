import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { copyModel } from '../../src/engine/onnx/copy';
import { attribute, ElementType, type Attribute } from '../../src/engine/onnx/graph';
import { leastOpset, liftOpset } from '../../src/engine/onnx/lift';
import { openSession } from '../../src/engine/session/sessions';
import { Random } from './gradientCases/sample';
import { float, floats, smallModel, type SmallNode } from './smallModel';

const axes = (...values: number[]): Attribute => attribute.ints('axes', values);

/** Forms that later operator sets changed: name, operator set, nodes from x [2, 3, 4] to y. */
const forms: readonly (readonly [name: string, opset: number, nodes: readonly SmallNode[]])[] = [
  ['ReduceMean with axes as an attribute', 13, [['ReduceMean', ['x'], ['y'], [axes(-1)]]]],
  ['ReduceMax over everything', 14, [['ReduceMax', ['x'], ['y'], [attribute.int('keepdims', 0)]]]],
  [
    'ReduceSum with axes as an attribute',
    11,
    [['ReduceSum', ['x'], ['y'], [axes(0, 2), attribute.int('keepdims', 0)]]],
  ],
  [
    'Unsqueeze and Squeeze with axes as an attribute',
    11,
    [
      ['Unsqueeze', ['x'], ['u'], [axes(0, 2)]],
      ['Squeeze', ['u'], ['y'], [axes(0)]],
    ],
  ],
  [
    'Split with sizes as an attribute',
    11,
    [['Split', ['x'], ['a', 'y'], [attribute.int('axis', 2), attribute.ints('split', [1, 3])]]],
  ],
  ['Split into equal parts', 13, [['Split', ['x'], ['a', 'y'], [attribute.int('axis', 2)]]]],
  ['Softmax over the last axis', 11, [['Softmax', ['x'], ['y'], [attribute.int('axis', 2)]]]],
  [
    'Softmax over all axes from one on, as one row',
    11,
    [['Softmax', ['x'], ['y'], [attribute.int('axis', 1)]]],
  ],
  ['LogSoftmax with its axis left out', 11, [['LogSoftmax', ['x'], ['y']]]],
  [
    'Dropout with its ratio as an attribute',
    10,
    [['Dropout', ['x'], ['y'], [attribute.float('ratio', 0.5)]]],
  ],
  [
    'Clip with limits as attributes',
    9,
    [['Clip', ['x'], ['y'], [attribute.float('min', -0.5), attribute.float('max', 0.5)]]],
  ],
  [
    'Pad with amounts as an attribute',
    9,
    [['Pad', ['x'], ['y'], [attribute.ints('pads', [0, 1, 0, 0, 0, 2]), attribute.float('value', 7)]]],
  ],
  [
    'Slice with ranges as attributes',
    9,
    [['Slice', ['x'], ['y'], [attribute.ints('starts', [1]), attribute.ints('ends', [-1]), axes(2)]]],
  ],
];

describe('a model is lifted to operator set 18 and computes the same', () => {
  for (const [name, opset, nodes] of forms) {
    test(`${name} (operator set ${opset})`, async () => {
      const model = smallModel({ inputs: [float('x', ['b', 3, 'n'])], nodes, outputs: ['y'] }, opset);
      const lifted = copyModel(model);
      liftOpset(lifted);
      assert.equal(lifted.opsets.get(''), leastOpset);
      const random = new Random(opset);
      const x = new OrtTensor(
        'float32',
        Float32Array.from({ length: 24 }, () => random.unit() * 2 - 1),
        [2, 3, 4],
      );
      const [before, after] = await Promise.all(
        [model, lifted].map(
          async (each) => (await (await openSession(each, { intraOpNumThreads: 1 })).run({ x })).y,
        ),
      );
      assert.deepEqual([...after.dims], [...before.dims]);
      assert.deepEqual(after.data, before.data);
    });
  }

  test('in the bodies of control flow too, of which the original keeps its own', async () => {
    const body = {
      name: 'body',
      nodes: smallModel({ nodes: [['ReduceMean', ['x'], ['mean'], [axes(1)]]], outputs: ['mean'] }).graph
        .nodes,
    };
    const graph = {
      ...smallModel({ nodes: [['Identity', ['x'], ['same']]], outputs: ['mean'] }).graph,
      ...body,
    };
    const model = smallModel(
      {
        inputs: [float('x', ['b', 3])],
        constants: [
          {
            name: 'flag',
            type: ElementType.bool,
            dims: [],
            content: { kind: 'inline', bytes: Uint8Array.of(1) },
          },
          floats('unused', [0]),
        ],
        nodes: [
          [
            'If',
            ['flag'],
            ['y'],
            [attribute.graph('then_branch', graph), attribute.graph('else_branch', graph)],
          ],
        ],
        outputs: ['y'],
      },
      14,
    );
    const lifted = copyModel(model);
    liftOpset(lifted);
    const x = new OrtTensor('float32', Float32Array.of(1, 2, 6), [1, 3]);
    for (const each of [model, lifted])
      assert.deepEqual([...((await (await openSession(each)).run({ x })).y.data as Float32Array)], [3]);
  });

  test('newer models stay as they are', () => {
    const model = smallModel(
      { inputs: [float('x', [1])], nodes: [['Exp', ['x'], ['y']]], outputs: ['y'] },
      21,
    );
    const lifted = copyModel(model);
    liftOpset(lifted);
    assert.deepEqual(lifted, model);
  });

  test('models from before transformers are refused with the way out', () => {
    const model = smallModel(
      { inputs: [float('x', [1])], nodes: [['Exp', ['x'], ['y']]], outputs: ['y'] },
      7,
    );
    assert.throws(() => liftOpset(model), /operator set 7.*14 or newer/);
  });
});
