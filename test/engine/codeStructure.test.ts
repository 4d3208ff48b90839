import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import grammars from '../../src/engine/syntax/code/grammars.json';
import { codeLanguage, languages } from '../../src/engine/syntax/code/languages';
import { relationsOfCode } from '../../src/engine/syntax/code/relations';
import { structureOf } from '../../src/engine/syntax/code/structure';
import { syntaxTree } from '../../src/engine/syntax/code/tree';
import type { CodeContext } from '../../src/protocol/relations';

/** The relations of code, or of a range of it. */
async function read(
  language: string,
  document: string,
  range: readonly [number, number] = [0, document.length],
  definitions?: CodeContext['definitions'],
) {
  const known = codeLanguage(language);
  assert.ok(known);
  const tree = await syntaxTree(document, known, range);
  const structure = structureOf(tree, document, range);
  const relations = relationsOfCode(structure, range[0], definitions);
  const { text } = structure.words;
  /** `value→for value→for`: words are told apart by how often they occurred before, from the second on: `x.2`. */
  const named = text.map((word, i) => {
    const before = text.slice(0, i).filter((one) => one === word).length;
    return before === 0 ? word : `${word}.${before + 1}`;
  });
  const edges = (label: string) =>
    relations.labels.flatMap((one, pair) =>
      one === label ? [`${named[relations.from[pair]]}→${named[relations.to[pair]]}`] : [],
    );
  return { structure, relations, text, edges };
}

describe('the syntax tree of code as relations between its words', () => {
  it('TypeScript: members of a construct depend on its keyword, arguments on the function that is called', async () => {
    const code = 'function add(a: number, b = 0) {\n  if (a > b) return a;\n  console.log(sum(a, b));\n}\n';
    const { text, edges } = await read('typescript', code);
    assert.equal(
      text.join(' '),
      'function add ( a : number , b = 0 ) { if ( a > b ) return a ; console . log ( sum ( a , b ) ) ; }',
    );
    assert.deepEqual(edges('parent'), [
      'add→function',
      'a→function',
      'number→a',
      'b→function',
      '=→b',
      '0→b',
      'if→function',
      'a.2→>',
      '>→if',
      'b.2→>',
      'return→if',
      'a.3→return',
      'console→log',
      'log→function',
      'sum→log',
      'a.4→sum',
      'b.3→sum',
    ]);
    assert.deepEqual(edges('sibling'), ['b→a', 'b.3→a.4', 'log→if']);
    assert.deepEqual(edges('same-name'), ['a.2→a', 'b.2→b', 'a.3→a', 'a.4→a', 'b.3→b']);
  });

  it('marks brackets, commas and their like as punctuation, which is not scored', async () => {
    const { edges } = await read('typescript', 'f(a, [1]);');
    assert.deepEqual(edges('parent'), ['a→f', '[→f', '1→[']);
    assert.deepEqual(edges('punct'), ['(→f', ',→f', ']→[', ')→f', ';→f']);
  });

  it('TSX: attributes and children depend on the name of their element', async () => {
    const { edges } = await read('typescriptreact', 'const A = (p) => <b id={p.x}>Hi</b>;');
    assert.deepEqual(edges('parent'), [
      'A→const',
      '=→A',
      'p→=>',
      '=>→A',
      'b→=>',
      'id→b',
      '=.2→id',
      'p.2→x',
      'x→id',
      'Hi→b',
      'b.2→b',
    ]);
  });

  it('JavaScript: the operator is the head of an operation, the name that of a class member', async () => {
    const { edges } = await read('javascript', 'class P { size() { return this.w * 2 + 1; } }');
    assert.deepEqual(edges('parent'), [
      'P→class',
      'size→class',
      'return→size',
      'this→w',
      'w→*',
      '*→+',
      '2→*',
      '+→return',
      '1→+',
    ]);
  });

  it('Python: a block hangs on what it is the block of', async () => {
    const code = 'def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n';
    const { edges, structure } = await read('python', code);
    assert.deepEqual(edges('parent'), [
      'f→def',
      'xs→def',
      'total→def',
      '=→total',
      '0→total',
      'for→def',
      'x→for',
      'in→for',
      'xs.2→for',
      'total.2→+=',
      '+=→for',
      'x.2→+=',
      'return→def',
      'total.3→return',
    ]);
    assert.deepEqual(edges('sibling'), ['for→total', 'return→for']);
    assert.deepEqual(edges('same-name'), ['xs.2→xs', 'total.2→total', 'x.2→x', 'total.3→total']);
    assert.deepEqual([...new Set(structure.words.sentences)], [0, 1, 2, 3, 4]);
  });

  it('C++: the declared name is the head of a declaration', async () => {
    const { edges } = await read('cpp', 'int main(int n) {\n  auto v = f(n);\n  return v.size();\n}\n');
    assert.deepEqual(edges('parent'), [
      'int→main',
      'int.2→n',
      'n→main',
      'auto→v',
      'v→main',
      '=→v',
      'f→v',
      'n.2→f',
      'return→main',
      'v.2→size',
      'size→return',
    ]);
    assert.deepEqual(edges('same-name'), ['n.2→n', 'v.2→v']);
  });

  it('Rust', async () => {
    const { edges, structure } = await read(
      'rust',
      'pub fn add(a: i32) -> i32 {\n    let c = a + 1;\n    g(c)\n}\n',
    );
    assert.deepEqual(edges('parent'), [
      'pub→fn',
      'add→fn',
      'a→fn',
      'i32→a',
      '->→fn',
      'i32.2→fn',
      'let→fn',
      'c→let',
      '=→let',
      'a.2→+',
      '+→let',
      '1→+',
      'g→fn',
      'c.2→g',
    ]);
    assert.deepEqual(
      [...structure.callees].map((word) => structure.words.text[word]),
      ['g'],
    );
  });

  it('Go', async () => {
    const { edges } = await read(
      'go',
      'package p\n\nfunc f(a int) int {\n\tb := a + 1\n\treturn fmt.Sum(b)\n}\n',
    );
    assert.deepEqual(edges('parent'), [
      'p→package',
      'f→func',
      'a→func',
      'int→a',
      'int.2→func',
      'b→:=',
      ':=→func',
      'a.2→+',
      '+→:=',
      '1→+',
      'return→func',
      'fmt→Sum',
      'Sum→return',
      'b.2→Sum',
    ]);
  });

  it('Java', async () => {
    const { edges } = await read('java', 'class A {\n  private int f(int x) { return g(x, 1); }\n}\n');
    assert.deepEqual(edges('parent'), [
      'A→class',
      'private→f',
      'int→f',
      'f→class',
      'int.2→x',
      'x→f',
      'return→f',
      'g→return',
      'x.2→g',
      '1→g',
    ]);
  });

  it('JSON: its places are those of the document, though it is read in parentheses', async () => {
    const code = '{ "a": [1, 2],\n  "b": null }';
    const { edges, structure } = await read('json', code);
    assert.deepEqual(edges('parent'), ['"a"→{', '[→"a"', '1→[', '2→[', '"b"→{', 'null→"b"']);
    assert.deepEqual(edges('sibling'), ['2→1', '"b"→"a"']);
    structure.words.text.forEach((word, i) => {
      const [from, to] = structure.words.offsets.subarray(2 * i, 2 * i + 2);
      assert.equal(code.slice(from, to), word);
    });
  });

  it('reads a part of a document by what stands around it', async () => {
    const code = 'class P {\n  size(n: number) {\n    return n;\n  }\n}\n';
    const start = code.indexOf('size');
    const { text, edges, structure } = await read('typescript', code, [start, code.indexOf('  }\n}') + 3]);
    assert.equal(text.join(' '), 'size ( n : number ) { return n ; }');
    assert.deepEqual(edges('parent'), ['n→size', 'number→n', 'return→size', 'n.2→return']);
    assert.deepEqual([...structure.words.offsets.subarray(0, 2)], [0, 4]);
  });

  it('counts places in UTF-16 units', async () => {
    const code = 'const s = "🙂é";\nf(s);';
    const { structure } = await read('typescript', code);
    structure.words.text.forEach((word, i) => {
      const [from, to] = structure.words.offsets.subarray(2 * i, 2 * i + 2);
      assert.equal(code.slice(from, to), word);
    });
    assert.deepEqual(structure.words.text.slice(0, 5), ['const', 's', '=', '"🙂é"', ';']);
  });

  it('finds no code in a comment, nor inside a string, but does around them', async () => {
    const code = 'const prompt = `Write a poem about autumn.`; // It is for Ann.\n';
    const inside = code.indexOf('Write');
    assert.equal((await read('typescript', code, [inside, inside + 12])).structure.hasCode, false);
    const comment = code.indexOf('//');
    assert.equal((await read('typescript', code, [comment, code.length])).structure.hasCode, false);
    const all = await read('typescript', code);
    assert.equal(all.structure.hasCode, true);
    assert.deepEqual(all.edges('parent'), [
      'prompt→const',
      '=→prompt',
      '`Write a poem about autumn.`→prompt',
    ]);
  });

  it('reads what a language server knows as uses of definitions, of calls apart', async () => {
    const code = 'const n = 1;\nfunction f(n) { return n; }\nf(n);\n';
    const at = (text: string, from = 0) => code.indexOf(text, from);
    const [inner, call] = [at('n;', at('return')), at('f(n);')];
    const definitions = {
      // Once more, and with places where no name begins: neither may matter.
      uses: Int32Array.of(inner, call, call + 2, call + 2, 5, 10_000),
      definitions: Int32Array.of(at('n)'), at('f(n)'), at('n ='), at('n ='), 6, 0),
    };
    const { edges } = await read('typescript', code, undefined, definitions);
    assert.deepEqual(edges('def-use'), ['n.3→n.2', 'n.4→n']);
    assert.deepEqual(edges('call-site'), ['f.2→f']);
    assert.deepEqual(edges('same-name'), []);
  });

  it('keeps names of other functions apart where no language server answers', async () => {
    const { edges } = await read('python', 'def f(x):\n    return x\n\ndef g(x):\n    return f(x)\n');
    assert.deepEqual(edges('same-name'), ['x.2→x', 'f.2→f', 'x.4→x.3']);
  });

  it('survives code with errors and code that is nested without end', async () => {
    const broken = await read('typescript', 'function (] { if (a => { const 1');
    assert.ok(broken.text.length > 5);
    const deep = `${'('.repeat(20_000)}x${')'.repeat(20_000)}`;
    const { text } = await read('javascript', deep);
    assert.ok(text.length > 0);
  });

  it('has no pair twice, none of a word with itself, and of every word at most one parent', async () => {
    const code = 'for (const [k, v] of Object.entries(map)) { out[k] ??= async () => await v?.run?.(...k); }';
    const { relations, text } = await read('typescript', code);
    const keys = relations.labels.map(
      (label, pair) => `${relations.from[pair]} ${relations.to[pair]} ${label}`,
    );
    assert.equal(new Set(keys).size, keys.length);
    relations.from.forEach((from, pair) => {
      assert.notEqual(from, relations.to[pair]);
      assert.ok(from < text.length && relations.to[pair] < text.length);
    });
    const children = [...relations.from].filter((_, pair) => /parent|punct/.test(relations.labels[pair]));
    assert.equal(new Set(children).size, children.length);
  });

  it('ships the grammars that it loads', () => {
    assert.deepEqual(new Set(Object.values(languages).map(({ grammar }) => grammar)), new Set(grammars));
    assert.equal(codeLanguage('plaintext'), undefined);
    assert.equal(codeLanguage('constructor'), undefined);
  });
});
