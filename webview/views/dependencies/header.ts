import type { Inspection } from '../../../src/protocol/inspection';
import { percent } from '../../../src/protocol/numbers';
import { relationsOf } from '../../../src/protocol/relations';
import { headName } from '../../marks/names';
import { headPaint, relationPaint } from '../../marks/relations';
import { agreements, countRelations, type Direction, directions } from './edges';
import { agreementCount, directionInWords, type HeadAttention } from './model';
import type { Options } from './options';

/**
 * `Head 3.5 · dependent → head · agrees with 59 % of 34 relations (offset baseline 30 %)`, and for the relation that
 * is chosen ` · def-use 75 % of 4 (offset baseline 25 %)`.
 * @param index of the head among those shown
 * @param relation that is chosen in all views
 */
export function headerOf(
  inspection: Inspection,
  attentions: readonly HeadAttention[],
  index: number,
  asDifference: boolean,
  options: Options,
  countFrom: 0 | 1,
  relation?: string,
): Node[] {
  const direction = directionInWords(options.direction, relationsOf(inspection));
  if (asDifference) {
    const [a, b] = attentions.map(({ head }) => headName(head, countFrom));
    return [
      strong(`Head ${a}`, headPaint(0)),
      document.createTextNode(' − '),
      strong(b, headPaint(1)),
      document.createTextNode(` · ${direction}`),
    ];
  }
  const attention = attentions[index];
  const nodes: Node[] = [
    strong(`Head ${headName(attention.head, countFrom)}`),
    document.createTextNode(` · ${direction}`),
  ];
  const score = scoreOf(inspection, attention, options.direction);
  if (!score) return nodes;
  nodes.push(
    document.createTextNode(' · agrees with '),
    strong(percent(score.share)),
    document.createTextNode(` of ${score.count} relations`),
    ...baselineOf(score),
  );
  const own =
    relation === undefined ? undefined : scoreOf(inspection, attention, options.direction, relation);
  if (relation !== undefined && own) {
    nodes.push(
      document.createTextNode(' · '),
      strong(`${relation} ${percent(own.share)}`, relationPaint(relation)),
      document.createTextNode(` of ${own.count}`),
      ...baselineOf(own),
    );
  }
  return nodes;
}

function baselineOf({ baseline, offset }: Score): Node[] {
  if (baseline === undefined) return [];
  const element = document.createElement('span');
  element.className = 'muted';
  element.textContent = ` (offset baseline ${percent(baseline)})`;
  element.title = `Always guessing the word ${signed(offset)} away; the best such guess. Clark et al. 2019`;
  return [element];
}

interface Score {
  readonly share: number;
  readonly count: number;
  readonly baseline?: number;
  readonly offset: number;
}

/**
 * The head's syntactic score on this text as the engine measured it; counted here where it did not.
 * @param relation of one relation; default: of all
 */
function scoreOf(
  inspection: Inspection,
  attention: HeadAttention,
  direction: Direction,
  relation?: string,
): Score | undefined {
  const relations = relationsOf(inspection);
  if (!relations) return undefined;
  const { block: name, layer, head } = attention.head;
  const block = inspection.blocks.find((one) => one.name === name);
  const way = directions.indexOf(direction);
  if (block?.syntax) {
    const { relations: named, overall, byRelation, baselines, relationBaselines } = block.syntax;
    const at = (way * block.layers + layer) * block.heads + head;
    const index = named.findIndex((one) => one.name === relation);
    if (relation !== undefined && index < 0) return undefined;
    const baseline = relation === undefined ? baselines[way] : relationBaselines?.[index];
    return {
      share: relation === undefined ? overall[at] : byRelation[index * 2 * block.layers * block.heads + at],
      count: named.reduce(
        (sum, one) => sum + (relation === undefined || one.name === relation ? one.count : 0),
        0,
      ),
      baseline: baseline?.accuracy,
      offset: baseline?.offset ?? 0,
    };
  }
  const agreed = agreements(attention.words, relations, direction);
  const total =
    relation === undefined
      ? agreementCount(relations, agreed)
      : countRelations(relations, agreed).find((one) => one.name === relation);
  return total && { share: total.agreed / total.count, count: total.count, offset: 0 };
}

function signed(offset: number): string {
  return offset < 0 ? `${-offset} to the left` : `${offset} to the right`;
}

function strong(text: string, paint?: string): HTMLElement {
  const element = document.createElement('strong');
  element.textContent = text;
  if (paint) element.style.color = paint;
  return element;
}
