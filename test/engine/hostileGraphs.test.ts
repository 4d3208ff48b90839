import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int64Tensor } from '../../src/engine/onnx/constants';
import { attribute, ElementType, type Model, type Node } from '../../src/engine/onnx/graph';
import { checkModel } from '../../src/engine/onnx/check';
import { decodeModel } from '../../src/engine/onnx/read';
import { TensorTypes } from '../../src/engine/onnx/types';
import { topologicalOrder } from '../../src/engine/onnx/wiring';
import { encodeModel } from '../../src/engine/onnx/write';
import { reasonOf } from '../../src/engine/session/sessions';
import { findSites } from '../../src/engine/sites/find';
import { float, floats, int64s, smallModel, type SmallNode } from './smallModel';

/** Far beyond any model; what is quadratic in it takes hours, what is linear seconds. */
const million = 1_000_000;

const attention: readonly SmallNode[] = [
  ['MatMul', ['q', 'k'], ['scores']],
  ['Softmax', ['scores'], ['p'], [attribute.int('axis', -1)]],
  ['MatMul', ['p', 'v'], ['context']],
];

/** One attention call, and then `nodes`. */
function behindAttention(nodes: readonly SmallNode[], output: string): Model {
  const inputs = ['q', 'k', 'v'].map((name) => float(name, [1, 2, 'n', 'n']));
  return smallModel({ inputs, nodes: [...attention, ...nodes], outputs: [output] });
}

const chain = (op: string, from: string, length: number): SmallNode[] =>
  Array.from({ length }, (_, index) => [op, [index === 0 ? from : `c${index}`], [`c${index + 1}`]] as const);

const node = (op: string, inputs: string[], outputs: string[]): Node => ({
  name: '',
  op,
  domain: '',
  inputs,
  outputs,
  attributes: new Map(),
});

describe('a graph of a million operators', () => {
  it(
    'is written, read, checked and searched in time that grows with its size only',
    { timeout: 120_000 },
    () => {
      const model = decodeModel(
        encodeModel(behindAttention(chain('Neg', 'context', million), `c${million}`)),
      );
      checkModel(model);
      assert.equal(model.graph.nodes.length, million + 3);
      assert.deepEqual(
        findSites(model).sites.map(({ probabilities }) => probabilities),
        ['p'],
      );
    },
  );

  it('may stand in the file back to front', () => {
    const model = smallModel({ inputs: [float('x', [1])], nodes: [], outputs: [`c${million}`] });
    for (let index = million; index > 0; index--)
      model.graph.nodes.push(node('Neg', [index === 1 ? 'x' : `c${index - 1}`], [`c${index}`]));
    const ordered = topologicalOrder(model.graph);
    assert.equal(ordered[0].outputs[0], 'c1');
    assert.equal(ordered[million - 1].outputs[0], `c${million}`);
  });

  it('may all read one tensor', () => {
    const wide = Array.from({ length: 100_000 }, (_, index) => ['Neg', ['context'], [`w${index}`]] as const);
    assert.equal(findSites(behindAttention(wide, 'w0')).sites.length, 1);
  });
});

describe('long chains', () => {
  it('of copies before a constant are followed without a stack', () => {
    const nodes: SmallNode[] = [
      ['Constant', [], ['c'], [attribute.tensor('value', int64Tensor('', [3]))]],
      ...chain('Identity', 'c', 100_000),
      ['Reshape', ['x', 'c100000'], ['y']],
    ];
    const types = new TensorTypes(smallModel({ inputs: [float('x', [3])], nodes, outputs: ['y'] }));
    assert.deepEqual(types.dims('y'), [3]);
    assert.deepEqual(types.constantValues('c100000'), [3]);
  });

  it('of arithmetic on a scale leave the scale unknown', () => {
    const scaled: SmallNode[] = [
      ['MatMul', ['q', 'k'], ['product']],
      ...chain('Sqrt', 'scale', 20_000),
      ['Mul', ['product', 'c20000'], ['scores']],
      ...attention.slice(1),
    ];
    const inputs = ['q', 'k', 'v'].map((name) => float(name, [1, 2, 'n', 'n']));
    const model = smallModel({
      inputs,
      constants: [floats('scale', [4], [])],
      nodes: scaled,
      outputs: ['context'],
    });
    assert.equal(findSites(model).sites.length, 1);
  });

  it('of sums of sizes do not make longer and longer names', () => {
    const nodes = Array.from(
      { length: 5000 },
      (_, index) =>
        [
          'Concat',
          [index === 0 ? 'x' : `c${index}`, 'y'],
          [`c${index + 1}`],
          [attribute.int('axis', 0)],
        ] as const,
    );
    const inputs = [float('x', ['a']), ...['y'].map((name) => float(name, ['b']))];
    const growing = nodes.flatMap((each, index): SmallNode[] => [
      each,
      ['NonZero', [each[2][0]], [`n${index}`]],
    ]);
    const types = new TensorTypes(smallModel({ inputs, nodes: growing, outputs: ['c5000'] }));
    const [size] = types.dims('c5000') ?? [];
    assert.ok(size !== undefined && String(size).length <= 256);
  });
});

describe('types of malformed operators', () => {
  const dimsOf = (nodes: readonly SmallNode[], constants = [int64s('huge', [2 ** 40, -7])]): unknown => {
    const inputs = [float('x', [2, 3]), { name: 'shape', type: ElementType.int64, dims: [2 ** 40] }];
    return new TensorTypes(smallModel({ inputs, constants, nodes, outputs: ['y'] })).dims('y');
  };

  it('are unknown where an axis is out of range', () => {
    const y = dimsOf([['Transpose', ['x'], ['y'], [attribute.ints('perm', [7, -3])]]]);
    assert.ok(Array.isArray(y) && y.every((dim) => typeof dim === 'string' && dim.startsWith('?')));
    assert.equal(dimsOf([['Gather', ['x', 'nothing'], ['y'], [attribute.int('axis', 99)]]]), undefined);
  });

  it('are unknown where a shape has more elements than a tensor can have dimensions', () => {
    for (const op of ['ConstantOfShape', 'Nothing'])
      assert.equal(dimsOf([[op, ['shape'], ['y']]]), undefined);
    for (const op of ['Reshape', 'Expand']) assert.equal(dimsOf([[op, ['x', 'shape'], ['y']]]), undefined);
  });

  it('have no negative sizes', () => {
    const y = dimsOf([['ConstantOfShape', ['huge'], ['y']]]);
    assert.ok(Array.isArray(y));
    assert.equal(y[0], 2 ** 40);
    assert.match(String(y[1]), /^\?/);
  });
});

describe('what onnxruntime says', () => {
  it('is told without the places in its source', () => {
    const said =
      '/onnxruntime_src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::ModelOptions&) Unsupported model IR version: 99, max supported IR version: 13\n';
    assert.equal(reasonOf(new Error(said)), 'Unsupported model IR version: 99, max supported IR version: 13');
  });

  it('of a run names the operator', () => {
    const said =
      "Non-zero status code returned while running Add node. Name:'/m/Add' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:563 void onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 11 by 22\n\nstack";
    assert.equal(
      reasonOf(new Error(said)),
      'Add “/m/Add”: Attempting to broadcast an axis by a dimension other than 1. 11 by 22',
    );
  });
});
