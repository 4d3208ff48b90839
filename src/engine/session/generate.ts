import type { Progress } from '../../protocol/engine';
import type { Branch, GeneratedToken, Generation, GenerationRequest } from '../../protocol/prompt';
import { UserError } from '../errors';
import { logSumExp } from '../measures/probability';
import type { ModelTokenizer } from '../tokens/tokenizer';
import { openDecoder, type Decoder, type Read } from './decoder';
import type { Recalled } from './engine';
import type { LoadedModel } from './loaded';
import { placeSequence, refuseEditedAttention } from './promptPlace';
import type { Turn, Work } from './queue';
import { seededRandom } from '../random';
import { drawToken } from './sampling';
import { labelOf } from './targets';

/** More is a mistake: a continuation is a preview. */
const mostTokens = 4096;
const mostBranches = 16;
/** Tokens of the prompt that a continuation is decoded together with: whether a blank belongs in between depends on them. */
const tail = 4;

/** One continuation while it grows. */
interface Growing {
  readonly kind: Branch['kind'];
  readonly seed?: number;
  readonly random: () => number;
  readonly tokens: GeneratedToken[];
  read: Read;
  text: string;
  ended?: Branch['ended'];
}

/**
 * Continues a prompt, token by token, all continuations abreast; told of after every step.
 * @param options.cache false: without keeping keys and values, for comparison
 * @param options.turn other calls are served between the tokens
 * @throws UserError where the model does not predict the next token, or nothing sensible was asked for
 */
export async function generate(
  { model, request: inspected, result }: Recalled,
  work: Work,
  request: GenerationRequest,
  { cache, turn = (piece) => piece() }: { readonly cache?: boolean; readonly turn?: Turn } = {},
): Promise<Generation> {
  checkRequest(request);
  refuseEditedAttention(inspected);
  const sequence = placeSequence(model, result.prepared, request);
  const { decoder, read } = await turn(async () => {
    work.report({ message: `Loading ${model.name}` });
    const opened = await openDecoder(model, { ablate: inspected.ablate ?? [], cache });
    work.check();
    work.report({ message: `Reading the prompt of ${sequence.inputIds.length} tokens` });
    return { decoder: opened, read: await opened.begin(sequence) };
  });
  const branches = beginnings(request, read);
  const grow = { model, decoder, request, prompt: read.ids };
  for (let step = 0; branches.some(({ ended }) => ended === undefined); step++) {
    for (const branch of branches) {
      work.check();
      if (branch.ended === undefined) await turn(() => growByOne(branch, grow));
    }
    work.report(progressOf(step + 1, request.tokens, branches.map(plain)));
  }
  return { branches: branches.map(plain), usesCache: decoder.usesCache };
}

function checkRequest({ tokens, count, temperature, topP }: GenerationRequest): void {
  const isWithin = (value: number, least: number, most: number) => value >= least && value <= most;
  const wrong = !isWithin(tokens, 1, mostTokens)
    ? `${tokens} tokens cannot be generated; ask for 1 to ${mostTokens}.`
    : !isWithin(count, 0, mostBranches)
      ? `${count} continuations cannot be generated; ask for at most ${mostBranches}.`
      : !isWithin(temperature, 0, 100)
        ? `A temperature of ${temperature} makes no sense; it is a number from 0 to 100, mostly below 2.`
        : !isWithin(topP, 0, 1)
          ? `A top-p of ${topP} makes no sense; it is a probability, 0 to 1.`
          : undefined;
  if (wrong !== undefined) throw new UserError(wrong, 'input');
}

function beginnings(
  { count, seed, temperature, withGreedy = false }: GenerationRequest,
  read: Read,
): Growing[] {
  const greedy: Growing = { kind: 'greedy', random: () => 0, tokens: [], read, text: '' };
  if (temperature === 0) return count > 0 || withGreedy ? [greedy] : [];
  const drawn = Array.from({ length: count }, (_, i): Growing => {
    const own = (seed + i) >>> 0;
    return { kind: 'sampled', seed: own, random: seededRandom(own), tokens: [], read, text: '' };
  });
  return withGreedy ? [greedy, ...drawn] : drawn;
}

interface Grow {
  readonly model: LoadedModel;
  readonly decoder: Decoder;
  readonly request: GenerationRequest;
  readonly prompt: readonly number[];
}

async function growByOne(branch: Growing, { model, decoder, request, prompt }: Grow): Promise<void> {
  const { logits } = branch.read;
  if (Number.isNaN(logits[0]))
    throw new UserError(
      `“${model.name}” computes no numbers for this text (NaN): its weights are damaged, or their precision does not suffice. Download or export it again.`,
      'model',
    );
  const temperature = branch.kind === 'greedy' ? 0 : request.temperature;
  const id = drawToken(logits, { temperature, topP: request.topP }, branch.random);
  branch.tokens.push({
    id,
    label: await labelOf(model.outcomes, 'next-token', id),
    probability: Math.exp(logits[id] - logSumExp(logits)),
  });
  const ids = branch.tokens.map((token) => token.id);
  branch.text = await continuationText(model.tokenizer, prompt, ids);
  const length = prompt.length + ids.length;
  const { contextLength } = model.config;
  if (id === model.tokenizer?.specials.eos?.id && request.ignoreEnd !== true) branch.ended = 'end of text';
  else if (ids.length >= request.tokens) branch.ended = 'length';
  else if (contextLength > 0 && length >= contextLength) branch.ended = 'context';
  else branch.read = await decoder.next(branch.read, id);
}

/** What tokens add to the text of a prompt: decoded with its last tokens, since a blank between words may belong to either side. */
export async function continuationText(
  tokenizer: ModelTokenizer | undefined,
  prompt: readonly number[],
  ids: readonly number[],
): Promise<string> {
  if (tokenizer === undefined) return '';
  const before = prompt.slice(-tail);
  const skipSpecialTokens = true;
  const [head, whole] = await Promise.all([
    tokenizer.decode(before, { skipSpecialTokens }),
    tokenizer.decode([...before, ...ids], { skipSpecialTokens }),
  ]);
  if (whole.startsWith(head)) return whole.slice(head.length);
  return tokenizer.decode(ids, { skipSpecialTokens });
}

function plain({ kind, seed, tokens, text, ended }: Growing): Branch {
  return {
    kind,
    ...(seed === undefined ? {} : { seed }),
    tokens: [...tokens],
    text,
    ...(ended === undefined ? {} : { ended }),
  };
}

function progressOf(step: number, tokens: number, branches: readonly Branch[]): Progress {
  return { message: `Generating, token ${step} of ${tokens}`, fraction: step / tokens, branches };
}
