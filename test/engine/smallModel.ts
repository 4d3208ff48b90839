import { copyModel } from '../../src/engine/onnx/copy';
import { realTensor, int64Tensor } from '../../src/engine/onnx/constants';
import {
  ElementType,
  type Attribute,
  type ConstantTensor,
  type Graph,
  type Model,
  type ValueType,
} from '../../src/engine/onnx/graph';

/** `['MatMul', ['x', 'w'], ['y']]`, then attributes and domain. */
export type SmallNode = readonly [
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: readonly Attribute[],
  domain?: string,
];

export interface SmallGraph {
  readonly inputs?: readonly ValueType[];
  readonly constants?: readonly ConstantTensor[];
  readonly nodes: readonly SmallNode[];
  readonly outputs: readonly string[];
}

/** A graph written down for a test. */
export function smallGraph({ inputs = [], constants = [], nodes, outputs }: SmallGraph): Graph {
  return {
    name: 'test',
    nodes: nodes.map(([op, from, to, attributes = [], domain = '']) => ({
      name: `${op} of ${to[0]}`,
      op,
      domain,
      inputs: [...from],
      outputs: [...to],
      attributes: new Map(attributes.map((entry) => [entry.name, entry])),
    })),
    initializers: new Map(constants.map((tensor) => [tensor.name, tensor])),
    inputs: [...inputs],
    outputs: outputs.map((name) => ({ name, type: ElementType.undefined })),
    valueTypes: new Map(),
    rest: [],
  };
}

/** A model written down for a test. */
export function smallModel(graph: SmallGraph, opset = 18): Model {
  const model: Model = {
    file: '',
    irVersion: 8,
    producer: '',
    opsets: new Map([
      ['', opset],
      ['com.microsoft', 1],
    ]),
    graph: smallGraph(graph),
    rest: [],
  };
  return copyModel(model);
}

export const float = (name: string, dims?: readonly (number | string)[]): ValueType => ({
  name,
  type: ElementType.float,
  dims,
});

export const floats = (name: string, values: readonly number[], dims?: readonly number[]): ConstantTensor =>
  realTensor(name, ElementType.float, values, dims);

export const int64s = (name: string, values: readonly number[], dims?: readonly number[]): ConstantTensor =>
  int64Tensor(name, values, dims);
