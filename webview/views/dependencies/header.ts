import type { Inspection } from '../../../src/protocol/inspection';
import { percent } from '../../../src/protocol/numbers';
import { headName } from '../../marks/names';
import { headPaint } from '../../marks/relations';
import { agreements, type Direction, directions } from './edges';
import { agreementCount, directionInWords, type HeadAttention } from './model';
import type { Options } from './options';

/**
 * `Head 3.5 · dependent → head · agrees with 59 % of 34 relations (offset baseline 30 %)`
 * @param index of the head among those shown
 */
export function headerOf(
  inspection: Inspection,
  attentions: readonly HeadAttention[],
  index: number,
  asDifference: boolean,
  options: Options,
  countFrom: 0 | 1,
): Node[] {
  const direction = directionInWords(options.direction, inspection.parse !== undefined);
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
  );
  if (score.baseline !== undefined) {
    const baseline = document.createElement('span');
    baseline.className = 'muted';
    baseline.textContent = ` (offset baseline ${percent(score.baseline)})`;
    baseline.title = `Always guessing the word ${signed(score.offset)} away; the best such guess. Clark et al. 2019`;
    nodes.push(baseline);
  }
  return nodes;
}

interface Score {
  readonly share: number;
  readonly count: number;
  readonly baseline?: number;
  readonly offset: number;
}

/** The head's syntactic score on this text as the engine measured it; counted here where it did not. */
function scoreOf(inspection: Inspection, attention: HeadAttention, direction: Direction): Score | undefined {
  const { parse } = inspection;
  if (!parse) return undefined;
  const { block: name, layer, head } = attention.head;
  const block = inspection.blocks.find((one) => one.name === name);
  const way = directions.indexOf(direction);
  if (block?.syntax) {
    const { relations, overall, baselines } = block.syntax;
    return {
      share: overall[(way * block.layers + layer) * block.heads + head],
      count: relations.reduce((sum, { count }) => sum + count, 0),
      baseline: baselines[way]?.accuracy,
      offset: baselines[way]?.offset ?? 0,
    };
  }
  const total = agreementCount(parse, agreements(attention.words, parse, direction));
  return { share: total.agreed / total.count, count: total.count, offset: 0 };
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
