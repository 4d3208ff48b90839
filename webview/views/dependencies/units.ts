import type { TokenRow, WordRow } from '../../../src/protocol/inspection';
import type { Tensor } from '../../../src/protocol/tensor';

/** What attention is drawn between: a word, or one piece of a word that the user opened. */
export interface Unit {
  readonly text: string;
  readonly word: number;
  /** The pieces that it consists of, as token indices; empty for a word outside the model's window. */
  readonly tokens: readonly number[];
  /** Whether it is one piece of an opened word. */
  readonly piece: boolean;
}

/** Token indices of each word, in order. */
export function tokensOfWords(tokens: TokenRow, words: WordRow): number[][] {
  const groups: number[][] = words.text.map(() => []);
  tokens.words.forEach((word, token) => {
    if (word >= 0) groups[word]?.push(token);
  });
  return groups;
}

/** All words in order; those in `opened` that have several pieces are replaced by their pieces. */
export function unitsOf(tokens: TokenRow, words: WordRow, opened: ReadonlySet<number>): Unit[] {
  return tokensOfWords(tokens, words).flatMap((group, word): Unit[] =>
    opened.has(word) && group.length > 1
      ? group.map((token) => ({ text: tokens.pieces[token], word, tokens: [token], piece: true }))
      : [{ text: words.text[word], word, tokens: group, piece: false }],
  );
}

/**
 * Token-level attention merged to units (Clark et al. 2019): to a unit the sum over its pieces, from a unit the mean
 * over its pieces. Special tokens belong to no unit, so that rows add up to 1 or less.
 * @param attention [S, S]
 * @returns [U, U]
 */
export function mergeAttention(attention: Tensor, units: readonly Unit[]): Tensor {
  const size = attention.dims[1];
  const count = units.length;
  const merged = new Float32Array(count * count);
  units.forEach((query, i) => {
    units.forEach((key, j) => {
      let sum = 0;
      for (const from of query.tokens) for (const to of key.tokens) sum += attention.data[from * size + to];
      merged[i * count + j] = query.tokens.length === 0 ? 0 : sum / query.tokens.length;
    });
  });
  return { data: merged, dims: [count, count] };
}

/** A place in the drawn row: a unit, or a whole sentence that is folded. */
export interface Slot {
  readonly text: string;
  readonly sentence: number;
  /** Indices of the units that it shows: one, or all of the folded sentence. */
  readonly units: readonly number[];
  readonly folded: boolean;
}

/**
 * The row that is drawn: units in order, each folded sentence as one slot.
 * @param sentences [W] sentence of each word
 */
export function slotsOf(
  units: readonly Unit[],
  sentences: ArrayLike<number>,
  folded: ReadonlySet<number>,
): Slot[] {
  const slots: Slot[] = [];
  units.forEach((unit, index) => {
    const sentence = sentences[unit.word];
    const last = slots.at(-1);
    if (!folded.has(sentence)) slots.push({ text: unit.text, sentence, units: [index], folded: false });
    else if (last?.folded && last.sentence === sentence) {
      slots[slots.length - 1] = { ...last, units: [...last.units, index] };
    } else slots.push({ text: unit.text, sentence, units: [index], folded: true });
  });
  return slots;
}

/** Slot of each unit. */
export function slotOfUnits(slots: readonly Slot[], units: number): Int32Array {
  const slotOf = new Int32Array(units).fill(-1);
  slots.forEach((slot, i) => slot.units.forEach((unit) => (slotOf[unit] = i)));
  return slotOf;
}

/** Where a word with all its pieces stands: the slot of its middle unit; −1 where it is folded away or not there. */
export function anchorOfWords(slots: readonly Slot[], units: readonly Unit[], words: number): Int32Array {
  const places: number[][] = Array.from({ length: words }, () => []);
  slots.forEach((slot, i) => {
    if (!slot.folded) for (const unit of slot.units) places[units[unit].word].push(i);
  });
  return Int32Array.from(places, (group) => (group.length === 0 ? -1 : group[(group.length - 1) >> 1]));
}
