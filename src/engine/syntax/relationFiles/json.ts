import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import {
  badLine,
  cleanLabel,
  type FilePair,
  type FileRelations,
  type FileSpan,
  mostPairs,
  mostSpans,
} from './file';

/**
 * Reads relations as JSON, as docs/relations.md and media/relations.schema.json describe them: `unit`, `spans`, `pairs`,
 * `symmetric`, and the `text` if one likes. Comments are allowed.
 * @throws UserError naming the line
 */
export function readRelationsJson(name: string, content: string): FileRelations {
  const reader = new JsonReader(name, content);
  const root = reader.root();
  const unit = reader.child(root, 'unit');
  const units = ['utf-16', 'code-point'] as const;
  const chosen = unit ? units.find((one) => one === getNodeValue(unit)) : 'utf-16';
  if (!chosen) throw reader.bad(unit, 'has a “unit” that is neither "utf-16" nor "code-point"');

  const ids = new Map<string, number>();
  const spanNodes = reader.list(root, 'spans', mostSpans);
  const spans = spanNodes.map((node, index) => {
    const { id, ...span } = reader.span(node);
    if (id !== undefined) {
      if (ids.has(id)) throw reader.bad(node, `gives the id “${id.slice(0, 40)}” a second time`);
      ids.set(id, index);
    }
    return span;
  });
  const pairs = reader.list(root, 'pairs', mostPairs).map((node) => reader.pair(node, ids, spans.length));
  const text = reader.child(root, 'text');
  if (text && text.type !== 'string') throw reader.bad(text, 'has a “text” that is no string');
  return {
    unit: chosen,
    spans,
    pairs,
    symmetric: reader.symmetric(root, pairs),
    ...(text ? { text: String(text.value) } : {}),
  };
}

/** A JSON document that is looked at node by node, so that every complaint knows its line. */
class JsonReader {
  readonly #name: string;
  readonly #content: string;

  constructor(name: string, content: string) {
    this.#name = name;
    this.#content = content;
  }

  root(): Node {
    const errors: ParseError[] = [];
    const root = nestsTooDeep(this.#content)
      ? undefined
      : parseTree(this.#content, errors, { allowTrailingComma: true });
    if (!root && errors.length === 0)
      throw badLine(this.#name, 1, 'is nested deeper than any list of relations');
    const [error] = errors;
    if (error) {
      const what = printParseErrorCode(error.error)
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase();
      throw this.#badAt(error.offset, `is not JSON (${what})`);
    }
    if (root?.type !== 'object') throw badLine(this.#name, 1, 'is no JSON object with “spans” and “pairs”');
    return root;
  }

  bad(node: Node | undefined, fault: string) {
    return this.#badAt(node?.offset ?? 0, fault);
  }

  child(node: Node, key: string): Node | undefined {
    return node.children?.find((property) => property.children?.[0].value === key)?.children?.[1];
  }

  list(root: Node, key: string, most: number): readonly Node[] {
    const node = this.child(root, key);
    if (node?.type !== 'array') throw this.bad(node ?? root, `has no list “${key}”`);
    const { children = [] } = node;
    if (children.length > most)
      throw this.bad(children[most], `is one more of the “${key}” than the ${most} that can be read`);
    return children;
  }

  /** `[0, 5]`, or `{"id": "a", "start": 0, "end": 5, "text": "Alice", "head": 0}` */
  span(node: Node): FileSpan & { readonly id?: string } {
    const line = this.#lineOf(node.offset);
    const isList = node.type === 'array';
    if (!isList && node.type !== 'object')
      throw this.bad(node, 'is no span: give [start, end] or an object with “start” and “end”');
    const number = (key: string, at: number): number | undefined => {
      const part = isList ? node.children?.[at] : this.child(node, key);
      if (!part) return undefined;
      const value: unknown = getNodeValue(part);
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw this.bad(part, `has a “${key}” that is no whole number from 0 on`);
    };
    const [start, end, head] = [number('start', 0), number('end', 1), number('head', 2)];
    if (start === undefined || end === undefined || end <= start)
      throw this.bad(node, 'is no span: its “end” has to be greater than its “start”');
    const string = (key: string): string | undefined => {
      const value: unknown = isList ? undefined : this.child(node, key)?.value;
      return typeof value === 'string' ? value : undefined;
    };
    const [id, text] = [string('id'), string('text')];
    return {
      ranges: [[start, end]],
      line,
      ...(id === undefined ? {} : { id }),
      ...(text === undefined ? {} : { text }),
      ...(head === undefined ? {} : { head }),
    };
  }

  /** `[0, 1, "coreference"]` or `{"from": "a", "to": 1, "label": "coreference"}`; ends are ids or places in the list. */
  pair(node: Node, ids: ReadonlyMap<string, number>, spans: number): FilePair {
    const isList = node.type === 'array';
    const part = (key: string, at: number) => (isList ? node.children?.[at] : this.child(node, key));
    const end = (key: string, at: number): number => {
      const value: unknown = part(key, at)?.value;
      const index = typeof value === 'string' ? ids.get(value) : value;
      if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < spans) return index;
      const shown = value === undefined ? '' : ` (${JSON.stringify(value).slice(0, 40)})`;
      throw this.bad(node, `has a pair whose “${key}”${shown} is no span of the file`);
    };
    const label = cleanLabel(part('label', 2)?.value ?? 'related');
    if (label === undefined) throw this.bad(node, 'has a pair whose “label” is no short text');
    return { from: end('from', 0), to: end('to', 1), label };
  }

  /** `true` for all labels, or a list of some. */
  symmetric(root: Node, pairs: readonly FilePair[]): string[] {
    const node = this.child(root, 'symmetric');
    if (!node || node.value === false) return [];
    if (node.value === true) return [...new Set(pairs.map(({ label }) => label))];
    const labels = (node.children ?? []).map((child) => cleanLabel(child.value));
    if (node.type === 'array' && labels.every((label) => label !== undefined)) return labels;
    throw this.bad(node, 'has a “symmetric” that is neither true nor a list of labels');
  }

  #badAt(offset: number, fault: string) {
    return badLine(this.#name, this.#lineOf(offset), fault);
  }

  #lineStarts?: number[];

  #lineOf(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.#content);
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#lineStarts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

function lineStartsOf(content: string): number[] {
  const starts = [0];
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The parser calls itself for every bracket: what is nested for the sake of it would end the process. */
function nestsTooDeep(content: string): boolean {
  let depth = 0;
  for (let at = 0; at < content.length; at++) {
    const code = content.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    if (depth > 1000) return true;
  }
  return false;
}
