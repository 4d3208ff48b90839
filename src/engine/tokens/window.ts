import { UserError } from '../errors';
import type { EncodedText, ModelTokenizer } from './tokenizer';

/** The part of a text that a model is given. */
export interface TextWindow {
  readonly text: string;
  /** Half-open range of the window in the whole text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** True where the text has more than the window. */
  readonly cut: boolean;
  /** The window's tokens, special ones included: at most the limit. */
  readonly tokens: EncodedText;
}

/** Characters per token that are looked at first, and at most, around the focus. Prose has about 4.5, code 3. */
const firstLook = 8;
const lastLook = 64;

/**
 * The part of a text around a focus that a model can take: the whole text where it fits, else a window that is cut at
 * sentence or line ends, else between words, else between characters as readers see them (never inside a grapheme).
 *
 * Only the surroundings of the focus are tokenised, so that a text of many megabytes costs no more than a long page.
 *
 * @param focus half-open UTF-16 range that the window should contain; of one that is too long, its beginning
 * @param limit most tokens, those that the tokenizer adds included
 * @throws UserError where the limit leaves no room for a single character
 */
export async function windowAround(
  text: string,
  focus: readonly [number, number],
  limit: number,
  tokenizer: ModelTokenizer,
): Promise<TextWindow> {
  if (!Number.isFinite(limit)) {
    return { text, start: 0, end: text.length, cut: false, tokens: await tokenizer.encode(text) };
  }
  const room = limit - (await tokenizer.addedTokens());
  if (room < 1) throw tooSmall(limit);
  const from = graphemeStart(text, Math.max(0, Math.min(focus[0], text.length)));
  const to = Math.max(from, Math.min(focus[1], text.length));
  const area = await tokensAround(text, from, to, room, tokenizer);
  if (area.start === 0 && area.end === text.length && area.tokens.ids.length <= room) {
    return { text, start: 0, end: text.length, cut: false, tokens: await tokenizer.encode(text) };
  }
  // Cut off from its surroundings, a text can have a token more than as a part of them: then aim a little lower.
  for (let aim = room; aim > 0;) {
    const [start, end] = chooseRange(text, area, from, to, aim);
    if (end <= start) throw tooSmall(limit);
    const part = text.slice(start, end);
    const tokens = await tokenizer.encode(part);
    const excess = tokens.ids.length - limit;
    if (excess <= 0) return { text: part, start, end, cut: part.length < text.length, tokens };
    aim -= excess;
  }
  throw tooSmall(limit);
}

/** A piece of the text and its tokens, without special ones. */
interface Area {
  readonly start: number;
  readonly end: number;
  readonly tokens: EncodedText;
}

/** Takes in more and more around the focus until it has enough tokens on both sides of it. */
async function tokensAround(
  text: string,
  from: number,
  to: number,
  room: number,
  tokenizer: ModelTokenizer,
): Promise<Area> {
  for (let look = firstLook; ; look *= 2) {
    const reach = room * look;
    const start = graphemeStart(text, Math.max(0, from - reach));
    const end = graphemeStart(text, Math.min(text.length, Math.min(to, from + reach) + reach));
    const tokens = await tokenizer.encode(text.slice(start, end), undefined, { addSpecialTokens: false });
    const before = countBefore(tokens, from - start);
    const enoughBefore = start === 0 || before >= room;
    const enoughAfter = end === text.length || tokens.ids.length - before >= room;
    if ((enoughBefore && enoughAfter) || look >= lastLook) return { start, end, tokens };
  }
}

/** How many tokens end at or before a position; ranges are in order. */
function countBefore(tokens: EncodedText, position: number): number {
  let count = 0;
  while (count < tokens.ids.length && tokens.offsets[2 * count + 1] <= position) count++;
  return count;
}

/** The range of at most `room` tokens of an area, with the focus in its middle, cut where it reads best. */
function chooseRange(text: string, area: Area, from: number, to: number, room: number): [number, number] {
  const { tokens, start: origin } = area;
  const total = tokens.ids.length;
  const startOf = (token: number): number => (token === 0 ? area.start : origin + tokens.offsets[2 * token]);
  const endOf = (token: number): number =>
    token === total - 1 ? area.end : origin + tokens.offsets[2 * token + 1];
  let first = Math.min(countBefore(tokens, from - origin), Math.max(0, total - 1));
  let last = first;
  while (last + 1 < total && origin + tokens.offsets[2 * last + 2] < to) last++;

  const spare = Math.max(0, room - (last - first + 1));
  const after = Math.min(total - 1 - last, spare - Math.min(first, Math.floor(spare / 2)));
  first -= Math.min(first, spare - after);
  const earliest = startOf(first);
  const start = earliest === 0 ? 0 : earliest >= from ? from : cutBefore(text, area, earliest, from);

  const begin = Math.min(countBefore(tokens, start - origin), Math.max(0, total - 1));
  const latest = endOf(Math.min(total - 1, begin + room - 1));
  const end =
    latest >= text.length ? text.length : cutAfter(text, area, start, to <= latest ? to : start, latest);
  return [start, end];
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const words = new Intl.Segmenter('en', { granularity: 'word' });
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The best place to begin, from `earliest` on and before `focus`; a whole sentence or word may cost half of that. */
function cutBefore(text: string, area: Area, earliest: number, focus: number): number {
  const part = text.slice(area.start, area.end);
  const middle = earliest + (focus - earliest) / 2;
  for (const [segmenter, most] of [
    [sentences, middle],
    [words, middle],
    [graphemes, focus],
  ] as const) {
    const segment = segmenter.segment(part).containing(earliest - area.start);
    if (!segment) continue;
    const boundary = segment.index + (area.start + segment.index === earliest ? 0 : segment.segment.length);
    if (area.start + boundary <= most && isWhole(part, boundary)) return area.start + boundary;
  }
  return focus;
}

/** The best place to end, after `least` and up to `latest`; `start` where not even a character has room. */
function cutAfter(text: string, area: Area, start: number, least: number, latest: number): number {
  const part = text.slice(area.start, area.end);
  const middle = latest - (latest - least) / 2;
  for (const [segmenter, fewest] of [
    [sentences, middle],
    [words, middle],
    [graphemes, start],
  ] as const) {
    const segment = segmenter.segment(part).containing(latest - area.start);
    const boundary = segment?.index ?? part.length;
    if (area.start + boundary >= Math.max(start + 1, fewest) && isWhole(part, boundary))
      return area.start + boundary;
  }
  return start;
}

/** Whether no grapheme is cut at a position; word boundaries fall inside some (a Hangul syllable and its coda). */
function isWhole(part: string, position: number): boolean {
  const segment = graphemes.segment(part).containing(position);
  return !segment || segment.index === position;
}

/** The last position at or before a given one at which no grapheme is cut; graphemes of more than 256 units are. */
function graphemeStart(text: string, position: number): number {
  if (position <= 0 || position >= text.length) return position;
  const origin = Math.max(0, position - 256);
  const segment = graphemes.segment(text.slice(origin, position + 256)).containing(position - origin);
  return segment ? origin + segment.index : position;
}

function tooSmall(limit: number): UserError {
  return new UserError(
    `This model takes at most ${limit} tokens, which leaves no room for the text here; choose a model with a longer context.`,
    'model',
  );
}
