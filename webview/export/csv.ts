import type { HeadMeasureName, HeadRef, Inspection, SaliencyName } from '../../src/protocol/inspection';
import { headMeasureNames, saliencyNames } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import { rowOf, tokenLabels } from '../marks/tokenLabels';
import { blockOf } from '../shownHeads';

/** A cell: a number with all its digits (nothing where there is none), or text. */
export type Cell = string | number | undefined;

/**
 * A table as RFC 4180 has it: a line per row that ends with CR LF, quotes around cells that need them. Text that a
 * spreadsheet would compute as a formula gets an apostrophe in front, since tokens may be anything.
 */
export function csvOf(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  if (cell === undefined) return '';
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The fewest digits that give back the same number in single precision; more would be noise of the conversion. */
export function digits(weight: number): number {
  const enough = [7, 8].map((count) => Number(weight.toPrecision(count)));
  return enough.find((short) => Math.fround(short) === weight) ?? Number(weight.toPrecision(9));
}

/** All heads with all their measures. Layers and heads count from 0, as in every file. */
export function headsTable({ blocks, model }: Inspection): Cell[][] {
  const names = headMeasureNames.filter((name) => blocks.some(({ measures }) => measures[name]));
  const hasErrors = blocks.some(({ errors }) => errors?.['shapley-value']);
  const rows = blocks.flatMap(({ name, layers, heads, measures, errors }) =>
    Array.from({ length: layers }, (_, layer) => {
      const site = model.sites.find((one) => one.block === name && one.layer === layer);
      return Array.from({ length: Math.min(heads, site?.heads ?? heads) }, (__, head) => {
        const valueOf = (measure: HeadMeasureName): Cell => {
          const value = measures[measure]?.[layer * heads + head];
          return value === undefined ? undefined : digits(value);
        };
        const error = errors?.['shapley-value']?.[layer * heads + head];
        const estimated = hasErrors ? [error === undefined ? undefined : digits(error)] : [];
        return [name, layer, head, ...names.map(valueOf), ...estimated];
      });
    }).flat(),
  );
  return [['block', 'layer', 'head', ...names, ...(hasErrors ? ['shapley-error'] : [])], ...rows];
}

/** Every token with its place in the text, in UTF-16 units, and all saliency scores that were computed. */
export function saliencyTable(inspection: Inspection): Cell[][] {
  const { tokens, saliency } = inspection;
  const names = saliencyNames.filter((name) => saliency[name] !== undefined);
  const scoreOf = (name: SaliencyName, token: number): Cell => {
    const score = saliency[name]?.[token];
    return score === undefined ? undefined : digits(score);
  };
  const rows = tokenLabels(inspection, 'tokens').map((label, token): Cell[] => {
    const [from, to] = [tokens.offsets[2 * token], tokens.offsets[2 * token + 1]];
    const range = from < 0 ? [undefined, undefined] : [from, to];
    return [token, label, tokens.ids[token], ...range, ...names.map((name) => scoreOf(name, token))];
  });
  return [['token', 'text', 'id', 'from', 'to', ...names], ...rows];
}

/** Word-level attention [W, W] of one head: a row per query, a column per key. */
export function wordTable({ words }: Inspection, attention: Tensor): Cell[][] {
  return matrixTable(words.text, words.text, attention);
}

/** Token-level attention [Sq, Sk] of one head: a row per query, a column per key. */
export function tokenTable(inspection: Inspection, head: HeadRef, attention: Tensor): Cell[][] {
  const block = blockOf(inspection, head);
  const labels = (side: 'tokens' | 'pair') => tokenLabels(inspection, side);
  return matrixTable(labels(block?.queries ?? 'tokens'), labels(block?.keys ?? 'tokens'), attention);
}

function matrixTable(queries: readonly string[], keys: readonly string[], { data, dims }: Tensor): Cell[][] {
  const [, width] = dims;
  const rows = queries.map((query, i): Cell[] => [
    query,
    ...Array.from(data.subarray(i * width, (i + 1) * width), digits),
  ]);
  return [['query \\ key', ...keys], ...rows];
}

/** Edges from query to key of one or more heads [Sq, Sk] each, without those of weight 0. */
export function edgesTable(
  inspection: Inspection,
  heads: readonly { readonly head: HeadRef; readonly attention: Tensor }[],
): Cell[][] {
  const rows = heads.flatMap(({ head, attention: { data, dims } }) => {
    const block = blockOf(inspection, head);
    const [queries, keys] = [block?.queries ?? 'tokens', block?.keys ?? 'tokens'];
    const [queryLabels, keyLabels] = [tokenLabels(inspection, queries), tokenLabels(inspection, keys)];
    const count = Math.min(data.length, rowOf(inspection, queries).ids.length * dims[1]);
    return Array.from(data.subarray(0, count)).flatMap((weight, at): Cell[][] => {
      const [query, key] = [Math.floor(at / dims[1]), at % dims[1]];
      if (!(weight > 0)) return [];
      return [
        [head.block, head.layer, head.head, query, queryLabels[query], key, keyLabels[key], digits(weight)],
      ];
    });
  });
  return [['block', 'layer', 'head', 'query', 'query text', 'key', 'key text', 'weight'], ...rows];
}
