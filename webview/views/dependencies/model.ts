import type { HeadRef, Inspection, Parse } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
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
  isScored,
  queryAndKey,
  relationBetween,
  sentenceCount,
  strongestEdges,
  strongestRelation,
} from './edges';
import type { Options } from './options';
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
}

/** The picture of one head. */
export function headModel(setting: Setting, attention: HeadAttention): PictureModel {
  const { options, words } = setting;
  const { parse } = words.inspection;
  const edges = edgesOver(
    strongestEdges(attention.units, options.direction, options.perWord),
    setting.threshold,
  );
  const agreed = parse
    ? agreements(attention.words, parse, options.direction)
    : new Uint8Array(words.anchors.length);
  const relation = dependencyOf(words.units, parse);
  const coinciding = new Set(
    edges.filter((edge) => relation(edge) !== undefined).map((edge) => words.units[edge.dependent].word),
  );
  const shows = showsRelation(options);
  const title = `Head ${headName(attention.head, setting.countFrom)}`;
  const strongest = parse && strongestRelation(countRelations(parse, agreed));
  return {
    ...common(setting, attention.units, title, edges, parse ? agreementSentence(parse, agreed) : ''),
    emphasised: setting.relation ?? strongest?.name,
    strengthOf: (word): Strength => (agreed[word] ? 'strong' : coinciding.has(word) ? 'weak' : 'none'),
    dependencyPaint: (word) => relationPaint(parse?.relations[word] ?? ''),
    edgePaint: (edge) => {
      // Where nothing can agree there is nothing that grey could stand back for.
      if (!parse) return headPaint(0);
      const name = relation(edge);
      return name !== undefined && shows(name) ? relationPaint(name) : undefined;
    },
  };
}

/** What one head does more than another: edges by the size of `a − b`, in the colour of the head that has more. */
export function differenceModel(setting: Setting, a: HeadAttention, b: HeadAttention): PictureModel {
  const { options, words } = setting;
  const { parse } = words.inspection;
  const attention = difference(a.units, b.units);
  const edges = edgesOver(strongestEdges(attention, options.direction, options.perWord), setting.threshold);
  const agreed = [a, b].map((one) =>
    parse ? agreements(one.words, parse, options.direction) : new Uint8Array(words.anchors.length),
  );
  const [first, second] = [a, b].map((one) => headName(one.head, setting.countFrom));
  const only = (one: number) => agreed[one].filter((yes, word) => yes && !agreed[1 - one][word]).length;
  return {
    ...common(
      setting,
      attention,
      `Head ${first} − ${second}`,
      edges,
      parse ? `Only ${first} agrees with ${only(0)} dependencies, only ${second} with ${only(1)}.` : '',
    ),
    emphasised: setting.relation,
    strengthOf: (word): Strength => (agreed[0][word] || agreed[1][word] ? 'strong' : 'none'),
    dependencyPaint: (word) =>
      agreed[0][word] && agreed[1][word] ? 'var(--vscode-foreground)' : headPaint(agreed[0][word] ? 0 : 1),
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
  const strongest = edges.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 3);
  const listed = strongest
    .map((edge) => edgeInWords(edge, options.direction, units, inspection.parse))
    .join(', ');
  const drawn = edges.length === 1 ? '1 edge of at least' : `${edges.length} edges of at least`;
  const description = [
    `${title}, ${directionInWords(options.direction, inspection.parse !== undefined)}.`,
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
    parse: inspection.parse,
    sentences: sentenceCount(inspection.words),
    edges,
    shows: showsRelation(options),
    background: setting.background,
    describe: describeSlots(words, attention, options.direction),
  };
}

export function showsRelation(options: Options): (relation: string) => boolean {
  const hidden = new Set(options.hidden);
  return (relation) => !hidden.has(relation);
}

/** The relation of an edge's dependent, where the edge leads to its parent. */
function dependencyOf(units: readonly Unit[], parse: Parse | undefined): (edge: Edge) => string | undefined {
  return ({ dependent, other }) => {
    const word = units[dependent].word;
    return parse && parse.heads[word] === units[other].word ? parse.relations[word] : undefined;
  };
}

/** What rows and columns are called; without a parse there are no dependents and no heads among the words. */
export function directionInWords(direction: Direction, hasParse: boolean): string {
  if (hasParse) return direction === 'dependent-to-head' ? 'dependent → head' : 'head → dependent';
  return direction === 'dependent-to-head' ? 'what words attend to' : 'what attends to words';
}

/** `funny → surface 0.94 (amod)`, from the query to the key. */
export function edgeInWords(
  edge: Edge,
  direction: Direction,
  units: readonly Unit[],
  parse: Parse | undefined,
): string {
  const [query, key] = queryAndKey(edge, direction).map((unit) => units[unit]);
  const relation = parse && relationBetween(parse, query.word, key.word);
  return `${query.text} → ${key.text} ${twoDigits(edge.weight)}${relation ? ` (${relation})` : ''}`;
}

/** How many relations count, and with how many of them a head agrees; `root` and `punct` are left out. */
export function agreementCount(
  parse: Parse,
  agreed: Uint8Array,
): { readonly agreed: number; readonly count: number } {
  let [count, hits] = [0, 0];
  parse.relations.forEach((relation, word) => {
    if (parse.heads[word] < 0 || !isScored(relation)) return;
    count++;
    hits += agreed[word];
  });
  return { agreed: hits, count };
}

function agreementSentence(parse: Parse, agreed: Uint8Array): string {
  const total = agreementCount(parse, agreed);
  return `Agrees with ${total.agreed} of ${total.count} relations.`;
}

/** `jumps, root; attends most to fox 0.62 (nsubj)` */
function describeSlots(words: Words, attention: Tensor, direction: Direction): (slot: number) => string {
  const { inspection, units, slots } = words;
  const { parse } = inspection;
  const best = new Map(strongestEdges(attention, direction, 1).map((edge) => [edge.dependent, edge]));
  return (index) => {
    const slot = slots[index];
    if (slot.folded) return `Sentence ${slot.text}, folded`;
    const unit = units[slot.units[0]];
    const parent = parse?.heads[unit.word] ?? -1;
    const role = !parse
      ? ''
      : parent < 0
        ? ', root'
        : `, ${parse.relations[unit.word]} of ${inspection.words.text[parent]}`;
    const piece = unit.piece ? `, piece of ${inspection.words.text[unit.word]}` : '';
    const edge = best.get(slot.units[0]);
    if (!edge) return `${unit.text}${piece}${role}`;
    const other = units[edge.other];
    const relation = parse && relationBetween(parse, unit.word, other.word);
    const verb = direction === 'dependent-to-head' ? 'attends most to' : 'is attended to most by';
    return `${unit.text}${piece}${role}; ${verb} ${other.text} ${twoDigits(edge.weight)}${relation ? ` (${relation})` : ''}`;
  };
}
