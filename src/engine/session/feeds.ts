import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { toFloat16 } from '../onnx/constants';
import { ElementType, elementTypeName, type ValueType } from '../onnx/graph';

/** What can be put into a model's inputs; each is one sequence (no batch axis). */
export interface SequenceInputs {
  readonly inputIds: readonly number[] | Int32Array;
  readonly attentionMask: readonly number[] | Uint8Array;
  readonly typeIds: readonly number[] | Uint8Array | Int32Array;
  readonly decoderInputIds?: readonly number[] | Int32Array;
  /** [S, D] output of a separate encoder. */
  readonly encoderHiddenStates?: Tensor;
  /** Tensors given by name: they win over everything that is filled in here. */
  readonly given?: Readonly<Record<string, Tensor<Float32Array | Int32Array | BigInt64Array>>>;
}

type Source = Float32Array | Int32Array | BigInt64Array | readonly number[] | Uint8Array;

/** An onnxruntime tensor of the element type that the model's input wants. */
export function tensorOf(type: ElementType, values: Source, dims: readonly number[]): OrtTensor {
  const numbers = (): number[] => Array.from(values as ArrayLike<number | bigint>, Number);
  switch (type) {
    case ElementType.int64:
      return new OrtTensor(
        'int64',
        values instanceof BigInt64Array
          ? values
          : BigInt64Array.from(numbers(), (value) => BigInt(Math.trunc(value))),
        dims,
      );
    case ElementType.int32:
      return new OrtTensor('int32', values instanceof Int32Array ? values : Int32Array.from(numbers()), dims);
    case ElementType.float:
      return new OrtTensor(
        'float32',
        values instanceof Float32Array ? values : Float32Array.from(numbers()),
        dims,
      );
    case ElementType.double:
      return new OrtTensor('float64', Float64Array.from(numbers()), dims);
    case ElementType.float16:
      return new OrtTensor('float16', Uint16Array.from(numbers(), toFloat16), dims);
    case ElementType.bool:
      return new OrtTensor(
        'bool',
        Uint8Array.from(numbers(), (value) => (value === 0 ? 0 : 1)),
        dims,
      );
    default:
      throw new UserError(
        `The model wants an input of type ${elementTypeName(type)}, which cannot be filled here.`,
        'model',
      );
  }
}

/**
 * Fills the inputs of a model by what they mean, with a batch of one.
 * @param inputs the model's own inputs (those added by instrumentation are filled by whoever added them).
 * @throws UserError that names an input whose meaning is not known.
 */
export function fillInputs(
  inputs: readonly ValueType[],
  sequence: SequenceInputs,
): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const input of inputs) {
    const given = sequence.given?.[input.name];
    feeds[input.name] =
      given === undefined
        ? fillInput(input, sequence)
        : tensorOf(input.type, given.data, batched(input, given.dims));
  }
  return feeds;
}

/** Tensors from files often lack the batch axis. */
function batched(input: ValueType, dims: readonly number[]): readonly number[] {
  return input.dims !== undefined && dims.length === input.dims.length - 1 ? [1, ...dims] : dims;
}

function fillInput(input: ValueType, sequence: SequenceInputs): OrtTensor {
  const { inputIds, attentionMask, typeIds, decoderInputIds } = sequence;
  const length = inputIds.length;
  const row = (values: Source): OrtTensor => tensorOf(input.type, values, [1, values.length]);
  const name = input.name;
  const needDecoder = (): readonly number[] | Int32Array => {
    if (decoderInputIds !== undefined) return decoderInputIds;
    throw new UserError(
      'This is an encoder-decoder model: it needs a second text for its decoder (the output to explain).',
      'input',
    );
  };
  switch (name) {
    case 'input_ids':
    case 'input_ids:0':
    case 'input':
      return row(inputIds);
    case 'attention_mask':
    case 'input_mask':
    case 'attention_mask:0':
    case 'encoder_attention_mask':
      return row(attentionMask);
    case 'token_type_ids':
    case 'segment_ids':
    case 'token_type_ids:0':
      return row(typeIds);
    case 'position_ids':
      return row(positions(attentionMask));
    case 'decoder_input_ids':
      return row(needDecoder());
    case 'decoder_attention_mask':
      return row(new Array<number>(needDecoder().length).fill(1));
    case 'encoder_hidden_states':
      if (sequence.encoderHiddenStates === undefined) {
        throw new UserError(
          'This decoder needs the hidden states of its encoder: put encoder_model.onnx beside it.',
          'model',
        );
      }
      return tensorOf(input.type, sequence.encoderHiddenStates.data, [
        1,
        ...sequence.encoderHiddenStates.dims,
      ]);
    case 'use_cache_branch':
      return tensorOf(input.type, [0], [1]);
    case 'seqlens_k':
      return tensorOf(input.type, [length - 1], input.dims?.length === 2 ? [1, 1] : [1]);
    case 'total_sequence_length':
    case 'total_seq_len':
      return tensorOf(input.type, [length], input.dims?.length === 0 ? [] : [1]);
    case 'past_sequence_length':
      return tensorOf(input.type, [0], input.dims?.length === 0 ? [] : [1]);
    case 'pixel_values':
      throw new UserError(
        'This model looks at images: give an image (or its pixel_values) instead of text.',
        'input',
      );
    default:
      if (/^past(_key_values)?[._]/.test(name) || /^past_\d+$/.test(name)) return emptyPast(input);
      throw new UserError(
        `The model has an input “${name}” (${elementTypeName(input.type)}${input.dims === undefined ? '' : ` [${input.dims.join(', ')}]`}) whose meaning is not known. Give it as a tensor of that name in a safetensors file (--feeds).`,
        'model',
      );
  }
}

/** Positions count attended tokens only: padding on the left gets 1, as transformers does. */
function positions(mask: readonly number[] | Uint8Array): number[] {
  let next = 0;
  return Array.from(mask, (attended) => (attended === 0 ? 1 : next++));
}

/** A key/value cache with nothing in it: the batch is one and the sequence axis is 0; all other axes must be known. */
function emptyPast(input: ValueType): OrtTensor {
  const dims = input.dims;
  if (dims === undefined)
    throw new UserError(`The model does not say which shape its cache input “${input.name}” has.`, 'model');
  // [batch, heads, past, d] as published today; [2, batch, heads, past, d] in old GPT-2 exports. The batch is the first
  // named axis, the past the second.
  let named = 0;
  const shape = dims.map((dim) => (typeof dim === 'number' ? dim : named++ === 0 ? 1 : 0));
  if (!shape.includes(0))
    throw new UserError(
      `The cache input “${input.name}” of the model has a fixed length, which cannot be left empty.`,
      'model',
    );
  return tensorOf(input.type, [], shape);
}

/** The tensor's numbers as float32, whatever the model gives (half precision included). */
export function toFloat32(tensor: OrtTensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (tensor.type === 'float16') {
    const table = float16Table();
    const bits = data as Uint16Array;
    const out = new Float32Array(bits.length);
    for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]];
    return out;
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data as ArrayLike<number>);
}

let table: Float32Array | undefined;

/** All 65,536 half-precision numbers; built once, because models with half-precision outputs give millions of them. */
function float16Table(): Float32Array {
  if (table !== undefined) return table;
  const built = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 0
        ? fraction * 2 ** -24
        : exponent === 31
          ? fraction === 0
            ? Infinity
            : NaN
          : 2 ** (exponent - 15) * (1 + fraction / 1024);
    built[bits] = bits & 0x8000 ? -size : size;
  }
  return (table = built);
}
