import type { BlockName } from '../../protocol/inspection';
import { isOnnx, subgraphs, type Model } from '../onnx/graph';
import type { FoundCall } from './call';
import { isCausal } from './causality';
import { describe } from './describe';
import { behindScale, patchConvolutions, tokenLookUps, type LookUp } from './embeddings';
import { hiddenStatesOf } from './hiddenStates';
import { findProbabilities } from './probabilities';
import { isRowSoftmax, Reading } from './reading';
import { findResidual } from './residual';
import { findScores } from './scores';
import type { AttentionSite, EmbeddingSite, FinalNorm, SiteTable } from './site';
import { divide, nameStacks, type Stack } from './stacks';

/** What callers know of a graph that its structure does not show. */
export interface FindOptions {
  /** The graph is the encoder half of a model whose decoder lies in another file: its stack is named `encoder`. */
  readonly isEncoderHalf?: boolean;
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
    if (hiddenStates.has(name))
      missing.push(`The model has several stacks of the kind “${name}”; their layers are counted on.`);
    const add = (call: number, block: BlockName): void => {
      const layer = layers.get(block) ?? 0;
      layers.set(block, layer + 1);
      sites.push(describe(reading, calls[call], block, layer));
    };
    for (const call of stack.own) add(call, name);
    for (const call of stack.cross) add(call, 'cross');
    const entry = entries[index];
    const isScaledInside =
      name !== 'self' || !stack.own.some((call) => isCausal(reading, calls[call].scorePath));
    if (entry !== undefined) embeddings.push(embeddingSite(reading, entry, name, isScaledInside));
    else if (!reading.graph.inputs.some(({ name: input }) => feedsDirectly(reading, calls, stack, input)))
      missing.push(
        `The word-embedding look-up of the ${name} stack was not found, so there is no saliency for its tokens.`,
      );
    const states = hiddenStatesOf(reading, calls, stack, { name, entry, isTower });
    if (states.norm !== undefined) finalNorms.set(name, states.norm);
    const unknown = states.states.filter((state) => state === undefined).length;
    if (unknown > 0)
      missing.push(
        `${unknown} of ${states.states.length} hidden states of the ${name} stack could not be told from the graph.`,
      );
    if (!hiddenStates.has(name)) hiddenStates.set(name, states.states);
  });
  return { sites, hiddenStates, finalNorms, embeddings, missing };
}

/** Operators that compute attention inside; those that are known are opened before the search. */
const fusedAttention = [
  'Attention',
  'MultiHeadAttention',
  'GroupQueryAttention',
  'DecoderAttention',
  'DecoderMaskedSelfAttention',
  'DecoderMaskedMultiHeadAttention',
  'PackedAttention',
  'PackedMultiHeadAttention',
  'PagedAttention',
  'SparseAttention',
  'LongformerAttention',
  'QAttention',
  'QOrderedAttention',
];

function findCalls(reading: Reading, missing: string[]): FoundCall[] {
  const opset = reading.model.opsets.get('') ?? 13;
  const calls: FoundCall[] = [];
  let hidden = 0;
  let unusual = 0;
  for (const node of reading.nodes) {
    for (const body of subgraphs(node))
      hidden += body.nodes.filter((inner) => isOnnx(inner, 'Softmax')).length;
    if (!isRowSoftmax(node, reading.types.rank(node.inputs[0]), opset)) continue;
    const scorePath = findScores(reading, node.inputs[0]);
    if (scorePath === undefined) continue;
    const probabilityPath = findProbabilities(reading, node.outputs[0]);
    if (probabilityPath === undefined) {
      // Similarities of texts and images are such a product as well, and go straight out.
      if (!reading.wiring.isOutput(node.outputs[0])) unusual++;
      continue;
    }
    const queries = scorePath.product.a.tensor;
    const context = probabilityPath.product.output;
    const residual = findResidual(reading, context, queries);
    calls.push({
      softmax: node,
      scorePath,
      probabilityPath,
      residual,
      queries,
      keys: scorePath.product.b.tensor,
      context,
    });
  }
  if (hidden > 0)
    missing.push(
      `${hidden} Softmax operators lie inside branches or loops of the graph; attention in there is not shown.`,
    );
  if (unusual > 0)
    missing.push(
      `${unusual} Softmax operators over queries and keys reach no product with values by a way that is known (blockwise or sparse attention, perhaps); they are not shown.`,
    );
  const closed = reading.nodes.filter((node) => fusedAttention.includes(node.op));
  if (closed.length > 0) {
    const kinds = [...new Set(closed.map(({ op }) => op))].join(', ');
    missing.push(
      `${closed.length} fused attention operators (${kinds}) could not be opened; what they attend to is not shown.`,
    );
  }
  if (calls.length + closed.length + unusual === 0)
    missing.push(
      'No attention was found: the graph has no Softmax between a product of queries and keys and a product with values.',
    );
  return calls;
}

/** A vocabulary is larger than any table of segments, whose rows may be as many as the classes that a token is given. */
const fewestWords = 16;

/** The look-up of words (or else the last patch convolution) that the first call of a stack depends on. */
function entryOf(
  reading: Reading,
  calls: readonly FoundCall[],
  stack: Stack,
  lookUps: readonly LookUp[],
): LookUp | undefined {
  const call = calls[stack.own[0] ?? stack.cross[0]];
  const behind = reading.ancestors(call.residual?.input ?? call.queries);
  const candidates = lookUps.filter(({ tensor }) => behind.has(tensor));
  const tokens = candidates.filter(({ kind }) => kind === 'tokens');
  // Positions and segments are looked up too: words are what a language model answers with for every token, or else the
  // largest table. Classes are no words, though there may be as many of them as of segments.
  const answers = new Set(
    reading.graph.outputs.flatMap(({ name }) => {
      const dims = reading.types.dims(name);
      const size = dims?.length === 3 ? dims[2] : undefined;
      return typeof size === 'number' && size >= fewestWords ? [size] : [];
    }),
  );
  const words = tokens.filter(({ rows }) => answers.has(rows));
  const [first, ...rest] = words.length > 0 ? words : tokens;
  if (first === undefined) return candidates.at(-1);
  return rest.reduce((best, lookUp) => (lookUp.rows > best.rows ? lookUp : best), first);
}

/** True where a stack takes vectors, not ids, from a graph input: there is no look-up to be missed. */
function feedsDirectly(reading: Reading, calls: readonly FoundCall[], stack: Stack, input: string): boolean {
  const first = calls[stack.own[0] ?? stack.cross[0]];
  const dims = reading.types.dims(input);
  return dims?.length === 3 && reading.ancestors(first.queries).has(input);
}

function embeddingSite(
  reading: Reading,
  entry: LookUp,
  stream: BlockName,
  isScaledInside: boolean,
): EmbeddingSite {
  // Encoder-decoders scale inside their embedding module, Gemma-like decoders behind it.
  const tensor =
    isScaledInside && entry.kind === 'tokens' ? behindScale(reading, entry.tensor) : entry.tensor;
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
