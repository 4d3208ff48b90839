import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { attribute, type ConstantTensor, type Model } from '../../src/engine/onnx/graph';
import { bytesOf } from '../../src/engine/onnx/constants';
import { copyModel } from '../../src/engine/onnx/copy';
import { decodeModel, readModel } from '../../src/engine/onnx/read';
import { encodeModel } from '../../src/engine/onnx/write';
import { openSession } from '../../src/engine/session/sessions';
import { float, floats, int64s, smallModel } from './smallModel';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'headlight-hostile-')));
after(() => rmSync(scratch, { recursive: true }));

/** A folder of its own for each test. */
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(scratch, String(count++));
  mkdirSync(folder);
});

/** A message for the user: kind `model`, one line, naming what is wrong. */
const refused =
  (what: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.kind, 'model');
    assert.match(error.message, what);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };

const weights = floats('w', [1, 2, 3, 4, 5, 6], [2, 3]);

/** y = x · w */
const sound = (constants: readonly ConstantTensor[] = [weights]): Model =>
  smallModel({
    inputs: [float('x', ['n', 2])],
    constants,
    nodes: [['MatMul', ['x', 'w'], ['y']]],
    outputs: ['y'],
  });

function written(model: Model | Uint8Array): string {
  const file = join(folder, 'model.onnx');
  writeFileSync(file, model instanceof Uint8Array ? model : encodeModel(model));
  return file;
}

const refuses = (model: Model | Uint8Array, what: RegExp): void => {
  const file = written(model);
  assert.throws(() => readModel(file), refused(what));
};

describe('a damaged file', () => {
  it('is read as it is where nothing is wrong', () => {
    const { graph } = readModel(written(sound()));
    assert.deepEqual(graph.initializers.get('w')?.dims, [2, 3]);
  });

  it('is refused in a sentence wherever it ends too early', () => {
    const bytes = encodeModel(sound());
    let accepted = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        readModel(written(bytes.subarray(0, length)));
        accepted++;
      } catch (error) {
        refused(/model\.onnx/)(error);
      }
    }
    // Between the graph and the operator sets behind it a file may end.
    assert.ok(accepted < 60, `${accepted} of ${bytes.length} were accepted`);
  });

  it('is refused in a sentence or read, whichever bit is turned', () => {
    const bytes = encodeModel(sound());
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        readModel(written(damaged));
      } catch (error) {
        assert.ok(error instanceof UserError, `bit ${bit}: ${String(error)}`);
      }
    }
  });

  it('is refused where a field has the wrong wire type', () => {
    // Field 7, the graph, as a number; field 1 of the graph, an operator, as one.
    refuses(Uint8Array.of(0x38, 0x01), /no graph|wrong wire type/);
    refuses(Uint8Array.of(0x3a, 0x02, 0x08, 0x01), /an operator has the wrong wire type/);
  });

  it('is refused where a length is beyond the file, without room being made for it', () => {
    const before = process.memoryUsage().arrayBuffers;
    refuses(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), /longer than what is left/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 26);
  });

  it('with negative numbers in it is read: they take all 64 bits', () => {
    const model = sound();
    model.irVersion = -1;
    assert.equal(readModel(written(model)).irVersion, -1);
    const odd: ConstantTensor = { ...weights, type: -1 };
    assert.equal(readModel(written(sound([odd]))).graph.initializers.get('w')?.type, -1);
  });
});

describe('a damaged graph', () => {
  it('is refused where operators form a cycle', () => {
    const nodes = [
      ['Add', ['x', 'b'], ['a']],
      ['Neg', ['a'], ['b']],
    ] as const;
    refuses(smallModel({ inputs: [float('x', [2])], nodes, outputs: ['b'] }), /cycle/);
  });

  it('is refused where a cycle lies inside a branch', () => {
    const inner = smallModel({ nodes: [['Neg', ['loop'], ['loop']]], outputs: ['loop'] }).graph;
    const branches = [attribute.graph('then_branch', inner), attribute.graph('else_branch', inner)];
    const model = smallModel({
      inputs: [{ name: 'c', type: 9, dims: [] }],
      nodes: [['If', ['c'], ['y'], branches]],
      outputs: ['y'],
    });
    refuses(model, /cycle/);
  });

  it('is refused by the name of a weight that is missing', () => {
    refuses(sound([]), /“MatMul of y” \(MatMul\) reads “w”, a weight or tensor that the file lacks/);
  });

  it('is refused where a tensor is made twice, or an output by nobody', () => {
    const nodes = [
      ['Neg', ['x'], ['y']],
      ['Abs', ['x'], ['y']],
    ] as const;
    refuses(smallModel({ inputs: [float('x', [2])], nodes, outputs: ['y'] }), /“y” is made twice/);
    refuses(
      smallModel({ inputs: [float('x', [2])], nodes: [['Neg', ['x'], ['y']]], outputs: ['z'] }),
      /nothing makes its output “z”/,
    );
  });

  it('is refused where an operator lacks an input that it cannot do without', () => {
    const model = smallModel({
      inputs: [float('x', [2])],
      nodes: [['MatMul', ['x'], ['y']]],
      outputs: ['y'],
    });
    refuses(model, /\(MatMul\) lacks its input 2/);
  });

  it('may read the names around it inside a branch', () => {
    const inner = smallModel({ nodes: [['Neg', ['x'], ['r']]], outputs: ['r'] }).graph;
    const branches = [attribute.graph('then_branch', inner), attribute.graph('else_branch', inner)];
    const model = smallModel({
      inputs: [float('x', [2]), { name: 'c', type: 9, dims: [] }],
      nodes: [['If', ['c'], ['y'], branches]],
      outputs: ['y'],
    });
    assert.equal(readModel(written(model)).graph.nodes.length, 1);
  });

  it('is refused where a shape overflows or does not fit its bytes', () => {
    const dims: readonly (readonly number[])[] = [
      [2 ** 31, 2 ** 31, 2 ** 31],
      [Number.MAX_SAFE_INTEGER, 2],
      [-1, -6],
      new Array<number>(65).fill(1),
    ];
    for (const shape of dims) refuses(sound([{ ...weights, dims: shape }]), /impossible shape/);
    refuses(sound([{ ...weights, dims: [2 ** 20, 2 ** 20] }]), /its shape needs 4398046511104/);
  });

  it('that onnxruntime alone can judge is refused in its words', async () => {
    const model = smallModel({
      inputs: [float('x', ['n', 2])],
      constants: [floats('w', [1, 2, 3], [3, 1])],
      nodes: [['MatMul', ['x', 'w'], ['y']]],
      outputs: ['y'],
    });
    await assert.rejects(
      openSession(readModel(written(model))),
      refused(/^onnxruntime cannot load “.*” \(.*Incompatible/),
    );
  });
});

describe('weights in another file', () => {
  const numbers = new Uint8Array(Float32Array.from([1, 2, 3, 4, 5, 6]).buffer);
  const external = (location: string, offset = 0, length = 24): Model =>
    sound([{ ...weights, content: { kind: 'external', location, offset, length } }]);

  it('are found beside the model', () => {
    writeFileSync(join(folder, 'weights.bin'), numbers);
    const model = readModel(written(external('weights.bin')));
    const tensor = model.graph.initializers.get('w');
    assert.ok(tensor);
    assert.deepEqual(bytesOf(model, tensor), numbers);
  });

  it('are refused outside the model’s folder, however the way there is written', () => {
    writeFileSync(join(scratch, 'outside.bin'), numbers);
    const refusal = /Such models are not opened/;
    refuses(external('../outside.bin'), refusal);
    refuses(external('x/../../outside.bin'), refusal);
    refuses(external(join(scratch, 'outside.bin')), refusal);
    symlinkSync(join(scratch, 'outside.bin'), join(folder, 'link.bin'));
    refuses(external('link.bin'), /a link that leads outside its own folder/);
    symlinkSync(scratch, join(folder, 'way'));
    refuses(external('way/outside.bin'), /a link that leads outside its own folder/);
  });

  it('are refused where they are missing, a folder, or a link to itself', () => {
    refuses(external('nothing.bin'), /missing or cannot be read/);
    symlinkSync('loop.bin', join(folder, 'loop.bin'));
    refuses(external('loop.bin'), /missing or cannot be read/);
    refuses(external('.'), /which is not a file/);
    refuses(external('\u0000'), /weights? /);
  });

  it('are refused where their place is beyond the file or malformed', () => {
    writeFileSync(join(folder, 'weights.bin'), numbers);
    refuses(external('weights.bin', 4), /ends before the weight “w”/);
    refuses(external('weights.bin', -4), /malformed/);
    refuses(external('weights.bin', 2 ** 52), /ends before the weight “w”/);
    refuses(external('weights.bin', 0, 8), /has 8 bytes, its shape needs 24/);
  });

  it('are followed as the hub’s tools keep them: names that link to content', async () => {
    const blobs = join(folder, 'blobs');
    const snapshot = join(folder, 'snapshots/abc/onnx');
    mkdirSync(blobs);
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(blobs, 'aaaa'), encodeModel(external('model.onnx_data')));
    writeFileSync(join(blobs, 'bbbb'), numbers);
    symlinkSync('../../../blobs/aaaa', join(snapshot, 'model.onnx'));
    symlinkSync('../../../blobs/bbbb', join(snapshot, 'model.onnx_data'));
    const session = await openSession(readModel(join(snapshot, 'model.onnx')));
    assert.deepEqual(session.outputNames, ['y']);
    await session.release();
  });
});

describe('a large weight inside the file', () => {
  it('stays there: the edited model refers to its offset', () => {
    const values = Array.from({ length: 3000 }, (_, index) => index);
    const file = written(sound([floats('w', values, [2, 1500]), int64s('unused', [-1])]));
    const model = readModel(file);
    const tensor = model.graph.initializers.get('w');
    assert.ok(tensor?.content.kind === 'external');
    assert.equal(readFileSync(file).readFloatLE(tensor.content.offset + 4 * 2999), 2999);
    assert.ok(encodeModel(copyModel(model)).length < 1000);
    assert.equal(decodeModel(readFileSync(file)).graph.initializers.get('w')?.content.kind, 'inline');
  });
});
