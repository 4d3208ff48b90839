import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Attribute, ConstantTensor, Graph, Model, Node, ValueType } from './graph';

/**
 * Field numbers follow onnx.proto3 (ONNX IR). Messages that were not touched are written back as they stood in the file.
 */

/** AttributeProto.AttributeType */
const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  graphs: 10,
  other: 0,
};

/** The model as protobuf bytes. The weights' bytes are copied once, into the result. */
export function encodeModel(model: Model): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(model.irVersion);
  if (model.producer !== '') writer.tag(2, WireType.LengthDelimited).string(model.producer);
  message(writer, 7, encodeGraph(model.graph));
  for (const [domain, version] of model.opsets) {
    const opset = new BinaryWriter();
    opset.tag(1, WireType.LengthDelimited).string(domain).tag(2, WireType.Varint).int64(version);
    message(writer, 8, opset.finish());
  }
  for (const field of model.rest) writer.raw(field);
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, bytes: Uint8Array): void {
  writer.tag(field, WireType.LengthDelimited).bytes(bytes);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value);
}

function encodeGraph(graph: Graph): Uint8Array {
  const writer = new BinaryWriter();
  for (const node of graph.nodes) message(writer, 1, encodeNode(node));
  writer.tag(2, WireType.LengthDelimited).string(graph.name || 'graph');
  for (const [name, tensor] of graph.initializers) message(writer, 5, encodeTensor({ ...tensor, name }));
  for (const input of graph.inputs) message(writer, 11, encodeValueType(input));
  for (const output of graph.outputs) message(writer, 12, encodeValueType(output));
  // valueTypes are left out on purpose: edits make them wrong, and onnxruntime infers types itself.
  for (const field of graph.rest) writer.raw(field);
  return writer.finish();
}

function encodeNode(node: Node): Uint8Array {
  const writer = new BinaryWriter();
  for (const input of node.inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of node.outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  text(writer, 3, node.name);
  text(writer, 4, node.op);
  for (const entry of node.attributes.values()) message(writer, 5, encodeAttribute(entry));
  text(writer, 7, node.domain);
  return writer.finish();
}

function encodeAttribute({ name, value, raw }: Attribute): Uint8Array {
  if (raw !== undefined) return raw;
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  switch (value.kind) {
    case 'float':
      writer.tag(2, WireType.Bit32).float(value.value);
      break;
    case 'int':
      writer.tag(3, WireType.Varint).int64(BigInt(value.value));
      break;
    case 'string':
      writer.tag(4, WireType.LengthDelimited).string(value.value);
      break;
    case 'tensor':
      message(writer, 5, encodeTensor(value.value));
      break;
    case 'graph':
      message(writer, 6, encodeGraph(value.value));
      break;
    case 'floats':
      for (const number of value.value) writer.tag(7, WireType.Bit32).float(number);
      break;
    case 'ints':
      for (const number of value.value) writer.tag(8, WireType.Varint).int64(BigInt(number));
      break;
    case 'strings':
      for (const string of value.value) writer.tag(9, WireType.LengthDelimited).string(string);
      break;
    case 'graphs':
      for (const graph of value.value) message(writer, 11, encodeGraph(graph));
      break;
    case 'other':
      break;
  }
  writer.tag(20, WireType.Varint).int32(attributeTypes[value.kind]);
  return writer.finish();
}

function encodeTensor(tensor: ConstantTensor): Uint8Array {
  const writer = new BinaryWriter();
  for (const dim of tensor.dims) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(tensor.type);
  const { content } = tensor;
  if (content.kind === 'strings')
    for (const string of content.strings) writer.tag(6, WireType.LengthDelimited).bytes(string);
  text(writer, 8, tensor.name);
  if (content.kind === 'inline') writer.tag(9, WireType.LengthDelimited).bytes(content.bytes);
  if (content.kind === 'external') {
    const entries = {
      location: content.location,
      offset: String(content.offset),
      length: String(content.length),
    };
    for (const [key, value] of Object.entries(entries)) {
      const entry = new BinaryWriter();
      entry.tag(1, WireType.LengthDelimited).string(key).tag(2, WireType.LengthDelimited).string(value);
      message(writer, 13, entry.finish());
    }
    writer.tag(14, WireType.Varint).int32(1);
  }
  return writer.finish();
}

function encodeValueType(value: ValueType): Uint8Array {
  if (value.raw !== undefined) return value.raw;
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(value.name);
  // An output without a type is completed by onnxruntime's own inference.
  if (value.type === 0) return writer.finish();
  const tensorType = new BinaryWriter();
  tensorType.tag(1, WireType.Varint).int32(value.type);
  if (value.dims !== undefined) {
    const shape = new BinaryWriter();
    for (const dim of value.dims) {
      const dimension = new BinaryWriter();
      if (typeof dim === 'number') dimension.tag(1, WireType.Varint).int64(dim);
      else text(dimension, 2, dim);
      message(shape, 1, dimension.finish());
    }
    message(tensorType, 2, shape.finish());
  }
  const type = new BinaryWriter();
  message(type, 1, tensorType.finish());
  message(writer, 2, type.finish());
  return writer.finish();
}
