import type { TreeCursor } from '@vscode/tree-sitter-wasm';
import { UserError } from '../../errors';
import { parserOf } from './grammars';
import type { CodeLanguage } from './languages';

/** A node of a syntax tree, as plain values: only the part of the tree that touches a range. */
export interface SyntaxNode {
  readonly type: string;
  /** Whether the grammar names it; keywords, operators and brackets have no name. */
  readonly named: boolean;
  /** What it is to its parent: `condition`, `left`; empty for none. */
  readonly field: string;
  /** Half-open range in the document, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly children: readonly SyntaxNode[];
}

/** What no code that people write reaches; deeper nodes are taken for leaves. */
const deepest = 400;
/** Milliseconds that a document may take. */
const patience = 3000;

/**
 * The syntax tree of a document, as far as it touches a range. Errors in the code are nodes of their own (`ERROR`).
 * @throws UserError where the code takes too long, or the grammar cannot be loaded
 */
export async function syntaxTree(
  document: string,
  { grammar, wrap: [before, after] = ['', ''] }: CodeLanguage,
  range: readonly [start: number, end: number],
): Promise<SyntaxNode> {
  const parser = await parserOf(grammar);
  const deadline = performance.now() + patience;
  const tree = parser.parse(before + document + after, null, {
    progressCallback: () => performance.now() > deadline,
  });
  if (!tree) {
    parser.reset();
    throw new UserError(
      `Reading the syntax tree took over ${patience / 1000} seconds, so it is left out. Inspect a part of the file, or a smaller one.`,
    );
  }
  const cursor = tree.walk();
  try {
    const shift = before.length;
    return nodesAt(cursor, [range[0] + shift, range[1] + shift], shift, document.length, 0);
  } finally {
    cursor.delete();
    tree.delete();
  }
}

function nodesAt(
  cursor: TreeCursor,
  range: readonly [number, number],
  shift: number,
  length: number,
  depth: number,
): SyntaxNode {
  const children: SyntaxNode[] = [];
  const within = (index: number) => Math.min(length, Math.max(0, index - shift));
  const node = {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    field: cursor.currentFieldName ?? '',
    start: within(cursor.startIndex),
    end: within(cursor.endIndex),
    children,
  };
  if (depth < deepest && cursor.gotoFirstChild()) {
    do {
      const { startIndex, endIndex } = cursor;
      // The parentheses that were put around JSON are not in the document; nor is a token that the grammar missed.
      const isInDocument = startIndex >= shift && endIndex <= length + shift;
      const isWrapping = depth < 3 && startIndex < shift && endIndex > length + shift;
      if (
        endIndex > range[0] &&
        startIndex < range[1] &&
        endIndex > startIndex &&
        (isInDocument || isWrapping)
      )
        children.push(nodesAt(cursor, range, shift, length, depth + 1));
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return node;
}
