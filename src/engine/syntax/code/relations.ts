import type { CodeContext } from '../../../protocol/relations';
import type { WordRelations } from '../../../protocol/relations';
import type { CodeStructure, Identifier } from './structure';

/**
 * The relations of code, the tree's first: `parent` (to the head of the construct around; `punct` for delimiters, which
 * are not scored), `sibling` (to the member before), and from names to their definitions: `def-use` and, where the name is
 * what a call calls, `call-site`, both as a language server knows them; without one `same-name`.
 *
 * @param start of the range in the document
 * @param definitions what a language server answered; undefined where none was asked or none answered
 */
export function relationsOfCode(
  structure: CodeStructure,
  start: number,
  definitions: CodeContext['definitions'],
): WordRelations {
  const { parents, delimiters, siblings, identifiers, callees } = structure;
  const from: number[] = [];
  const to: number[] = [];
  const labels: string[] = [];
  const add = (word: number, partner: number, label: string): void => {
    from.push(word);
    to.push(partner);
    labels.push(label);
  };
  parents.forEach((parent, word) => {
    if (parent >= 0) add(word, parent, delimiters[word] ? 'punct' : 'parent');
  });
  for (const [later, earlier] of siblings) if (later !== earlier) add(later, earlier, 'sibling');
  if (definitions) {
    for (const [use, definition] of linkedWords(structure, start, definitions))
      add(use, definition, callees.has(use) ? 'call-site' : 'def-use');
  } else {
    for (const [later, earlier] of sameNames(identifiers)) add(later, earlier, 'same-name');
  }
  return {
    source: 'code',
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    labels,
    names: Int32Array.from(identifiers, ({ word }) => word),
  };
}

/** Words of uses and definitions that a language server told of as places in the document, each pair once. */
function* linkedWords(
  { words: { offsets }, identifiers }: CodeStructure,
  start: number,
  { uses, definitions }: NonNullable<CodeContext['definitions']>,
): Generator<readonly [use: number, definition: number]> {
  const wordAt = new Map(identifiers.map(({ word }) => [offsets[2 * word] + start, word]));
  const seen = new Set<string>();
  for (const [i, use] of uses.entries()) {
    const [word, definition] = [wordAt.get(use), wordAt.get(definitions[i])];
    const key = `${word} ${definition}`;
    if (word === undefined || definition === undefined || word === definition || seen.has(key)) continue;
    seen.add(key);
    yield [word, definition];
  }
}

/**
 * Names that are spelt alike, each with the first one before it that stands in a scope around it, of the innermost such
 * scope. Not what a compiler says: shadowing, imports and types are not known.
 */
function* sameNames(
  identifiers: readonly Identifier[],
): Generator<readonly [later: number, earlier: number]> {
  const firsts = new Map<string, Identifier[]>();
  for (const identifier of identifiers) {
    const key = `${identifier.kind} ${identifier.text}`;
    const candidates = firsts.get(key) ?? [];
    let best: Identifier | undefined;
    for (const one of candidates) {
      const isAround =
        one.scopes.length <= identifier.scopes.length &&
        one.scopes.every((scope, i) => identifier.scopes[i] === scope);
      if (isAround && (!best || one.scopes.length > best.scopes.length)) best = one;
    }
    if (best) yield [identifier.word, best.word];
    else firsts.set(key, [...candidates, identifier]);
  }
}
