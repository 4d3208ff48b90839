import { attribute, type Attribute } from '../../../src/engine/onnx/graph';
import type { Random } from './sample';
import {
  CaseTable,
  type Sample,
  type SampleInput,
  type Sampler,
  count,
  ints,
  positive,
  randomInts,
  real,
} from './sample';

const reduction =
  (make: (random: Random, dims: readonly number[]) => SampleInput = real): Sampler =>
  (random) => {
    const dims = random.dims(3);
    const keep = attribute.int('keepdims', random.int(0, 1));
    const axes = random.pick([random.axis(3)], [0, 2], [-1, 1], undefined);
    return {
      inputs: axes === undefined ? [make(random, dims)] : [make(random, dims), ints(axes)],
      attributes: [keep],
    };
  };

const concat: Sampler = (random) => {
  const dims = random.dims(3);
  const axis = random.axis(3);
  const part = (): SampleInput =>
    real(
      random,
      dims.map((dim, index) => (index === (axis + 3) % 3 ? random.int(1, 3) : dim)),
    );
  return {
    inputs: Array.from({ length: random.int(1, 3) }, part),
    attributes: [attribute.int('axis', axis)],
  };
};

const split: Sampler = (random) => {
  const dims = random.dims(3);
  const axis = random.axis(3);
  const sizes = [1, 2, random.int(1, 2)];
  dims[(axis + 3) % 3] = sizes.reduce((sum, size) => sum + size);
  return { inputs: [real(random, dims), ints(sizes)], attributes: [attribute.int('axis', axis)], outputs: 3 };
};

const slice: Sampler = (random) => {
  const dims = [random.int(3, 6), random.int(3, 6), 2];
  const input = real(random, dims);
  const end = 2 ** 31;
  return {
    inputs: random.pick<SampleInput[]>(
      [input, ints([1, -2]), ints([end, end]), ints([0, 1])],
      [input, ints([0]), ints([2]), ints([-2])],
      [input, ints([-3, 1]), ints([-1, 3])],
      [input, ints([0, 0]), ints([end, end]), ints([0, 1]), ints([2, 1])],
      [input, ints([-1]), ints([-end]), ints([1]), ints([-1])],
      [input, ints([1]), ints([100]), ints([0], [1]), ints([1])],
    ),
  };
};

const gather =
  (rank: number): Sampler =>
  (random) => {
    const dims = random.dims(3);
    const axis = random.axis(3);
    const size = dims[(axis + 3) % 3];
    return {
      inputs: [real(random, dims), randomInts(random, random.dims(rank), -size, size - 1)],
      attributes: [attribute.int('axis', axis)],
    };
  };

const alongAxis = (random: Random): { dims: number[]; axis: number; picked: number[]; size: number } => {
  const dims = random.dims(2);
  const axis = random.axis(2);
  const place = (axis + 2) % 2;
  return {
    dims,
    axis,
    picked: dims.map((dim, index) => (index === place ? random.int(1, dim) : dim)),
    size: dims[place],
  };
};

const gatherElements: Sampler = (random) => {
  const { dims, axis, picked, size } = alongAxis(random);
  return {
    inputs: [real(random, dims), randomInts(random, picked, 0, size - 1)],
    attributes: [attribute.int('axis', axis)],
  };
};

const scatterElements: Sampler = (random) => {
  const [rows, columns] = [random.int(2, 4), random.int(2, 4)];
  const order = Array.from({ length: columns }, (_, index) => (index * (columns - 1)) % columns);
  const isSum = random.int(0, 1) === 1;
  const indices = ints(
    Array.from({ length: rows * columns }, (_, at) => (isSum ? 0 : order[at % columns])),
    [rows, columns],
  );
  const reduction = isSum ? [attribute.string('reduction', 'add')] : [];
  return {
    inputs: [real(random, [rows, columns]), indices, real(random, [rows, columns])],
    attributes: [attribute.int('axis', 1), ...reduction],
  };
};

const where: Sampler = (random) => {
  const dims = random.dims(3);
  const choice = random.narrowed(dims);
  const condition: SampleInput = {
    dims: choice,
    values: Array.from({ length: count(choice) }, () => random.int(0, 1)),
    type: 'bool',
    isFixed: true,
  };
  return { inputs: [condition, real(random, random.narrowed(dims)), real(random, dims)] };
};

const pad: Sampler = (random) => {
  const dims = random.dims(2);
  const input = real(random, dims);
  const border = ints([1, 0, random.int(0, 2), 1]);
  return random.pick<Sample>(
    { inputs: [input, border] },
    { inputs: [input, ints([1, 2]), undefined, ints([-1])] },
    { inputs: [input, ints([-1, 0, 1, 0])] },
    {
      inputs: [input, ints([1, 0, 1, 1])],
      attributes: [attribute.string('mode', random.pick('edge', 'reflect'))],
    },
  );
};

const table = new CaseTable();
const { add } = table;

add('Reshape', (random) => {
  const [a, b, c] = random.dims(3);
  return { inputs: [real(random, [a, b, c]), ints(random.pick([a * b, c], [0, -1], [-1], [c, b, a, 1]))] };
});
add('Flatten', (random) => ({
  inputs: [real(random, random.dims(3))],
  attributes: [attribute.int('axis', random.int(-3, 3))],
}));
add('Squeeze', (random) => ({
  inputs: [real(random, [1, random.int(2, 4), 1]), ints(random.pick([0], [-1], [0, 2]))],
}));
add('Unsqueeze', (random) => ({
  inputs: [real(random, random.dims(2)), ints(random.pick([0], [-1], [1, 3]))],
}));
add('Transpose', (random) => ({
  inputs: [real(random, random.dims(3))],
  attributes: random.pick<Attribute[]>(
    [attribute.ints('perm', [1, 2, 0])],
    [attribute.ints('perm', [0, 2, 1])],
    [],
  ),
}));
add('Expand', (random) => {
  const dims = random.dims(3);
  return { inputs: [real(random, random.narrowed(dims)), ints(dims)] };
});
add('Tile', (random) => ({
  inputs: [real(random, random.dims(2)), ints([random.int(1, 3), random.int(1, 3)])],
}));
add('Concat', concat);
add('Split', split);
add(
  'Split',
  (random) => ({
    inputs: [real(random, [2, 6])],
    attributes: [attribute.int('axis', 1), attribute.int('num_outputs', 3)],
    outputs: random.pick(3),
  }),
  { name: 'Split evenly' },
);
add('Slice', slice);
add('Gather', gather(0), { name: 'Gather of one index' });
add('Gather', gather(1));
add('Gather', gather(2), { name: 'Gather of a matrix of indices' });
add('GatherElements', gatherElements);
add('GatherND', (random) => {
  const dims = random.dims(3);
  const batch = random.int(0, 1);
  const rows = batch === 1 ? [dims[0], 2] : [random.int(1, 4)];
  const indices = Array.from({ length: count(rows) }, () => [
    random.int(0, dims[batch] - 1),
    random.int(0, dims[batch + 1] - 1),
  ]).flat();
  return {
    inputs: [real(random, dims), ints(indices, [...rows, 2])],
    attributes: [attribute.int('batch_dims', batch)],
  };
});
add('TopK', (random) => ({
  inputs: [real(random, random.dims(2)), ints([2])],
  attributes: [attribute.int('axis', random.axis(2))],
  outputs: 2,
}));
add('ScatterElements', scatterElements);
add('ScatterND', (random) => {
  const [rows, columns] = [random.int(3, 4), random.int(2, 3)];
  return {
    inputs: [real(random, [rows, columns]), ints([2, 0], [2, 1]), real(random, [2, columns])],
    attributes: random.pick<Attribute[]>([], [attribute.string('reduction', 'add')]),
  };
});
add('Where', where);
add('Pad', pad);
add('CumSum', (random) => ({
  inputs: [real(random, random.dims(2)), ints([random.axis(2)], [])],
  attributes: [attribute.int('exclusive', random.int(0, 1)), attribute.int('reverse', random.int(0, 1))],
}));
add('Trilu', (random) => ({
  inputs: [real(random, random.dims(3)), ...random.pick<SampleInput[]>([], [ints([random.int(-1, 1)], [])])],
  attributes: [attribute.int('upper', random.int(0, 1))],
}));
add('ReduceSum', reduction());
for (const op of [
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSumExp',
  'ReduceProd',
])
  add(op, reduction());
add('ReduceLogSum', reduction(positive));
add(
  'ReduceMean',
  (random) => ({
    inputs: [real(random, random.dims(3))],
    attributes: [attribute.ints('axes', [-1]), attribute.int('keepdims', random.int(0, 1))],
  }),
  { name: 'ReduceMean with axes as an attribute', opset: 13 },
);

export const movementCases = table.cases;
