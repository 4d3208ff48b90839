import type { WordRow } from '../../../protocol/inspection';
import { type Range, wordRanges } from '../words';
import {
  calleeOf,
  headChild,
  isComment,
  isDelimiter,
  isIdentifier,
  isList,
  isLiteral,
  isMemberName,
  isScope,
  isStatementList,
} from './kinds';
import type { SyntaxNode } from './tree';

/** A name in the code. */
export interface Identifier {
  readonly word: number;
  readonly text: string;
  /** `member`: what stands after a dot. */
  readonly kind: 'name' | 'member';
  /** Scopes that it is known in, from the whole document to the innermost. */
  readonly scopes: readonly SyntaxNode[];
}

/** What a syntax tree says of a range of a document. */
export interface CodeStructure {
  /** The tokens of the code; ranges in the range, lines as sentences. */
  readonly words: WordRow;
  /** [W] head of what the word's construct is a part of, −1 for none. */
  readonly parents: Int32Array;
  /** [W] 1 for brackets, commas and other delimiters that are the head of nothing. */
  readonly delimiters: Uint8Array;
  /** Consecutive arguments, elements, statements: each one's head with that of the one before. */
  readonly siblings: readonly (readonly [later: number, earlier: number])[];
  readonly identifiers: readonly Identifier[];
  /** Words that name what is called. */
  readonly callees: ReadonlySet<number>;
  /** Whether there is any code, not only a comment or the inside of a string. */
  readonly hasCode: boolean;
}

/** A string of more characters, or over several lines, is divided into its words. */
const longestLiteral = 32;

/** What a subtree gives its parent: its head, or, of a list, all that has to be attached to something else. */
interface Part {
  /** −1: no word of it is in the range. */
  readonly head: number;
  /** Words without a parent yet; of a list those of its members, else the head alone. */
  readonly loose: readonly number[];
}

const nothing: Part = { head: -1, loose: [] };

/**
 * The words and relations of a syntax tree. Words are its leaves: identifiers, keywords, operators, literals, brackets. Of
 * a construct, one word is the head ({@link headChild}); the heads of its other parts depend on it. The members of a list
 * (arguments, parameters, statements of a block) depend on the head of what the list is a part of: on the function that is
 * called, on `if`. This is to code what a dependency tree is to a sentence.
 *
 * @param root of the document
 * @param range half-open, in UTF-16 units of the document; words are cut at its ends
 */
export function structureOf(root: SyntaxNode, document: string, [start, end]: Range): CodeStructure {
  const ranges: Range[] = [];
  const parents: number[] = [];
  const delimiters: number[] = [];
  const siblings: (readonly [number, number])[] = [];
  const identifiers: Identifier[] = [];
  const callees = new Set<number>();
  let hasCode = false;

  const textOf = (node: SyntaxNode): string => document.slice(node.start, node.end);

  /** Words of a leaf, as ranges of the document; the first stands for all. */
  function push(node: SyntaxNode, isDivided: boolean, parent?: SyntaxNode): number {
    const [from, to] = [Math.max(start, node.start), Math.min(end, node.end)];
    const pieces: Range[] = isDivided ? wordRanges(document, from, to) : trimmed(document, from, to);
    const first = ranges.length;
    const isSign = isDelimiter(node, textOf(node), parent) ? 1 : 0;
    for (const piece of pieces) {
      ranges.push(piece);
      parents.push(-1);
      delimiters.push(isSign);
    }
    return pieces.length === 0 ? -1 : first;
  }

  function visit(node: SyntaxNode, scopes: readonly SyntaxNode[], parent?: SyntaxNode): Part {
    if (node.end <= start || node.start >= end) return nothing;
    if (isComment(node)) {
      push(node, true);
      return nothing;
    }
    if (node.children.length === 0 || isLiteral(node)) return leaf(node, scopes, parent);
    return isList(node) ? list(node, inside(node, scopes)) : construct(node, scopes);
  }

  function leaf(node: SyntaxNode, scopes: readonly SyntaxNode[], parent: SyntaxNode | undefined): Part {
    const text = textOf(node);
    const isString = isLiteral(node) || /string|content|fragment|text$/.test(node.type);
    // The selection may begin or end inside a string: then it is the string's text that is looked at.
    const isInside = isString && node.start <= start && node.end >= end;
    hasCode ||= !isInside;
    const isDivided = isString && (text.length > longestLiteral || text.includes('\n') || isInside);
    const head = push(node, isDivided, parent);
    if (head < 0) return nothing;
    if (isIdentifier(node))
      identifiers.push({ word: head, text, kind: isMemberName(node) ? 'member' : 'name', scopes });
    return { head, loose: [head] };
  }

  function list(node: SyntaxNode, scopes: readonly SyntaxNode[]): Part {
    const parts = node.children.map((child) => visit(child, scopes, node));
    relateSiblings(node, parts);
    const [head = -1] = node.children.flatMap((child, i) => (child.named ? parts[i].loose.slice(0, 1) : []));
    return { head, loose: parts.flatMap(({ loose }) => loose) };
  }

  function construct(node: SyntaxNode, outer: readonly SyntaxNode[]): Part {
    const chosen = headChild(node, textOf);
    const scopes = inside(node, outer);
    // The name of a function is known where the function stands, its parameters only inside.
    const named = isScope(node)
      ? node.children.find(({ field }) => field === 'name' || field === 'declarator')
      : undefined;
    const before = identifiers.length;
    const parts = node.children.map((child) => visit(child, scopes, node));
    relateSiblings(node, parts);
    const callee = calleeOf(node);
    node.children.forEach((child, i) => {
      if (child === callee && parts[i].head >= 0) callees.add(parts[i].head);
      if (child === named) declareOutside(parts[i].head, outer, before);
    });
    const loose = parts.flatMap((part) => part.loose);
    const head = chosen ? parts[node.children.indexOf(chosen)].head : -1;
    // The head is outside of the range, or there is none: what is inside hangs on what is around.
    if (head < 0) return { head: loose[0] ?? -1, loose };
    for (const word of loose) if (word !== head) parents[word] = head;
    delimiters[head] = 0;
    return { head, loose: [head] };
  }

  function declareOutside(word: number, outer: readonly SyntaxNode[], from: number): void {
    const at = identifiers.findIndex((one, i) => i >= from && one.word === word);
    if (at >= 0) identifiers[at] = { ...identifiers[at], scopes: outer };
  }

  function relateSiblings(node: SyntaxNode, parts: readonly Part[]): void {
    const areStatements = isStatementList(node);
    let previous = -1;
    let isParted = false;
    node.children.forEach((child, i) => {
      if (isComment(child)) return;
      if (!child.named) {
        if (textOf(child) === ',') isParted = true;
        return;
      }
      const { head } = parts[i];
      if (previous >= 0 && head >= 0 && (areStatements || isParted)) siblings.push([head, previous]);
      previous = head;
      isParted = false;
    });
  }

  visit(root, []);
  return {
    words: {
      text: ranges.map(([from, to]) => document.slice(from, to)),
      offsets: Int32Array.from(ranges.flatMap(([from, to]) => [from - start, to - start])),
      sentences: linesOf(document, ranges),
    },
    parents: Int32Array.from(parents),
    delimiters: Uint8Array.from(delimiters),
    siblings,
    identifiers,
    callees,
    hasCode,
  };
}

function inside(node: SyntaxNode, scopes: readonly SyntaxNode[]): readonly SyntaxNode[] {
  return isScope(node) ? [...scopes, node] : scopes;
}

/** One range without the white space at its ends; none where there is nothing else. */
function trimmed(document: string, from: number, to: number): Range[] {
  const text = document.slice(from, to);
  const first = from + text.length - text.trimStart().length;
  const last = from + text.trimEnd().length;
  return last > first ? [[first, last]] : [];
}

/** Number of each word's line, counting only lines that have words. */
function linesOf(document: string, ranges: readonly Range[]): Int32Array {
  let line = 0;
  return Int32Array.from(ranges, ([from], word) => {
    if (word > 0 && document.slice(ranges[word - 1][0], from).includes('\n')) line++;
    return line;
  });
}
