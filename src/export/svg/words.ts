import { arcPath, lanes, pack, type Span } from '../../../webview/marks/arcs';
import { strokeOfWeight } from '../../../webview/marks/links';
import { relationColour } from '../../../webview/marks/relations';
import { saliencyColour, textColour } from '../../../webview/marks/scales';
import type { HeadRef, Inspection, SaliencyName } from '../../protocol/inspection';
import { isSymmetric, relationsOf } from '../../protocol/relations';
import type { Tensor } from '../../protocol/tensor';
import { element, faint, label, muted, paper, picture, widthOf } from './drawing';

const margin = 16;
const lane = 20;

/** The words of a text in a row: where each stands. */
function rowOf(words: readonly string[]): { middles: Float64Array; width: number } {
  const widths = words.map((word) => widthOf(word));
  const middles = pack(widths, () => 14, []);
  const last = words.length - 1;
  return {
    middles: middles.map((x) => x + margin),
    width: last < 0 ? 2 * margin : middles[last] + widths[last] / 2 + 2 * margin,
  };
}

const spanOf = (a: number, b: number): Span => ({ left: Math.min(a, b), right: Math.max(a, b) });

/**
 * The dependency view: dependencies (or other relations) over the words, each word's strongest attention under them. An edge that
 * follows one has its colour, above and below.
 * @param attention [W, W] of the head, word level
 */
export function dependenciesSvg(inspection: Inspection, head: HeadRef, attention: Tensor): string {
  const { words, model } = inspection;
  const count = words.text.length;
  const { middles, width } = rowOf(words.text);
  const edges = Array.from({ length: count }, (_, from) => strongest(attention, from)).filter(
    (edge) => edge.weight > 0,
  );
  const relations = relationsOf(inspection);
  const pairs = (relations?.labels ?? []).map((relation, pair) => ({
    word: relations?.from[pair] ?? -1,
    parent: relations?.to[pair] ?? -1,
    relation,
  }));
  const dependents = pairs.filter(
    ({ word, parent, relation }) => !(relations && isSymmetric(relations, relation) && word > parent),
  );
  const relationOf = (from: number, to: number): string | undefined =>
    pairs.find(({ word, parent }) => word === from && parent === to)?.relation;
  const strongestOf = new Map(edges.map(({ from, to }) => [from, to]));
  const above = dependents.map(({ word, parent }) => spanOf(word, parent));
  const laneAbove = lanes(above, count);
  const laneBelow = lanes(
    edges.map(({ from, to }) => spanOf(from, to)),
    count,
  );
  const highest = Math.max(0, ...laneAbove);
  const wordY = 34 + (highest + 1) * lane;
  const parts = [
    label(margin, 18, `${model.name} · head ${head.layer}.${head.head} · each word's strongest attention`, {
      'text-anchor': 'start',
      fill: muted,
      'font-size': 11,
    }),
  ];
  dependents.forEach(({ word, parent, relation }, i) => {
    const isFound = strongestOf.get(word) === parent;
    const colour = isFound ? relationColour(relation, paper.kind) : faint;
    const height = laneAbove[i] * lane;
    // A dependent's end lies a little towards its parent, so that arcs of neighbours keep apart.
    const towards = parent > word ? 3 : -3;
    const [x0, x1] = [middles[word] + towards, middles[parent] - towards];
    parts.push(
      element('path', {
        d: arcPath(x0, x1, wordY - 16, height),
        fill: 'none',
        stroke: colour,
        'stroke-width': isFound ? 2 : 1,
      }),
    );
    parts.push(
      label((x0 + x1) / 2, wordY - 20 - height, relation, {
        fill: isFound ? colour : muted,
        'font-size': 10,
      }),
    );
  });
  words.text.forEach((word, i) => parts.push(label(middles[i], wordY, word)));
  edges.forEach(({ from, to, weight }, i) => {
    const relation = relationOf(from, to);
    const colour = relation === undefined ? faint : relationColour(relation, paper.kind);
    const towards = to > from ? 3 : -3;
    parts.push(
      element('path', {
        d: arcPath(middles[from] + towards, middles[to] - towards, wordY + 8, -laneBelow[i] * 14),
        fill: 'none',
        stroke: colour,
        'stroke-width': strokeOfWeight(weight),
      }),
    );
  });
  const bottom = wordY + 8 + Math.max(0, ...laneBelow) * 14 + 20;
  return picture(
    Math.max(width, 420),
    bottom,
    `Dependencies and attention of head ${head.layer}.${head.head}`,
    parts,
  );
}

/** The other word that a word attends to most. */
function strongest({ data, dims }: Tensor, from: number): { from: number; to: number; weight: number } {
  let to = from;
  let weight = 0;
  for (let j = 0; j < dims[1]; j++) {
    const value = data[from * dims[1] + j];
    if (j !== from && value > weight) [to, weight] = [j, value];
  }
  return { from, to, weight };
}

/** The tokens of a text, coloured by their saliency, in lines of at most 900 pixels. */
export function saliencySvg(inspection: Inspection): string {
  const { tokens, text, saliency, target } = inspection;
  const [name, scores] = (Object.entries(saliency)[0] ?? ['', undefined]) as [
    SaliencyName | '',
    Float32Array | undefined,
  ];
  const most = Math.max(1e-12, ...Array.from(scores ?? [], Math.abs).filter(Number.isFinite));
  const towards = target === undefined ? '' : `“${target.label}”`;
  const parts = [
    label(margin, 18, [towards, name].filter(Boolean).join(' · '), {
      'text-anchor': 'start',
      fill: muted,
      'font-size': 11,
    }),
  ];
  let x = margin;
  let y = 44;
  tokens.pieces.forEach((piece, i) => {
    const [from, to] = [tokens.offsets[2 * i], tokens.offsets[2 * i + 1]];
    const shown = from >= 0 && to > from && tokens.sequences?.[i] !== 1 ? text.slice(from, to) : piece;
    const width = widthOf(shown) + 8;
    if (x + width > 900) [x, y] = [margin, y + 26];
    const colour = saliencyColour((scores?.[i] ?? 0) / most, paper);
    parts.push(
      element('rect', { x, y: y - 15, width, height: 21, rx: 3, fill: colour }),
      label(x + width / 2, y, shown, { fill: textColour(colour, paper) }),
    );
    x += width + 3;
  });
  return picture(920, y + 20, `Saliency (${name})${towards && ` for ${towards}`}`, parts);
}

/** One head's matrix: rows are the queries, columns the keys. @param attention [Sq, Sk] */
export function matrixSvg({ tokens, pair, blocks }: Inspection, head: HeadRef, attention: Tensor): string {
  const block = blocks.find(({ name }) => name === head.block);
  const namesOf = (row: 'tokens' | 'pair' | undefined): readonly string[] =>
    (row === 'pair' ? pair : tokens)?.pieces ?? [];
  const [queries, keys] = attention.dims;
  const size = Math.max(3, Math.min(18, 720 / Math.max(queries, keys)));
  const room =
    size < 9
      ? 12
      : Math.min(
          160,
          12 + Math.max(...[...namesOf('tokens'), ...namesOf('pair')].map((name) => widthOf(name, 10))),
        );
  const parts = [
    label(margin, 18, `head ${head.layer}.${head.head}: queries in rows, keys in columns`, {
      'text-anchor': 'start',
      fill: muted,
      'font-size': 11,
    }),
  ];
  const [x0, y0] = [margin + room, 28 + room];
  for (let i = 0; i < queries; i++) {
    for (let j = 0; j < keys; j++) {
      const weight = attention.data[i * keys + j];
      if (weight >= 0.005)
        parts.push(
          element('rect', {
            x: x0 + j * size,
            y: y0 + i * size,
            width: size,
            height: size,
            fill: paper.foreground,
            'fill-opacity': Math.min(1, weight),
          }),
        );
    }
  }
  parts.push(
    element('rect', {
      x: x0,
      y: y0,
      width: keys * size,
      height: queries * size,
      fill: 'none',
      stroke: faint,
    }),
  );
  if (size >= 9) {
    namesOf(block?.queries).forEach((name, i) =>
      parts.push(label(x0 - 4, y0 + (i + 0.5) * size + 4, name, { 'text-anchor': 'end', 'font-size': 10 })),
    );
    namesOf(block?.keys).forEach((name, j) => {
      const x = x0 + (j + 0.5) * size + 4;
      parts.push(
        label(x, y0 - 4, name, {
          'text-anchor': 'start',
          'font-size': 10,
          transform: `rotate(-90 ${x.toFixed(1)} ${(y0 - 4).toFixed(1)})`,
        }),
      );
    });
  }
  return picture(
    Math.max(x0 + keys * size + margin, 420),
    y0 + queries * size + margin,
    `Attention of head ${head.layer}.${head.head}`,
    parts,
  );
}
