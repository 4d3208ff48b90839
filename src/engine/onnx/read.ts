import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../errors';
import { checkModel } from './check';
import { elementCount } from './constants';
import { ExternalWeights, invalidModel } from './external';
import {
  elementSize,
  type Attribute,
  type AttributeValue,
  type ConstantTensor,
  type Graph,
  type Model,
  type Node,
  type TensorBytes,
  type ValueType,
} from './graph';
import { skeletonOf } from './scan';

/** Nesting of control-flow bodies beyond this is taken for an attack on the stack. */
const deepestNesting = 16;
const mostDims = 64;

/**
 * Reads a model without its weights (they stay on disk, see {@link skeletonOf}).
 * @throws UserError with a sentence for the user where the file is damaged (see {@link checkModel} too), or where a weight would lie outside the model's folder.
 */
export function readModel(file: string): Model {
  // The hub's tools keep models as links into a cache: weights are referred to where the file really is.
  const real = existsSync(file) ? realpathSync(file) : file;
  const model = decodeModel(skeletonOf(real), real, dirname(file));
  checkModel(model);
  return model;
}

/**
 * Decodes protobuf bytes of a ModelProto (ONNX IR). Tensors keep views into `bytes`.
 * @param file where the bytes come from (links resolved); errors name it.
 * @param folder where external weights are looked for: the folder the user named, which may hold links into that of `file`.
 */
export function decodeModel(bytes: Uint8Array, file = '', folder = dirname(file)): Model {
  try {
    return new Decoder(file, folder).model(bytes);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `“${file || 'The model'}” is not a valid ONNX model (${error instanceof Error ? error.message : String(error)}). Download or export it again.`,
      'model',
      { cause: error },
    );
  }
}

type Visit = (field: number, reader: BinaryReader, wire: WireType, skip: () => void) => void;

class Decoder {
  private readonly external: ExternalWeights;

  constructor(
    private readonly file: string,
    folder: string,
  ) {
    this.external = new ExternalWeights(file, folder);
  }

  private fail(why: string): never {
    throw invalidModel(this.file, why);
  }

  /** Walks the fields of one message. Fields that `visit` does not read must be passed by `skip`, which also collects them. */
  private fields(bytes: Uint8Array, visit: Visit, rest?: Uint8Array[]): void {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const [field, wire] = reader.tag();
      visit(field, reader, wire, () => {
        reader.skip(wire, field);
        rest?.push(bytes.subarray(start, reader.pos));
      });
      if (reader.pos > reader.len) this.fail('a field is longer than its message');
    }
  }

  private expect(wire: WireType, wanted: WireType, what: string): void {
    if (wire !== wanted) this.fail(`${what} has the wrong wire type`);
  }

  private text(reader: BinaryReader, wire: WireType, what: string): string {
    this.expect(wire, WireType.LengthDelimited, what);
    return reader.string();
  }

  private bytes(reader: BinaryReader, wire: WireType, what: string): Uint8Array {
    this.expect(wire, WireType.LengthDelimited, what);
    return reader.bytes();
  }

  private int(reader: BinaryReader, wire: WireType, what: string): number {
    this.expect(wire, WireType.Varint, what);
    return Number(reader.int64());
  }

  /** A repeated number, packed or not. */
  private repeated<T>(
    reader: BinaryReader,
    wire: WireType,
    into: T[],
    read: (reader: BinaryReader) => T,
  ): void {
    if (wire !== WireType.LengthDelimited) {
      into.push(read(reader));
      return;
    }
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) into.push(read(packed));
  }

  model(bytes: Uint8Array): Model {
    let irVersion = 0;
    let producer = '';
    let graph: Graph | undefined;
    const opsets = new Map<string, number>();
    const rest: Uint8Array[] = [];
    this.fields(
      bytes,
      (field, reader, wire, skip) => {
        if (field === 1) irVersion = this.int(reader, wire, 'the IR version');
        else if (field === 2) producer = this.text(reader, wire, 'the producer');
        else if (field === 7) graph = this.graph(this.bytes(reader, wire, 'the graph'), 0);
        else if (field === 8) {
          let domain = '';
          let version = 0;
          this.fields(this.bytes(reader, wire, 'an operator set'), (key, inner, innerWire, pass) => {
            if (key === 1) domain = this.text(inner, innerWire, 'an operator set');
            else if (key === 2) version = this.int(inner, innerWire, 'an operator set');
            else pass();
          });
          opsets.set(domain === 'ai.onnx' ? '' : domain, version);
        } else skip();
      },
      rest,
    );
    if (graph === undefined) this.fail('it holds no graph');
    if (graph.nodes.length === 0) this.fail('its graph has no operators');
    return { file: this.file, irVersion, producer, opsets, graph, rest };
  }

  private graph(bytes: Uint8Array, depth: number): Graph {
    if (depth > deepestNesting) this.fail(`its control flow is nested deeper than ${deepestNesting} levels`);
    const graph: Graph = {
      name: '',
      nodes: [],
      initializers: new Map(),
      inputs: [],
      outputs: [],
      valueTypes: new Map(),
      rest: [],
    };
    const rest: Uint8Array[] = [];
    this.fields(
      bytes,
      (field, reader, wire, skip) => {
        if (field === 1) graph.nodes.push(this.node(this.bytes(reader, wire, 'an operator'), depth));
        else if (field === 2) graph.name = this.text(reader, wire, 'the name of the graph');
        else if (field === 5) {
          const tensor = this.tensor(this.bytes(reader, wire, 'a weight'));
          graph.initializers.set(tensor.name, tensor);
        } else if (field === 11) graph.inputs.push(this.valueType(this.bytes(reader, wire, 'an input')));
        else if (field === 12) graph.outputs.push(this.valueType(this.bytes(reader, wire, 'an output')));
        else if (field === 13) {
          const value = this.valueType(this.bytes(reader, wire, 'a type'));
          graph.valueTypes.set(value.name, value);
        } else skip();
      },
      rest,
    );
    // Before IR version 4, initialisers were listed among the inputs too; those are no real inputs.
    graph.inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name));
    graph.rest = rest;
    return graph;
  }

  private node(bytes: Uint8Array, depth: number): Node {
    const node: Node = { name: '', op: '', domain: '', inputs: [], outputs: [], attributes: new Map() };
    this.fields(bytes, (field, reader, wire, skip) => {
      if (field === 1) node.inputs.push(this.text(reader, wire, 'an operator input'));
      else if (field === 2) node.outputs.push(this.text(reader, wire, 'an operator output'));
      else if (field === 3) node.name = this.text(reader, wire, 'an operator name');
      else if (field === 4) node.op = this.text(reader, wire, 'an operator type');
      else if (field === 5) {
        const entry = this.attribute(this.bytes(reader, wire, 'an attribute'), depth);
        node.attributes.set(entry.name, entry);
      } else if (field === 7) node.domain = this.text(reader, wire, 'an operator domain');
      else skip();
    });
    if (node.op === '') this.fail('an operator has no type');
    return node;
  }

  private attribute(raw: Uint8Array, depth: number): Attribute {
    let name = '';
    let type = 0;
    let float = 0;
    let int = 0;
    let string = '';
    let tensor: ConstantTensor | undefined;
    let graph: Graph | undefined;
    const floats: number[] = [];
    const ints: number[] = [];
    const strings: string[] = [];
    const graphs: Graph[] = [];
    this.fields(raw, (field, reader, wire, skip) => {
      if (field === 1) name = this.text(reader, wire, 'an attribute name');
      else if (field === 20) type = this.int(reader, wire, 'an attribute type');
      else if (field === 2) {
        this.expect(wire, WireType.Bit32, 'a number');
        float = reader.float();
      } else if (field === 3) int = this.int(reader, wire, 'a number');
      else if (field === 4) string = this.text(reader, wire, 'a text');
      else if (field === 5) tensor = this.tensor(this.bytes(reader, wire, 'a constant'));
      else if (field === 6) graph = this.graph(this.bytes(reader, wire, 'a graph'), depth + 1);
      else if (field === 7) this.repeated(reader, wire, floats, (from) => from.float());
      else if (field === 8) this.repeated(reader, wire, ints, (from) => Number(from.int64()));
      else if (field === 9) strings.push(this.text(reader, wire, 'a text'));
      else if (field === 11) graphs.push(this.graph(this.bytes(reader, wire, 'a graph'), depth + 1));
      else skip();
    });
    const value = ((): AttributeValue => {
      switch (type) {
        case 1:
          return { kind: 'float', value: float };
        case 2:
          return { kind: 'int', value: int };
        case 3:
          return { kind: 'string', value: string };
        case 4:
          return tensor === undefined
            ? this.fail(`the attribute “${name}” has no value`)
            : { kind: 'tensor', value: tensor };
        case 5:
          return graph === undefined
            ? this.fail(`the attribute “${name}” has no value`)
            : { kind: 'graph', value: graph };
        case 6:
          return { kind: 'floats', value: floats };
        case 7:
          return { kind: 'ints', value: ints };
        case 8:
          return { kind: 'strings', value: strings };
        case 10:
          return { kind: 'graphs', value: graphs };
        default:
          return { kind: 'other' };
      }
    })();
    // Bodies of control flow are edited, so they are encoded anew; all else is written back as it stood.
    return value.kind === 'graph' || value.kind === 'graphs' ? { name, value } : { name, value, raw };
  }

  private tensor(bytes: Uint8Array): ConstantTensor {
    const dims: number[] = [];
    let type = 0;
    let name = '';
    let rawBytes: Uint8Array | undefined;
    let external = false;
    const typed: number[] = [];
    const longs: bigint[] = [];
    const strings: Uint8Array[] = [];
    const place = new Map<string, string>();
    this.fields(bytes, (field, reader, wire, skip) => {
      if (field === 1) this.repeated(reader, wire, dims, (from) => Number(from.int64()));
      else if (field === 2) type = this.int(reader, wire, 'an element type');
      else if (field === 4) this.repeated(reader, wire, typed, (from) => from.float());
      else if (field === 5) this.repeated(reader, wire, typed, (from) => from.int32());
      else if (field === 6) strings.push(this.bytes(reader, wire, 'a text'));
      else if (field === 7) this.repeated(reader, wire, longs, (from) => BigInt(from.int64()));
      else if (field === 8) name = this.text(reader, wire, 'the name of a weight');
      else if (field === 9) rawBytes = this.bytes(reader, wire, 'a weight');
      else if (field === 10) this.repeated(reader, wire, typed, (from) => from.double());
      else if (field === 11) this.repeated(reader, wire, longs, (from) => BigInt(from.uint64()));
      else if (field === 13) {
        let key = '';
        let value = '';
        this.fields(this.bytes(reader, wire, 'a place'), (inner, from, innerWire, pass) => {
          if (inner === 1) key = this.text(from, innerWire, 'a place');
          else if (inner === 2) value = this.text(from, innerWire, 'a place');
          else pass();
        });
        place.set(key, value);
      } else if (field === 14) external = this.int(reader, wire, 'a place') === 1;
      else skip();
    });
    if (dims.length > mostDims || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0))
      this.fail(`the weight “${name}” has an impossible shape`);
    const count = elementCount(dims);
    if (!Number.isSafeInteger(count)) this.fail(`the weight “${name}” has an impossible shape`);
    const need = Math.ceil(count * elementSize(type));
    const content = ((): TensorBytes => {
      if (strings.length > 0 || type === 8) return { kind: 'strings', strings };
      if (external) return this.external.bytes(name, need, place);
      const found = rawBytes ?? packNumbers(type, typed, longs);
      if (found.length < need)
        this.fail(`the weight “${name}” has ${found.length} bytes, its shape needs ${need}`);
      return { kind: 'inline', bytes: found };
    })();
    return { name, type, dims, content };
  }

  private valueType(raw: Uint8Array): ValueType {
    let name = '';
    let type = 0;
    let dims: (number | string)[] | undefined;
    this.fields(raw, (field, reader, wire, skip) => {
      if (field === 1) name = this.text(reader, wire, 'a name');
      else if (field === 2) {
        this.fields(this.bytes(reader, wire, 'a type'), (kind, inner, innerWire, pass) => {
          if (kind !== 1) return pass();
          this.fields(this.bytes(inner, innerWire, 'a type'), (part, from, partWire, passPart) => {
            if (part === 1) type = this.int(from, partWire, 'an element type');
            else if (part === 2) dims = this.shape(this.bytes(from, partWire, 'a shape'));
            else passPart();
          });
        });
      } else skip();
    });
    return dims === undefined ? { name, type, raw } : { name, type, dims, raw };
  }

  private shape(bytes: Uint8Array): (number | string)[] {
    const dims: (number | string)[] = [];
    this.fields(bytes, (field, reader, wire, skip) => {
      if (field !== 1) return skip();
      let dim: number | string = '?';
      this.fields(this.bytes(reader, wire, 'a dimension'), (part, from, partWire, pass) => {
        if (part === 1) dim = this.int(from, partWire, 'a dimension');
        else if (part === 2) dim = this.text(from, partWire, 'a dimension');
        else pass();
      });
      dims.push(dim);
    });
    if (dims.length > mostDims) this.fail('a shape has too many dimensions');
    return dims;
  }
}

/** Little-endian bytes of numbers that the file lists one by one instead of as raw data. */
function packNumbers(type: number, typed: readonly number[], longs: readonly bigint[]): Uint8Array {
  const asBytes = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (longs.length > 0) {
    return type === 12
      ? asBytes(Uint32Array.from(longs, Number))
      : asBytes(BigInt64Array.from(longs, (value) => BigInt.asIntN(64, value)));
  }
  switch (elementSize(type)) {
    case 8:
      return asBytes(Float64Array.from(typed));
    case 4:
      return type === 1 ? asBytes(Float32Array.from(typed)) : asBytes(Int32Array.from(typed));
    case 2:
      return asBytes(Uint16Array.from(typed, (value) => value & 0xffff));
    default:
      return asBytes(Uint8Array.from(typed, (value) => value & 0xff));
  }
}
