import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import { isParse, isScored, relationsOf, type WordRelations } from '../../../src/protocol/relations';
import type { Tensor } from '../../../src/protocol/tensor';
import type { Strength } from '../../marks/links';
import { headName } from '../../marks/names';
import { headPaint, relationPaint } from '../../marks/relations';
import {
  agreements,
  countRelations,
  defaultThreshold,
  type Direction,
  type Edge,
  edgesOver,
  queryAndKey,
  sentenceCount,
  strongestEdges,
  strongestRelation,
} from './edges';
import type { Options } from './options';
import { oppositeOf, pairsFromTo, relationsBetween } from './pairs';
import type { PictureModel } from './picture';
import { anchorOfWords, mergeAttention, type Slot, slotOfUnits, slotsOf, type Unit, unitsOf } from './units';

/** The words of an inspection as they are drawn now: some opened into pieces, some sentences folded. */
export interface Words {
  readonly inspection: Inspection;
  readonly units: readonly Unit[];
  readonly slots: readonly Slot[];
  readonly slotOf: Int32Array;
  readonly anchors: Int32Array;
}

export function wordsOf(
  inspection: Inspection,
  opened: ReadonlySet<number>,
  folded: ReadonlySet<number>,
): Words {
  const { tokens, words } = inspection;
  const units = unitsOf(tokens, words, opened);
  const slots = slotsOf(units, words.sentences, folded).map((slot) =>
    slot.folded ? { ...slot, text: foldedText(slot, units) } : slot,
  );
  return {
    inspection,
    units,
    slots,
    slotOf: slotOfUnits(slots, units.length),
    anchors: anchorOfWords(slots, units, words.text.length),
  };
}

/** `2 · The film … 14 words` */
function foldedText({ sentence, units: indices }: Slot, units: readonly Unit[]): string {
  const words = new Set(indices.map((unit) => units[unit].word)).size;
  const beginning = indices
    .slice(0, 2)
    .map((unit) => units[unit].text)
    .join(' ');
  return `${sentence + 1} · ${beginning}${words > 2 ? ` … ${words} words` : ''}`;
}

/** One head's attention, as it is needed: word level for agreement, unit level for edges. */
export interface HeadAttention {
  readonly head: HeadRef;
  /** [W, W] */
  readonly words: Tensor;
  /** [U, U]; the same where no word is opened. */
  readonly units: Tensor;
}

/** @param tokens [S, S], needed where words are opened */
export function headAttention(
  head: HeadRef,
  words: Tensor,
  tokens: Tensor | undefined,
  units: readonly Unit[],
): HeadAttention {
  return { head, words, units: tokens ? mergeAttention(tokens, units) : words };
}

/** Element-wise `a − b`. */
export function difference(a: Tensor, b: Tensor): Tensor {
  return { data: a.data.map((value, i) => value - b.data[i]), dims: a.dims };
}

/** The threshold in force: the user's, or one that leaves about one edge per unit. */
export function thresholdOf(attention: Tensor, options: Options): number {
  return (
    options.threshold ??
    defaultThreshold(strongestEdges(attention, options.direction, options.perWord), attention.dims[0])
  );
}

/** What all pictures of one drawing have in common. */
export interface Setting {
  readonly words: Words;
  readonly options: Options;
  readonly threshold: number;
  /** Relation that is chosen in all views. */
  readonly relation?: string;
  readonly countFrom: 0 | 1;
  readonly background: PictureModel['background'];
  readonly edited: PictureModel['edited'];
}

/** The picture of one head. */
export function headModel(setting: Setting, attention: HeadAttention): PictureModel {
  const { options, words } = setting;
  const relations = relationsOf(words.inspection);
  const edges = edgesOver(
    strongestEdges(attention.units, options.direction, options.perWord),
    setting.threshold,
  );
  const agreed = relations ? agreements(attention.words, relations, options.direction) : new Uint8Array(0);
  const pairsOf = pairsAlong(words.units, relations);
  const drawn = new Set(edges.flatMap((edge) => [...pairsOf(edge)]));
  const shows = showsRelation(options);
  const title = `Head ${headName(attention.head, setting.countFrom)}`;
  const strongest = relations && strongestRelation(countRelations(relations, agreed));
  return {
    ...common(setting, attention.units, title, edges, relations ? agreementSentence(relations, agreed) : ''),
    emphasised: setting.relation ?? strongest?.name,
    strengthOf: (pair): Strength => {
      const both = bothEnds(relations, pair);
      return both.some((one) => agreed[one])
        ? 'strong'
        : both.some((one) => drawn.has(one))
          ? 'weak'
          : 'none';
    },
    dependencyPaint: (pair) => relationPaint(relations?.labels[pair] ?? ''),
    edgePaint: (edge) => {
      // Where nothing can agree there is nothing that grey could stand back for.
      if (!relations) return headPaint(0);
      const names = pairsOf(edge)
        .map((pair) => relations.labels[pair])
        .filter(shows);
      // The relation that stands out wins where two words have several.
      const name = names.find((one) => one === setting.relation) ?? names[0];
      return name === undefined ? undefined : relationPaint(name);
    },
  };
}

/** What one head does more than another: edges by the size of `a − b`, in the colour of the head that has more. */
export function differenceModel(setting: Setting, a: HeadAttention, b: HeadAttention): PictureModel {
  const { options, words } = setting;
  const relations = relationsOf(words.inspection);
  const attention = difference(a.units, b.units);
  const edges = edgesOver(strongestEdges(attention, options.direction, options.perWord), setting.threshold);
  const agreed = [a, b].map((one) =>
    relations ? agreements(one.words, relations, options.direction) : new Uint8Array(0),
  );
  const [first, second] = [a, b].map((one) => headName(one.head, setting.countFrom));
  const only = (one: number) => agreed[one].filter((yes, pair) => yes && !agreed[1 - one][pair]).length;
  return {
    ...common(
      setting,
      attention,
      `Head ${first} − ${second}`,
      edges,
      relations
        ? `Only ${first} agrees with ${only(0)} ${nounOf(relations)}, only ${second} with ${only(1)}.`
        : '',
    ),
    emphasised: setting.relation,
    strengthOf: (pair): Strength =>
      bothEnds(relations, pair).some((one) => agreed[0][one] || agreed[1][one]) ? 'strong' : 'none',
    dependencyPaint: (pair) => {
      const [inFirst, inSecond] = agreed.map((one) => bothEnds(relations, pair).some((end) => one[end]));
      return inFirst && inSecond ? 'var(--vscode-foreground)' : headPaint(inFirst ? 0 : 1);
    },
    edgePaint: (edge) => headPaint(edge.weight > 0 ? 0 : 1),
  };
}

function common(
  setting: Setting,
  attention: Tensor,
  title: string,
  edges: readonly Edge[],
  agreement: string,
) {
  const { words, options, threshold } = setting;
  const { inspection, units, slots, slotOf, anchors } = words;
  const relations = relationsOf(inspection);
  const strongest = edges.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 3);
  const listed = strongest.map((edge) => edgeInWords(edge, options.direction, units, relations)).join(', ');
  const drawn = edges.length === 1 ? '1 edge of at least' : `${edges.length} edges of at least`;
  const description = [
    `${title}, ${directionInWords(options.direction, relations)}.`,
    agreement,
    `${drawn} ${twoDigits(threshold)}${listed ? `, strongest: ${listed}` : ''}.`,
  ];
  return {
    title,
    description: description.filter(Boolean).join(' '),
    direction: options.direction,
    units,
    slots,
    slotOf,
    anchors,
    relations,
    sentences: sentenceCount(inspection.words),
    edges,
    shows: showsRelation(options),
    background: setting.background,
    edited: setting.edited,
    describe: describeSlots(words, attention, options.direction),
  };
}

export function showsRelation(options: Options): (relation: string) => boolean {
  const hidden = new Set(options.hidden);
  return (relation) => !hidden.has(relation);
}

/** The pairs that an edge follows from its dependent. */
function pairsAlong(
  units: readonly Unit[],
  relations: WordRelations | undefined,
): (edge: Edge) => readonly number[] {
  return ({ dependent, other }) =>
    relations ? pairsFromTo(relations, units[dependent].word, units[other].word) : [];
}

/** A pair, and the same one seen from its other end where its relation has no direction: they are one arc. */
function bothEnds(relations: WordRelations | undefined, pair: number): readonly number[] {
  const opposite = relations && oppositeOf(relations, pair);
  return opposite === undefined ? [pair] : [pair, opposite];
}

function nounOf(relations: WordRelations): string {
  return isParse(relations) ? 'dependencies' : 'relations';
}

/** What rows and columns are called; only of a parse are the words dependents and heads. */
export function directionInWords(direction: Direction, relations: WordRelations | undefined): string {
  const isForward = direction === 'dependent-to-head';
  if (!relations) return isForward ? 'what words attend to' : 'what attends to words';
  if (isParse(relations)) return isForward ? 'dependent → head' : 'head → dependent';
  return isForward ? 'word → partner' : 'partner → word';
}

/** `funny → surface 0.94 (amod)`, from the query to the key. */
export function edgeInWords(
  edge: Edge,
  direction: Direction,
  units: readonly Unit[],
  relations: WordRelations | undefined,
): string {
  const [query, key] = queryAndKey(edge, direction).map((unit) => units[unit]);
  const relation = relations && relationsBetween(relations, query.word, key.word);
  return `${query.text} → ${key.text} ${twoDigits(edge.weight)}${relation ? ` (${relation})` : ''}`;
}

/**
 * How many words have a partner in a relation that counts (not `root` or `punct`), once for each relation, and with how
 * many of them a head agrees.
 */
export function agreementCount(
  relations: WordRelations,
  agreed: Uint8Array,
): { readonly agreed: number; readonly count: number } {
  const counts = countRelations(relations, agreed).filter(({ name }) => isScored(name));
  return {
    agreed: counts.reduce((sum, one) => sum + one.agreed, 0),
    count: counts.reduce((sum, one) => sum + one.count, 0),
  };
}

function agreementSentence(relations: WordRelations, agreed: Uint8Array): string {
  const total = agreementCount(relations, agreed);
  return `Agrees with ${total.agreed} of ${total.count} relations.`;
}

/** `jumps, root; attends most to fox 0.62 (nsubj)` */
function describeSlots(words: Words, attention: Tensor, direction: Direction): (slot: number) => string {
  const { inspection, units, slots } = words;
  const relations = relationsOf(inspection);
  const best = new Map(strongestEdges(attention, direction, 1).map((edge) => [edge.dependent, edge]));
  return (index) => {
    const slot = slots[index];
    if (slot.folded) return `${isParse(relations) ? 'Sentence' : 'Line'} ${slot.text}, folded`;
    const unit = units[slot.units[0]];
    const role = relations ? roleInWords(relations, unit.word, inspection.words.text) : '';
    const piece = unit.piece ? `, piece of ${inspection.words.text[unit.word]}` : '';
    const edge = best.get(slot.units[0]);
    if (!edge) return `${unit.text}${piece}${role}`;
    const other = units[edge.other];
    const relation = relations && relationsBetween(relations, unit.word, other.word);
    const verb = direction === 'dependent-to-head' ? 'attends most to' : 'is attended to most by';
    return `${unit.text}${piece}${role}; ${verb} ${other.text} ${twoDigits(edge.weight)}${relation ? ` (${relation})` : ''}`;
  };
}

/** `, nsubj of jumps` in a parse; `, parent: if, def-use: count` elsewhere; at most three, and how many more. */
function roleInWords(relations: WordRelations, word: number, texts: readonly string[]): string {
  const { from, to, labels, roots } = relations;
  if (roots?.includes(word)) return ', root';
  const own = Array.from(from.keys()).filter((pair) => from[pair] === word);
  if (isParse(relations)) return own.map((pair) => `, ${labels[pair]} of ${texts[to[pair]]}`).join('');
  const named = own.slice(0, 3).map((pair) => `, ${labels[pair]}: ${texts[to[pair]]}`);
  return named.join('') + (own.length > 3 ? ` and ${own.length - 3} more` : '');
}
