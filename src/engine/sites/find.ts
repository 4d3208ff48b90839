import type { BlockName } from '../../protocol/inspection';
import { divided } from '../onnx/dims';
import { isOnnx, subgraphs, type Model, type Node } from '../onnx/graph';
import { isCausal } from './causality';
import { behindScale, patchConvolutions, tokenLookUps, type LookUp } from './embeddings';
import { findProbabilities, type ProbabilityPath } from './probabilities';
import { isRowSoftmax, Reading } from './reading';
import { findEnd, findResidual, type Join } from './residual';
import { findScores, scaleOfScores, type ScorePath } from './scores';
import type { AttentionSite, EmbeddingSite, FinalNorm, HeadTensor, Operand, ProbabilityLayout, Product, SiteTable } from './site';
import { divide, nameStacks, type Call, type Stack } from './stacks';

/** What callers know of a graph that its structure does not show. */
export interface FindOptions {
  /** The graph is the encoder half of a model whose decoder lies in another file: its stack is named `encoder`. */
  readonly isEncoderHalf?: boolean;
}

/** An attention call before it is known which block it belongs to. */
interface Found extends Call {
  readonly softmax: Node;
  readonly scorePath: ScorePath;
  readonly probabilityPath: ProbabilityPath;
  readonly residual?: { readonly input: string; readonly join: Join };
}

/**
 * Finds the attention of a model by structure: a Softmax over the last axis between a product of two activations (q·kᵀ) and
 * a product of its result with another activation (p·v). No name is looked at.
 * @returns what was found, and in words what was not; never throws for unusual models.
 */
export function findSites(model: Model, options: FindOptions = {}): SiteTable {
  const reading = new Reading(model);
  const missing: string[] = [];
  const calls = findCalls(reading, missing);
  const division = divide(reading, calls);
  const lookUps = [...tokenLookUps(reading), ...patchConvolutions(reading)];
  const entries = division.stacks.map((stack) => entryOf(reading, calls, stack, lookUps));
  const names = nameStacks(division, entries);
  if (options.isEncoderHalf === true && names.length === 1 && names[0] === 'self') names[0] = 'encoder';

  const sites: AttentionSite[] = [];
  const embeddings: EmbeddingSite[] = [];
  const hiddenStates = new Map<BlockName, readonly (string | undefined)[]>();
  const finalNorms = new Map<BlockName, FinalNorm>();
  const layers = new Map<BlockName, number>();
  const isTower = names.includes('vision') || names.includes('text');
  division.stacks.forEach((stack, index) => {
    const name = names[index];
    if (hiddenStates.has(name)) missing.push(`The model has several stacks of the kind “${name}”; their layers are counted on.`);
    const add = (call: number, block: BlockName): void => {
      const layer = layers.get(block) ?? 0;
      layers.set(block, layer + 1);
      sites.push(describe(reading, calls[call], block, layer));
    };
    for (const call of stack.own) add(call, name);
    for (const call of stack.cross) add(call, 'cross');
    const entry = entries[index];
    const isScaledInside = name !== 'self' || !stack.own.some((call) => isCausal(reading, calls[call].scorePath));
    if (entry !== undefined) embeddings.push(embeddingSite(reading, entry, name, isScaledInside));
    else if (!reading.graph.inputs.some(({ name: input }) => feedsDirectly(reading, calls, stack, input)))
      missing.push(`The word-embedding look-up of the ${name} stack was not found, so there is no saliency for its tokens.`);
    const states = statesOf(reading, calls, stack, { name, entry, isTower });
    if (states.norm !== undefined) finalNorms.set(name, states.norm);
    const unknown = states.states.filter((state) => state === undefined).length;
    if (unknown > 0) missing.push(`${unknown} of ${states.states.length} hidden states of the ${name} stack could not be told from the graph.`);
    if (!hiddenStates.has(name)) hiddenStates.set(name, states.states);
  });
  return { sites, hiddenStates, finalNorms, embeddings, missing };
}

function findCalls(reading: Reading, missing: string[]): Found[] {
  const opset = reading.model.opsets.get('') ?? 13;
  const calls: Found[] = [];
  let hidden = 0;
  for (const node of reading.nodes) {
    for (const body of subgraphs(node)) hidden += body.nodes.filter((inner) => isOnnx(inner, 'Softmax')).length;
    if (!isRowSoftmax(node, reading.types.rank(node.inputs[0]), opset)) continue;
    const scorePath = findScores(reading, node.inputs[0]);
    const probabilityPath = scorePath && findProbabilities(reading, node.outputs[0]);
    if (scorePath === undefined || probabilityPath === undefined) continue;
    const queries = scorePath.product.a.tensor;
    const context = probabilityPath.product.output;
    const residual = findResidual(reading, context, queries);
    calls.push({ softmax: node, scorePath, probabilityPath, residual, queries, keys: scorePath.product.b.tensor, context });
  }
  if (hidden > 0) missing.push(`${hidden} Softmax operators lie inside branches or loops of the graph; attention in there is not shown.`);
  if (calls.length === 0) missing.push('No attention was found: the graph has no Softmax between a product of queries and keys and a product with values.');
  return calls;
}

/** The look-up with the largest table (or else the last patch convolution) that the first call of a stack depends on. */
function entryOf(reading: Reading, calls: readonly Found[], stack: Stack, lookUps: readonly LookUp[]): LookUp | undefined {
  const first = calls[stack.own[0] ?? stack.cross[0]];
  const behind = reading.ancestors(first.residual?.input ?? first.queries);
  const candidates = lookUps.filter(({ tensor }) => behind.has(tensor));
  const tokens = candidates.filter(({ kind }) => kind === 'tokens');
  return tokens.reduce<LookUp | undefined>((best, lookUp) => (best === undefined || lookUp.rows > best.rows ? lookUp : best), undefined) ?? candidates.at(-1);
}

/** True where a stack takes vectors, not ids, from a graph input: there is no look-up to be missed. */
function feedsDirectly(reading: Reading, calls: readonly Found[], stack: Stack, input: string): boolean {
  const first = calls[stack.own[0] ?? stack.cross[0]];
  const dims = reading.types.dims(input);
  return dims?.length === 3 && reading.ancestors(first.queries).has(input);
}

function embeddingSite(reading: Reading, entry: LookUp, stream: BlockName, isScaledInside: boolean): EmbeddingSite {
  // Encoder-decoders scale inside their embedding module, Gemma-like decoders behind it.
  const tensor = isScaledInside && entry.kind === 'tokens' ? behindScale(reading, entry.tensor) : entry.tensor;
  const width = reading.types.dims(tensor)?.at(-1);
  return {
    stream,
    tensor,
    input: entry.input,
    kind: entry.kind,
    vocabulary: entry.rows,
    width: typeof width === 'number' ? width : 0,
  };
}

interface StackTraits {
  readonly name: BlockName;
  readonly entry: LookUp | undefined;
  readonly isTower: boolean;
}

/** The L + 1 hidden states: what enters each layer, and what leaves the last one. */
function statesOf(
  reading: Reading,
  calls: readonly Found[],
  stack: Stack,
  { name, entry, isTower }: StackTraits,
): { states: (string | undefined)[]; norm?: FinalNorm } {
  const perLayer = stack.own.length > 0 ? stack.own : stack.cross;
  const states: (string | undefined)[] = perLayer.map((call) => calls[call].residual?.input);
  const lastCall = calls[Math.max(...stack.own, ...stack.cross)];
  if (lastCall.residual === undefined) return { states: [...states, undefined] };
  const { stream, norm, style } = findEnd(reading, lastCall.residual, lastCall.queries);
  if (style === 'post-norm' || norm === undefined) {
    return { states: [...states, style === 'post-norm' ? norm?.output : stream === '' ? undefined : stream] };
  }
  // transformers returns the last state normed in decoders and encoder-decoders, but not from the towers of CLIP or from ViT.
  const isNormed =
    !isTower &&
    (name !== 'self' || norm.kind === 'rms' || perLayer.some((call) => isCausal(reading, calls[call].scorePath)) || feedsVocabulary(reading, norm.output, entry));
  const last = isNormed ? norm.output : stream;
  return { states: [...states, last === '' ? undefined : last], norm: stream === '' ? undefined : { input: stream, output: norm.output } };
}

/** True where a tensor is multiplied with one column per row of the embedding table: a language model's head. */
function feedsVocabulary(reading: Reading, tensor: string, entry: LookUp | undefined): boolean {
  if (entry === undefined || entry.rows === 0) return false;
  return reading.wiring.consumers(tensor).some(({ node }) => isOnnx(node, 'MatMul', 'Gemm') && reading.types.dims(node.outputs[0])?.at(-1) === entry.rows);
}

function describe(reading: Reading, call: Found, block: BlockName, layer: number): AttentionSite {
  const { product } = call.scorePath;
  const { product: weighing, probabilities, reader } = call.probabilityPath;
  const scores = scaleOfScores(reading, call.scorePath);
  const factors = [splitScale(reading, product.a.tensor), splitScale(reading, product.b.tensor)];
  // Both sides scaled: the product's scale was split over them (scaled-dot-product attention). One side: that is how the model has it.
  const [q, k] = factors;
  const isSplit = q !== undefined && k !== undefined;
  const rank = reading.rankOf(probabilities);
  const order = rank === reading.rankOf(product.output) ? orderOf(product) : Array.from({ length: rank }, (_, axis) => axis);
  const layout = layouts.get(rank) ?? 'BHSS';
  const words = [
    product.form,
    ...(isSplit ? ['scale split over queries and keys'] : []),
    ...scores.words,
    ...call.probabilityPath.words,
    ...(layout === 'BHSS' ? [] : [layout === 'BGHSS' ? 'grouped heads' : 'heads and batch in one axis']),
  ];
  const headSize = reading.types.dims(product.a.tensor)?.[product.a.inner];
  return {
    block,
    layer,
    form: words.join(', '),
    softmax: call.softmax.outputs[0],
    probabilities,
    order,
    layout,
    reader: { output: reader.node.outputs[0], slot: reader.slot },
    scores: call.softmax.inputs[0],
    product: product.output,
    queries: headTensor(reading, product.a, product, [product.a.free, product.a.inner], isSplit ? q : undefined),
    keys: headTensor(reading, product.b, product, [product.b.free, product.b.inner], isSplit ? k : undefined),
    values: headTensor(reading, weighing.b, weighing, [weighing.b.inner, weighing.b.free]),
    context: { tensor: weighing.output, order: orderOf(weighing), isShared: false },
    scale: scores.factor * (isSplit ? q.value * k.value : 1),
    softcap: scores.softcap,
    heads: headsOf(reading, call, probabilities, order),
    headSize: typeof headSize === 'number' ? headSize : 0,
    residual: call.residual && { input: call.residual.input, output: call.residual.join.sum || (call.residual.join.normed ?? '') },
    exposed: [call.softmax.outputs[0], probabilities].find((tensor) => reading.wiring.isOutput(tensor)),
  };
}

const layouts: ReadonlyMap<number, ProbabilityLayout> = new Map([
  [2, 'SS'],
  [3, '(BH)SS'],
  [4, 'BHSS'],
  [5, 'BGHSS'],
]);

function orderOf({ result }: Product): number[] {
  return [...result.batch, result.rows, result.columns];
}

function headTensor(reading: Reading, operand: Operand, product: Product, matrix: readonly [number, number], undo?: SplitScale): HeadTensor {
  const [own, all] = [reading.types.dims(operand.tensor), reading.types.dims(product.output)];
  const numbering = product.result.batch.map((axis) => all?.[axis]);
  const isShared = operand.batch.some((axis, index) => own?.[axis] === undefined || own[axis] !== numbering[index]);
  const head = { tensor: operand.tensor, order: [...operand.batch, ...matrix], isShared };
  return undo === undefined ? head : { ...head, undo: { factor: undo.factor, op: undo.op } };
}

interface SplitScale {
  readonly factor: string;
  readonly op: 'Mul' | 'Div';
  /** NaN where it is not known. */
  readonly value: number;
}

/** The nearest multiplication of an operand of q·kᵀ with one number. */
function splitScale(reading: Reading, operand: string): SplitScale | undefined {
  let name = operand;
  for (let steps = 0; steps < 8; steps++) {
    const node = reading.wiring.producer(name);
    if (node === undefined) return undefined;
    if (isOnnx(node, 'Mul', 'Div')) {
      const slot = node.inputs.findIndex((input) => reading.isScalarFactor(input));
      if (slot < 0 || (node.op === 'Div' && slot === 0)) return undefined;
      const value = reading.scalar(node.inputs[slot]) ?? NaN;
      return node.op === 'Mul' ? { factor: node.inputs[slot], op: 'Mul', value } : { factor: node.inputs[slot], op: 'Div', value: 1 / value };
    }
    if (!isOnnx(node, 'Cast', 'Identity', 'Reshape', 'Transpose', 'Squeeze', 'Unsqueeze')) return undefined;
    name = node.inputs[0];
  }
  return undefined;
}

function headsOf(reading: Reading, call: Found, probabilities: string, order: readonly number[]): number {
  const dims = reading.types.dims(probabilities);
  if (dims === undefined) return 0;
  if (dims.length === 2) return 1;
  if (dims.length === 4) {
    const stated = [dims[order[1]], ...[call.queries, call.context].map((tensor) => reading.types.dims(tensor)).map((shape) => (shape?.length === 4 ? shape[1] : undefined))];
    return stated.find((size) => typeof size === 'number') ?? 0;
  }
  if (dims.length === 5) {
    const [groups, perGroup] = [dims[order[1]], dims[order[2]]];
    return typeof groups === 'number' && typeof perGroup === 'number' ? groups * perGroup : 0;
  }
  const batch = call.residual && reading.types.dims(call.residual.input)?.[0];
  const heads = batch === undefined ? undefined : divided(dims[0], batch);
  return typeof heads === 'number' ? heads : 0;
}
