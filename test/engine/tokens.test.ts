import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/engine/errors';
import { loadTokenizer } from '../../src/engine/tokens/load';
import { codePointStarts, toUtf16 } from '../../src/engine/tokens/offsets';
import type { EncodedText, ModelTokenizer } from '../../src/engine/tokens/tokenizer';
import { unicodeText } from './unicodeText';

interface GoldenInput {
  readonly name: string;
  readonly text: string;
  readonly text_pair?: string;
  readonly ids: number[];
  readonly tokens: string[];
  readonly offsets_utf16: [number, number][];
  readonly type_ids: number[];
  readonly special_tokens_mask: number[];
  readonly sequence_ids: (number | null)[];
  readonly padding?: unknown;
}

interface GoldenInputs {
  readonly tokenizer: Record<string, { readonly token: string; readonly id: number } | string>;
  readonly inputs: GoldenInput[];
}

const kept = join(__dirname, '../fixtures/tokens');
const full = process.env.HEADLIGHT_FIXTURES;

/** Folders with a tokenizer and golden inputs: the copies in the repository, and the full set where it is at hand. */
const folders = [kept, ...(full ? [full] : [])].flatMap((root) =>
  readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'tokenizer.json'))),
);

async function golden(folder: string): Promise<GoldenInputs> {
  return JSON.parse(await readFile(join(folder, 'inputs.json'), 'utf8')) as GoldenInputs;
}

function rangeOf(encoded: EncodedText, token: number): [number, number] {
  return [encoded.offsets[2 * token], encoded.offsets[2 * token + 1]];
}

function assertRanges(encoded: EncodedText, text: string): void {
  let reached = 0;
  for (let token = 0; token < encoded.ids.length; token++) {
    const [start, end] = rangeOf(encoded, token);
    if (encoded.special[token]) {
      assert.deepEqual([start, end], [-1, -1]);
      continue;
    }
    assert.ok(
      reached <= start && start <= end && end <= text.length,
      `[${start}, ${end}) after ${reached} in ${JSON.stringify(text)}`,
    );
    for (const at of [start, end]) {
      const inside = /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at));
      assert.ok(!inside, `${at} is inside a surrogate pair of ${JSON.stringify(text)}`);
    }
    reached = start;
  }
}

describe('positions of code points', () => {
  it('need no table where every code point is one UTF-16 unit', () => {
    assert.equal(codePointStarts('naïve 日本 \uD83D \uDE00'), undefined);
  });

  it('are those of iterating over the string, with lone surrogates counted as one', () => {
    fc.assert(
      fc.property(unicodeText, (text) => {
        const starts = codePointStarts(text);
        let unit = 0;
        [...text].forEach((character, index) => {
          assert.equal(toUtf16(index, starts, text), unit);
          unit += character.length;
        });
        assert.equal(toUtf16([...text].length, starts, text), text.length);
        assert.equal(toUtf16([...text].length + 9, starts, text), text.length);
      }),
    );
  });
});

for (const folder of folders) {
  describe(`the tokenizer of ${folder.startsWith(kept) ? 'test/fixtures/tokens' : 'HEADLIGHT_FIXTURES'}/${folder.split(/[\\/]/).at(-1) ?? ''}`, () => {
    let tokenizer: ModelTokenizer;
    before(async () => {
      tokenizer = await loadTokenizer(folder);
    });

    it('gives the golden ids, pieces, ranges, types and sequences', async () => {
      const { inputs } = await golden(folder);
      for (const input of inputs) {
        if (input.padding) continue;
        const encoded = await tokenizer.encode(input.text, input.text_pair);
        assert.deepEqual([...encoded.ids], input.ids, input.name);
        assert.deepEqual(encoded.pieces, input.tokens, input.name);
        assert.deepEqual([...encoded.special], input.special_tokens_mask, input.name);
        assert.deepEqual([...encoded.typeIds], input.type_ids, input.name);
        assert.ok(encoded.attentionMask.every((mask) => mask === 1));
        const ranges = input.offsets_utf16.map((range, token) =>
          input.special_tokens_mask[token] ? [-1, -1] : range,
        );
        assert.deepEqual(
          ranges.map((_, token) => rangeOf(encoded, token)),
          ranges,
          input.name,
        );
        assert.deepEqual(
          [...encoded.sequences],
          input.sequence_ids.map((sequence) => sequence ?? -1),
          input.name,
        );
      }
    });

    it('knows the special tokens of the model', async () => {
      for (const [role, token] of Object.entries((await golden(folder)).tokenizer)) {
        if (typeof token === 'string') continue;
        assert.deepEqual(tokenizer.specials[role as 'pad'], token, role);
        assert.ok(tokenizer.specials.ids.has(token.id));
      }
    });

    it('keeps the ranges of any text in order, inside the text and around whole characters', async () => {
      await fc.assert(
        fc.asyncProperty(unicodeText, async (text) => {
          assertRanges(await tokenizer.encode(text), text);
        }),
        { numRuns: 150 },
      );
    });

    it('shifts ranges by exactly the length of what is put before a text on a line of its own', async () => {
      await fc.assert(
        fc.asyncProperty(unicodeText, async (text) => {
          // Plain words after a line break are split the same way whatever stands before it.
          const tail = '\nlicence 42 copies';
          const alone = await tokenizer.encode(tail, undefined, { addSpecialTokens: false });
          const behind = await tokenizer.encode(`${text}.${tail}`, undefined, { addSpecialTokens: false });
          const last = (encoded: EncodedText, shift: number) =>
            encoded.pieces
              .map((piece, token) => ({ piece, from: rangeOf(encoded, token)[0] - shift }))
              .slice(-3);
          assert.deepEqual(last(behind, text.length + 1), last(alone, 0));
        }),
        { numRuns: 50 },
      );
    });

    it('counts characters at the beginning that it drops', async () => {
      for (const text of ['\u0003\u0001licence 42', '\u007f 42', '\ufeff42', '\u200b\u00ad42', '\n\t42']) {
        const encoded = await tokenizer.encode(text, text, { addSpecialTokens: false });
        assert.equal(rangeOf(encoded, encoded.ids.length - 1)[1], text.length, JSON.stringify(text));
        const first = encoded.sequences.lastIndexOf(0);
        assert.equal(rangeOf(encoded, first)[1], text.length, JSON.stringify(text));
      }
    });

    it('adds no special tokens when asked not to', async () => {
      const encoded = await tokenizer.encode('Everyone may copy.', undefined, { addSpecialTokens: false });
      assert.ok(encoded.special.every((special) => special === 0));
      assert.equal(
        (await tokenizer.encode('Everyone may copy.')).ids.length,
        encoded.ids.length + (await tokenizer.addedTokens()),
      );
    });
  });
}

describe('the ranges of tokens', () => {
  let wordPiece: ModelTokenizer;
  let bytePair: ModelTokenizer;
  before(async () => {
    wordPiece = await loadTokenizer(join(kept, 'bert'));
    bytePair = await loadTokenizer(join(kept, 'gpt2'));
  });
  const covered = (encoded: EncodedText, text: string) =>
    [...encoded.ids.keys()]
      .filter((token) => !encoded.special[token])
      .map((token) => text.slice(...rangeOf(encoded, token)));

  it('are exact over CRLF and tabs', async () => {
    const text = 'a\r\n\tb\r\nc';
    assert.deepEqual(covered(await wordPiece.encode(text), text), ['a', 'b', 'c']);
    assert.equal(covered(await bytePair.encode(text), text).join(''), text);
  });

  it('give all bytes of one character the whole character', async () => {
    const text = 'x👩‍💻';
    assert.deepEqual([...new Set(covered(await bytePair.encode(text), text))], ['x', '👩', '\u200d', '💻']);
  });

  it('survive lone surrogates', async () => {
    const text = 'a\uD800b\uDC00😀c';
    const encoded = await bytePair.encode(text);
    assert.deepEqual([...new Set(covered(encoded, text))], ['a', '\uD800', 'b', '\uDC00', '😀', 'c']);
    assertRanges(await wordPiece.encode(text), text);
  });

  it('cover an accent that the tokenizer strips, or leave it out, but never shift', async () => {
    const text = 'nai\u0308ve copy';
    const encoded = await wordPiece.encode(text);
    assert.equal(covered(encoded, text).at(-1), 'copy');
  });

  it('count a special token that stands in the text as part of the text', async () => {
    const text = 'the [MASK] copy';
    const encoded = await wordPiece.encode(text);
    const mask = encoded.ids.indexOf(wordPiece.specials.mask?.id ?? -1);
    assert.equal(encoded.special[mask], 0);
    assert.equal(text.slice(...rangeOf(encoded, mask)), '[MASK]');
  });
});

describe('finding a token that a user names', () => {
  it('takes the piece as the vocabulary writes it, as it stands in a text, and the bare word', async () => {
    const tokenizer = await loadTokenizer(join(kept, 'gpt2'));
    const the = tokenizer.idOf('Ġthe');
    assert.ok(the !== undefined);
    for (const name of ['Ġthe', ' the', 'the']) assert.equal(await tokenizer.idOfText(name), the, name);
    assert.equal(await tokenizer.idOfText('no single token says this'), undefined);
    assert.equal(await tokenizer.decode([the]), ' the');
  });
});

describe('a model folder without tokenizer.json', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headlight-tokens-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function copyOf(
    name: string,
    withoutSpec: (spec: {
      model: { vocab: Record<string, number>; merges: string[] | string[][] };
    }) => Record<string, string>,
  ) {
    const from = join(full && existsSync(join(full, name)) ? full : kept, name);
    const spec = JSON.parse(await readFile(join(from, 'tokenizer.json'), 'utf8')) as {
      model: { vocab: Record<string, number>; merges: string[] };
    };
    const to = await mkdtemp(join(folder, name));
    for (const [file, content] of Object.entries(withoutSpec(spec))) await writeFile(join(to, file), content);
    for (const file of ['tokenizer_config.json', 'config.json']) {
      if (existsSync(join(from, file))) await writeFile(join(to, file), await readFile(join(from, file)));
    }
    return {
      original: await loadTokenizer(from),
      rebuilt: await loadTokenizer(to),
      inputs: (await golden(from)).inputs,
    };
  }

  const vocabTxt = ({ model }: { model: { vocab: Record<string, number> } }) => ({
    'vocab.txt': Object.entries(model.vocab)
      .sort((a, b) => a[1] - b[1])
      .map(([piece]) => `${piece}\n`)
      .join(''),
  });
  const vocabAndMerges = ({
    model,
  }: {
    model: { vocab: Record<string, number>; merges: string[] | string[][] };
  }) => ({
    'vocab.json': JSON.stringify(model.vocab),
    'merges.txt': [
      '#version: 0.2',
      ...model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' '))),
      '',
    ].join('\n'),
  });

  const cases = [
    ['bert', vocabTxt],
    ['gpt2', vocabAndMerges],
    ...(full ? (['distilbert', 'electra'] as const).map((name) => [name, vocabTxt] as const) : []),
    ...(full
      ? (['roberta', 'bart', 'qwen2', 'clip'] as const).map((name) => [name, vocabAndMerges] as const)
      : []),
  ] as const;
  for (const [name, files] of cases) {
    it(`gives the same tokens from the vocabulary files of ${name}`, async () => {
      const { original, rebuilt, inputs } = await copyOf(name, files);
      for (const { text, text_pair } of inputs) {
        assert.deepEqual(await rebuilt.encode(text, text_pair), await original.encode(text, text_pair));
      }
      await fc.assert(
        fc.asyncProperty(unicodeText, async (text) => {
          assert.deepEqual(await rebuilt.encode(text), await original.encode(text));
        }),
        { numRuns: 60 },
      );
      assert.deepEqual(rebuilt.specials, original.specials);
      assert.equal(rebuilt.vocabularySize, original.vocabularySize);
    });
  }

  it('is cased where do_lower_case is false, or not said and the vocabulary has capitals', async () => {
    const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'The', 'the', 'fox'].join('\n');
    const to = await mkdtemp(join(folder, 'cased'));
    await writeFile(join(to, 'vocab.txt'), vocabulary);
    assert.deepEqual((await (await loadTokenizer(to)).encode('The fox')).pieces, [
      '[CLS]',
      'The',
      'fox',
      '[SEP]',
    ]);
    await writeFile(join(to, 'tokenizer_config.json'), '{"do_lower_case": true}');
    assert.deepEqual((await (await loadTokenizer(to)).encode('The fox')).pieces, [
      '[CLS]',
      'the',
      'fox',
      '[SEP]',
    ]);
  });

  async function failure(files: Record<string, string>): Promise<string> {
    const to = await mkdtemp(join(folder, 'bad'));
    for (const [file, content] of Object.entries(files)) await writeFile(join(to, file), content);
    let message = '';
    await assert.rejects(loadTokenizer(to), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.kind, 'model');
      assert.ok(error.message.includes(to), error.message);
      message = error.message;
      return true;
    });
    return message;
  }

  it('is refused with a sentence that says what to put there', async () => {
    assert.match(await failure({}), /No tokenizer.*tokenizer\.json/);
    assert.match(await failure({ 'spiece.model': 'x' }), /SentencePiece.*save_pretrained/);
    assert.match(await failure({ 'vocab.json': '{}' }), /No tokenizer/);
    assert.match(await failure({ 'tokenizer.json': '{"model": {' }), /not valid JSON/);
    assert.match(await failure({ 'tokenizer.json': '[]' }), /should hold a JSON object/);
    assert.match(
      await failure({ 'tokenizer.json': '{"model": {"type": "BPE"}}' }),
      /does not describe a tokenizer/,
    );
    const template = JSON.parse(await readFile(join(kept, 'bert/tokenizer.json'), 'utf8')) as {
      post_processor: { special_tokens: Record<string, unknown> };
    };
    delete template.post_processor.special_tokens['[SEP]'];
    assert.match(
      await failure({ 'tokenizer.json': JSON.stringify(template) }),
      /puts \[SEP\] around a text, but does not say which token that is/,
    );
    assert.match(await failure({ 'vocab.txt': 'a\nb\n' }), /no \[UNK\]/);
    assert.match(
      await failure({
        'vocab.json': '{"a": 0}',
        'merges.txt': '',
        'tokenizer_config.json': '{"tokenizer_class": "XLMTokenizer"}',
      }),
      /how a XLM tokenizer splits text/,
    );
    assert.match(
      await failure({ 'vocab.json': '{"a": 0}', 'merges.txt': 'a b' }),
      /vocab\.json.*out of vocabulary/,
    );
  });
});
