import type { BlockName } from '../../protocol/inspection';
import { UserError } from '../errors';
import { headsOf } from '../measures/headAttention';
import {
  prefixMatchingScore,
  repeatedSequence,
  repeatedTokens,
  type RepeatedSequence,
} from '../measures/prefixMatching';
import type { PreparedInputs } from './inputs';
import type { LoadedModel } from './loaded';
import type { Work } from './queue';

/** Scores of a model's heads: they are of the model alone, so that one computation serves all texts. */
const known = new WeakMap<LoadedModel, ReadonlyMap<BlockName, readonly Float32Array[]>>();

/** Tokens where a model does not say how many it takes. */
const usualContext = 512;

/**
 * The prefix matching score of every head.
 * @param prepared of any text: says what stands before and after a text
 * @returns per block of self-attention and layer [H]
 * @throws UserError for models that read no text
 */
export async function prefixMatchingOf(
  model: LoadedModel,
  { tokens, sequence }: Pick<PreparedInputs, 'tokens' | 'sequence'>,
  work: Work,
): Promise<ReadonlyMap<BlockName, readonly Float32Array[]>> {
  const stored = known.get(model);
  if (stored) return stored;
  const sequences = sequencesFor(model, tokens);
  const totals = new Map<BlockName, Float32Array[]>();
  for (const [at, repeated] of sequences.entries()) {
    work.check();
    work.report({
      message: `Random repeated sequence ${at + 1} of ${sequences.length}`,
      fraction: at / sequences.length,
    });
    for (const [block, layers] of await scoresOn(model, repeated, sequence.decoderInputIds)) {
      const sums = totals.get(block) ?? layers.map((scores) => new Float32Array(scores.length));
      totals.set(block, sums);
      layers.forEach((scores, layer) =>
        scores.forEach((score, head) => (sums[layer][head] += score / sequences.length)),
      );
    }
  }
  known.set(model, totals);
  return totals;
}

function sequencesFor(model: LoadedModel, { ids, special }: PreparedInputs['tokens']): RepeatedSequence[] {
  const specials = model.tokenizer?.specials.ids;
  const vocabulary = model.config.vocabularySize;
  if (!specials || vocabulary === 0)
    throw new UserError(
      'Prefix matching needs the model’s vocabulary, to draw random tokens from; its tokenizer or its vocab_size is missing.',
      'model',
    );
  const all = Array.from(ids);
  const first = special.indexOf(0);
  const last = special.lastIndexOf(0);
  const frame =
    first < 0 ? { before: [], after: [] } : { before: all.slice(0, first), after: all.slice(last + 1) };
  const room = model.config.contextLength > 0 ? model.config.contextLength : usualContext;
  const sequences = Array.from({ length: repeatedTokens.sequences }, (_, at) =>
    repeatedSequence(vocabulary, specials, frame, room, (at + 0.5) / repeatedTokens.sequences),
  ).filter((one) => one !== undefined);
  if (sequences.length > 0) return sequences;
  throw new UserError(
    'The model’s context or vocabulary is too small for a random sequence that repeats itself.',
    'model',
  );
}

/** The scores on one sequence; the decoder side of a model that has one reads the same sequence after its own beginning. */
async function scoresOn(
  model: LoadedModel,
  repeated: RepeatedSequence,
  decoder: ArrayLike<number> | undefined,
): Promise<Map<BlockName, Float32Array[]>> {
  const { ids, start, period, times } = repeated;
  const text = Array.from(ids.subarray(start, start + period * times));
  const decoderInputIds = decoder === undefined ? undefined : [decoder[0], ...text];
  const { attentions } = await model.forward(
    {
      inputIds: ids,
      attentionMask: new Uint8Array(ids.length).fill(1),
      typeIds: new Uint8Array(ids.length),
      ...(decoderInputIds ? { decoderInputIds } : {}),
    },
    { ablate: [], rows: [0] },
  );
  const scores = new Map<BlockName, Float32Array[]>();
  for (const [block, layers] of attentions) {
    const isDecoder = block === 'decoder';
    const size = isDecoder ? decoderInputIds?.length : ids.length;
    const place = isDecoder ? { start: 1, period, times } : repeated;
    if (block === 'cross' || layers.some(({ dims }) => dims[1] !== size || dims[2] !== size)) continue;
    scores.set(
      block,
      layers.map((layer) => Float32Array.from(headsOf(layer), (head) => prefixMatchingScore(head, place))),
    );
  }
  return scores;
}
