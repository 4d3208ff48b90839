import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/engine/errors';
import { alignRelations, type ReadTree } from '../../src/engine/syntax/relationFiles/align';
import { readBrat } from '../../src/engine/syntax/relationFiles/brat';
import { readRelationsJson } from '../../src/engine/syntax/relationFiles/json';

const noTree: ReadTree = () => Promise.resolve(undefined);

/** `a→b label` for every pair, with the words of the text. */
async function pairsOf(
  text: string,
  name: string,
  content: string,
  tree = noTree,
  start = 0,
  document = text,
) {
  const found = await alignRelations(text, { name, content, document }, start, tree);
  const { words, relations } = found;
  return {
    ...found,
    edges: relations.labels.map(
      (label, pair) => `${words.text[relations.from[pair]]}→${words.text[relations.to[pair]]} ${label}`,
    ),
  };
}

const json = (value: unknown) => JSON.stringify(value);
const refused = (read: () => unknown, message: RegExp) =>
  assert.throws(read, (error) => error instanceof UserError && message.test(error.message));

describe('a JSON file of relations', () => {
  const text = 'Alice said that she saw the dog of Bob.';

  it('joins spans by their place or their id, with labels', async () => {
    const { edges, relations } = await pairsOf(
      text,
      'a.relations.json',
      json({
        spans: [[0, 5], { id: 'she', start: 16, end: 19, text: 'she' }, [35, 38]],
        pairs: [['she', 0, 'coreference'], { from: 0, to: 2 }],
      }),
    );
    assert.deepEqual(edges, ['she→Alice coreference', 'Alice→Bob related']);
    assert.equal(relations.source, 'file');
    assert.equal(relations.symmetric, undefined);
  });

  it('counts UTF-16 units or code points, as it says itself', async () => {
    const emoji = '🙂 a 🙂 b';
    const of = (unit: string, second: number) =>
      pairsOf(
        emoji,
        'x.json',
        json({
          unit,
          spans: [
            [unit === 'code-point' ? 2 : 3, unit === 'code-point' ? 3 : 4],
            [second, second + 1],
          ],
          pairs: [[1, 0, 'r']],
        }),
      );
    assert.deepEqual((await of('utf-16', 8)).edges, ['b→a r']);
    assert.deepEqual((await of('code-point', 6)).edges, ['b→a r']);
  });

  it('has relations without direction in both directions, as such', async () => {
    const { edges, relations } = await pairsOf(
      text,
      'x.json',
      json({
        spans: [
          [0, 5],
          [35, 38],
        ],
        pairs: [[0, 1, 'contact']],
        symmetric: true,
      }),
    );
    assert.deepEqual(edges, ['Alice→Bob contact', 'Bob→Alice contact']);
    assert.deepEqual(relations.symmetric, ['contact']);
  });

  it('divides words where a span begins or ends inside one: residues of a protein', async () => {
    const { words, edges } = await pairsOf(
      'MKTAY',
      'x.json',
      json({
        spans: [
          [0, 1],
          [3, 4],
          [4, 5],
        ],
        pairs: [
          [0, 1, 'contact'],
          [0, 2, 'contact'],
        ],
      }),
    );
    assert.deepEqual(words.text, ['M', 'KT', 'A', 'Y']);
    assert.deepEqual([...words.offsets], [0, 1, 1, 3, 3, 4, 4, 5]);
    assert.deepEqual(edges, ['M→A contact', 'M→Y contact']);
  });

  it('stands for a span by its named head, else by the word whose parent is outside, else by the first word', async () => {
    const file = (spans: unknown) => json({ spans, pairs: [[0, 1, 'r']] });
    const dogOfBob = [24, 38];
    assert.deepEqual((await pairsOf(text, 'x.json', file([dogOfBob, [0, 5]]))).edges, ['the→Alice r']);
    assert.deepEqual(
      (
        await pairsOf(
          text,
          'x.json',
          file([
            [...dogOfBob, 28],
            [0, 5],
          ]),
        )
      ).edges,
      ['dog→Alice r'],
    );
    // Alice said that she saw the dog of Bob . : dog depends on saw, all others of the span on dog or Bob.
    const tree: ReadTree = () => Promise.resolve(Int32Array.of(1, -1, 4, 4, 1, 6, 4, 8, 6, 1));
    assert.deepEqual((await pairsOf(text, 'x.json', file([dogOfBob, [0, 5]]), tree)).edges, ['dog→Alice r']);
  });

  it('gives of a part of the text the relations that lie in it, and says how many', async () => {
    const spans = [
      [0, 5],
      [16, 19],
      [24, 27],
      [28, 31],
    ];
    const { edges, notes } = await pairsOf(
      text.slice(16),
      'x.json',
      json({
        spans,
        pairs: [
          [1, 0, 'a'],
          [3, 1, 'b'],
          [2, 2, 'c'],
        ],
      }),
      noTree,
      16,
      text,
    );
    assert.deepEqual(edges, ['dog→she b']);
    assert.deepEqual(notes, [
      '2 of the 3 relations of x.json lie in the inspected text.',
      '1 of the relations of x.json join a word with itself, so they are left out.',
    ]);
  });

  it('is refused with the line of what is wrong', () => {
    const at = (lines: string[], message: RegExp) =>
      refused(() => readRelationsJson('bad.json', lines.join('\n')), message);
    at(['{', '"spans": [],', '"pairs": [', '}'], /^Line 4 of “bad\.json” is not JSON/);
    at(['[]'], /^Line 1 .* is no JSON object/);
    at([''], /^Line 1 /);
    at(['{"pairs": []}'], /has no list “spans”/);
    at(['{"spans": [', '[0, 1],', '[3, 2]], "pairs": []}'], /^Line 3 .*“end” has to be greater/);
    at(['{"spans": [[0.5, 2]], "pairs": []}'], /no whole number/);
    at(
      ['{"spans": [{"id":"a","start":0,"end":1},', '{"id":"a","start":0,"end":1}], "pairs": []}'],
      /^Line 2 .*second time/,
    );
    at(['{"spans": [[0,1]],', '"pairs": [', '[0, 7, "x"]]}'], /^Line 3 .*“to” \(7\) is no span/);
    at(['{"spans": [[0,1]], "pairs": [["__proto__", 0, "x"]]}'], /“from”/);
    at(['{"spans": [[0,1],[1,2]], "pairs": [[0, 1, 5]]}'], /“label” is no short text/);
    at(['{"unit": "bytes", "spans": [], "pairs": []}'], /neither "utf-16" nor "code-point"/);
    at(['{"spans": [], "pairs": [], "symmetric": [1]}'], /“symmetric”/);
    at([`{"spans": ${'['.repeat(100_000)}`], /nested deeper/);
  });

  it('is refused where it is of another text', async () => {
    const misfits = [
      [
        json({ spans: [{ start: 0, end: 5, text: 'Alicia' }], pairs: [] }),
        /Line 1 .*“Alicia” where the text has “Alice”/,
      ],
      [json({ spans: [[0, 5000]], pairs: [] }), /speaks of character 5000, but the text has 39/],
      [json({ text: 'Another.', spans: [], pairs: [] }), /is about another text/],
    ] as const;
    for (const [content, message] of misfits)
      await assert.rejects(
        pairsOf(text, 'x.json', content),
        (error) => error instanceof UserError && message.test(error.message),
      );
  });

  it('never ends otherwise than with relations or a sentence', async () => {
    const anyFile = fc.record({
      spans: fc.array(fc.oneof(fc.array(fc.integer({ min: -2, max: 50 }), { maxLength: 4 }), fc.anything())),
      pairs: fc.array(fc.oneof(fc.tuple(fc.nat(6), fc.nat(6), fc.string()), fc.anything())),
      symmetric: fc.anything(),
    });
    await fc.assert(
      fc.asyncProperty(anyFile, async (value) => {
        let content: string;
        try {
          content = JSON.stringify(value);
        } catch {
          return; // BigInt is no JSON.
        }
        try {
          const { words, relations } = await alignRelations(text, { name: 'x.json', content }, 0, noTree);
          for (const word of [...relations.from, ...relations.to])
            assert.ok(word >= 0 && word < words.text.length);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
        }
      }),
    );
  });
});

describe('a BRAT file', () => {
  const text = 'The 🙂 court of Appeals heard Smith. He won.';
  const file = [
    'T1\tCourt 6 22\tcourt of Appeals',
    'T2\tPerson 29 34\tSmith',
    'T3\tPerson 36 38\tHe',
    'T4\tHearing 23 28\theard',
    'R1\tHeardBy Arg1:T2 Arg2:T1\t',
    '*\tEquiv T2 T3',
    'E1\tHearing:T4 Judge:T1 Party2:T2',
    'A1\tTense T4 Past',
    '#1\tAnnotatorNotes T1\tA note with\ta tab',
  ].join('\n');

  it('gives relations, arguments of events and equivalences; places count code points', async () => {
    const { edges, relations } = await pairsOf(text, 'x.ann', file);
    assert.deepEqual(edges, [
      'Smith→court HeardBy',
      'He→Smith Equiv',
      'Smith→He Equiv',
      'court→heard Judge',
      'Smith→heard Party',
    ]);
    assert.deepEqual(relations.symmetric, ['Equiv']);
  });

  it('reads spans in several pieces, and Windows line ends', async () => {
    const content = 'T1\tX 0 3;9 11\tThe of\r\nT2\tX 29 34\tSmith\r\nR1\tr Arg1:T1 Arg2:T2\r\n';
    assert.deepEqual((await pairsOf(text, 'x.ann', content.replace('9 11', '12 14'))).edges, ['The→Smith r']);
  });

  it('is refused with the line of what is wrong', async () => {
    const at = (lines: string[], message: RegExp) =>
      refused(() => readBrat('bad.ann', lines.join('\n')), message);
    at(['T1\tCourt 4\tx'], /^Line 1 of “bad\.ann” has no type with offsets/);
    at(['T1\tCourt 4 4\tx'], /is empty/);
    at(['T1\tC 0 1\tx', 'T1\tC 0 1\tx'], /^Line 2 .*second time/);
    at(['', 'R1\tx T1 T2'], /^Line 2 .*no relation/);
    at(['R1\tx Arg1:T1 Arg2:T2'], /^Line 1 .*speaks of T1/);
    at(['T1\tC 0 1\tx', 'E1\tC:T1 Role:E9'], /^Line 2 .*speaks of E9/);
    at(['*\tEquiv T1'], /no equivalence/);
    at(['Hello'], /begins with “Hello”/);
    at(['E1\tC:E2', 'E2\tC:E1', 'R1\tr Arg1:E1 Arg2:E2'], /speaks of/);
    await assert.rejects(
      pairsOf('Something else entirely, and long enough.', 'x.ann', file),
      /Line 1 of “x\.ann” has “court of Appeals” where the text has “ing else entirel”/,
    );
  });

  it('never ends otherwise than with relations or a sentence', async () => {
    const line = fc.oneof(
      fc.tuple(fc.nat(5), fc.nat(50), fc.nat(50)).map(([id, a, b]) => `T${id}\tX ${a} ${b}`),
      fc.tuple(fc.nat(5), fc.nat(5)).map(([a, b]) => `R1\tr Arg1:T${a} Arg2:T${b}`),
      fc.tuple(fc.nat(5), fc.nat(5)).map(([a, b]) => `E${a}\tX:T${a} Role:E${b}`),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        try {
          const content = lines.join('\n');
          const { words, relations } = await alignRelations(text, { name: 'x.ann', content }, 0, noTree);
          for (const word of [...relations.from, ...relations.to])
            assert.ok(word >= 0 && word < words.text.length);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
        }
      }),
    );
  });
});
