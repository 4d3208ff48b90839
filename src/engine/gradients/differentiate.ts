import { UserError } from '../errors';
import { NodeBuilder } from '../onnx/builder';
import { inlineDecidedBranches } from '../onnx/branches';
import { copyModel } from '../onnx/copy';
import { ElementType, isOnnx, type Graph, type Model, type Node } from '../onnx/graph';
import { liftOpset } from '../onnx/lift';
import { TensorTypes } from '../onnx/types';
import { ancestors, prune, topologicalOrder, Wiring } from '../onnx/wiring';
import { isDeviation, isLinear } from './linear';
import { gradientType, GradientOps, importMicrosoft } from './ops';
import { gradientRules } from './registry';
import type { GradientSite } from './rule';
import { operatorName, unsupported } from './unsupported';

/** A tensor whose weighted sum the target is. */
export interface GradientSeed {
  /** A tensor of the graph, usually an output: `logits`. */
  readonly tensor: string;
  /** Name of the new graph input that takes the weights, in the tensor's shape: `seed.logits`. */
  readonly input: string;
}

export interface GradientRequest {
  /**
   * The target is Σ seed · tensor over all seeds. Which class, token, position or contrast is explained is therefore only a matter of what is fed:
   * 1 at the logit in question and 0 elsewhere (−1 at the other logit of a contrast).
   */
  readonly seeds: readonly GradientSeed[];
  /** The tensors or graph inputs to differentiate by. */
  readonly of: readonly string[];
  /** Only a part of the way from tensors to targets counts, on which everything is linear once the deviations of norms are held fixed. */
  readonly direct?: {
    /** Whether this part leads through an input of a node. */
    readonly passes: (node: Node, input: string) => boolean;
    /** What is thrown at a node that is not linear. */
    readonly refuse: (node: Node) => UserError;
  };
}

/** Name of the graph output that holds the gradient with respect to a tensor. */
export function gradientName(tensor: string): string {
  return `gradient.${tensor}`;
}

/**
 * Reverse-mode differentiation, written into a copy of the graph as ONNX nodes, so that onnxruntime runs the backward pass with the forward pass.
 *
 * The copy has an input for each seed and an output {@link gradientName} for each tensor asked for: d(target)/d(tensor), in the tensor's shape, float32
 * (float64 in models of doubles). Gradients of half-precision models are computed in float32. Rounding to integers in quantised models is passed
 * straight through (Bengio 2013). Only what lies between the targets and the tensors asked for is built.
 * @throws UserError naming the operator, where the way leads through one that has no rule; and for tensors that the graph does not have.
 */
export function differentiate(model: Model, request: GradientRequest): Model {
  const copy = copyModel(model);
  copy.graph.nodes = topologicalOrder(copy.graph);
  liftOpset(copy);
  inlineDecidedBranches(copy);
  new ReverseMode(copy, request).run();
  prune(copy.graph);
  importMicrosoft(copy.opsets, copy.graph);
  return copy;
}

const floatTypes: readonly ElementType[] = [
  ElementType.float,
  ElementType.double,
  ElementType.float16,
  ElementType.bfloat16,
];

class ReverseMode {
  private readonly graph: Graph;
  private readonly types: TensorTypes;
  private readonly ops: GradientOps;
  private readonly wiring: Wiring;
  /** What has arrived so far at each tensor; several consumers add up. */
  private readonly arrived = new Map<string, string[]>();

  constructor(
    model: Model,
    private readonly request: GradientRequest,
  ) {
    this.graph = model.graph;
    this.types = new TensorTypes(model);
    this.wiring = new Wiring(this.graph);
    this.ops = new GradientOps(new NodeBuilder(this.graph, 'headlight/gradient'), this.types);
  }

  run(): void {
    const { seeds, of } = this.request;
    for (const name of [...of, ...seeds.map((seed) => seed.tensor)]) {
      if (this.types.of(name) === undefined)
        throw new UserError(`The model has no tensor “${name}” to compute gradients with.`, 'model');
    }
    for (const seed of seeds) this.addSeed(seed);
    const depends = this.dependents(of);
    for (const node of [...this.graph.nodes].reverse()) {
      if (
        node.outputs.some((output) => this.arrived.has(output)) &&
        node.inputs.some((input) => depends.has(input))
      )
        this.pass(node, depends);
    }
    for (const name of of) {
      const output = gradientName(name);
      const gradient = this.gradient(name) ?? this.ops.zerosLike(name);
      this.ops.build.node('Identity', [gradient], [output]);
      this.graph.outputs.push({ name: output, type: this.types.elementType(gradient) });
    }
    this.ops.build.appendTo();
  }

  private addSeed({ tensor, input }: GradientSeed): void {
    const { type, dims } = this.types.of(tensor) ?? { type: ElementType.float };
    // A symbol that is not one of the file's own names is no name for onnxruntime either.
    const sizes = dims?.map((dim) => (typeof dim === 'number' ? dim : ''));
    this.graph.inputs.push({ name: input, type: gradientType(type), dims: sizes });
    this.types.declare(input, { type: gradientType(type), dims });
    this.arrive(tensor, input);
  }

  private arrive(tensor: string, gradient: string): void {
    const parts = this.arrived.get(tensor);
    if (parts === undefined) this.arrived.set(tensor, [gradient]);
    else parts.push(gradient);
  }

  /** The gradient with respect to a tensor, all ways added up; undefined where no way leads from it to a target. */
  private gradient(tensor: string): string | undefined {
    const parts = this.arrived.get(tensor);
    if (parts === undefined) return undefined;
    const total = this.ops.total(parts);
    this.arrived.set(tensor, [total]);
    return total;
  }

  /**
   * The tensors through which the targets depend smoothly on those asked for: floating-point tensors, and quantised integers.
   * Integers that describe shapes, positions or tokens are not among them.
   */
  private dependents(of: readonly string[]): Set<string> {
    const towards = ancestors(
      this.wiring,
      this.request.seeds.map((seed) => seed.tensor),
    );
    const found = new Set(of.filter((name) => towards.has(name)));
    for (const node of this.graph.nodes) {
      const sources = node.inputs.filter((input) => found.has(input) && this.passes(node, input));
      if (sources.length === 0) continue;
      const rule = gradientRules.get(operatorName(node));
      const integers =
        rule !== undefined && (rule.quantises === true || sources.some((source) => !this.isFloat(source)));
      // The scales and zero points that quantisation finds count as constants.
      const outputs = isOnnx(node, 'DynamicQuantizeLinear') ? node.outputs.slice(0, 1) : node.outputs;
      for (const output of outputs)
        if (towards.has(output) && (integers || this.isFloat(output))) found.add(output);
    }
    return found;
  }

  /** Tensors of unknown type count: that no rule fits is an error then, and not a gradient that is silently zero. */
  private isFloat(tensor: string): boolean {
    const type = this.types.elementType(tensor);
    return type === ElementType.undefined || floatTypes.includes(type);
  }

  /** Passes what has arrived at a node's outputs on to its inputs. */
  private pass(node: Node, depends: ReadonlySet<string>): void {
    const { direct } = this.request;
    const changing = node.inputs.flatMap((input, slot) =>
      depends.has(input) && this.passes(node, input) ? [slot] : [],
    );
    if (direct && changing.length > 0 && !isLinear(node, changing)) throw direct.refuse(node);
    const rule = gradientRules.get(operatorName(node));
    if (rule === undefined) throw unsupported(node);
    const inputs = rule.gradient(this.site(node));
    for (const slot of changing) {
      const input = node.inputs[slot];
      const gradient = inputs[slot]?.();
      if (gradient !== undefined)
        this.arrive(input, rule.broadcasts ? this.ops.sumTo(gradient, input) : gradient);
    }
  }

  /** Whether what is asked for leads through this input of a node. */
  private passes(node: Node, input: string): boolean {
    const { direct } = this.request;
    return direct === undefined || (!isDeviation(node, this.types) && direct.passes(node, input));
  }

  private site(node: Node): GradientSite {
    const { ops, types } = this;
    const real = (tensor: string): string => ops.as(tensor, gradientType(types.elementType(tensor)));
    const dys = node.outputs.map((output) => this.gradient(output));
    return {
      node,
      ops,
      types,
      dys,
      get dy() {
        return dys[0] ?? ops.zerosLike(node.outputs[0]);
      },
      x: (index) => real(node.inputs[index]),
      holdsDeviations: this.request.direct !== undefined,
      y: (index = 0) => real(node.outputs[index]),
      has: (index) => index < node.inputs.length && node.inputs[index] !== '',
      readers: this.wiring.consumers(node.outputs[0]).map((use) => use.node),
      demand: (index) => {
        while (node.outputs.length < index) node.outputs.push('');
        if ((node.outputs[index] ?? '') === '') {
          node.outputs[index] = ops.build.fresh(`${node.op}.${index}`);
          types.add(node);
        }
        return node.outputs[index];
      },
    };
  }
}
