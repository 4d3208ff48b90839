import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { readSafetensorsFile, writeSafetensorsFile } from '../../src/engine/safetensors';
import { Engine } from '../../src/engine/session/engine';
import type { InspectionResult } from '../../src/engine/session/inspect';
import { tensorMetadata } from '../../src/engine/session/tensorMetadata';
import { tensorTable } from '../../src/engine/session/tensorTable';
import type { HeadMeasureName, Inspection } from '../../src/protocol/inspection';
import type { Numbers, Tensor } from '../../src/protocol/tensor';
import { dodrioFiles } from './measuresGolden';

const folder = mkdtempSync(join(tmpdir(), 'headlight-attention-'));
after(() => rmSync(folder, { recursive: true }));

const engine = new Engine({
  modelsFolder: resolve(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});
const open = (path: string): Promise<Inspection> => engine.openAttention(1, { path });

/** Softmax rows over `tokens` tokens, all different. [heads, tokens, tokens] */
function attentionOf(heads: number, tokens: number): Tensor {
  const data = new Float32Array(heads * tokens * tokens);
  for (let row = 0; row < heads * tokens; row++) {
    const scores = Array.from({ length: tokens }, (_, j) => Math.exp(Math.sin(3 * row + 2 * j) * 2));
    const sum = scores.reduce((a, b) => a + b);
    scores.forEach((score, j) => (data[row * tokens + j] = score / sum));
  }
  return { data, dims: [heads, tokens, tokens] };
}

let written = 0;
async function fileOf(
  tensors: Readonly<Record<string, Tensor<Numbers>>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(folder, `${written++}.safetensors`);
  await writeSafetensorsFile(path, Object.entries(tensors), metadata);
  return path;
}

function assertNear(
  found: ArrayLike<number> | undefined,
  wanted: ArrayLike<number>,
  within: number,
  what: string,
) {
  assert.equal(found?.length, wanted.length, what);
  for (let i = 0; i < wanted.length; i++) {
    if (Number.isNaN(wanted[i]) && Number.isNaN(found?.[i])) continue;
    assert.ok(
      Math.abs((found?.[i] ?? NaN) - wanted[i]) <= within,
      `${what} ${i}: ${found?.[i]}, not ${wanted[i]}`,
    );
  }
}

for (const path of dodrioFiles()) {
  describe(`opening ${path.replace(/^.*\//, '')} as Dodrio published it`, () => {
    let inspection: Inspection;
    let table: ReadonlyMap<string, Tensor<Numbers>>;
    before(async () => {
      inspection = await open(path);
      table = (await readSafetensorsFile(path)).tensors;
    });
    const numbers = (name: string): Float32Array => table.get(name)?.data as Float32Array;

    it('the overview shows its tables: semantic, confidence and syntactic', () => {
      const [{ measures, layers, heads, syntax }] = inspection.blocks;
      assert.deepEqual([layers, heads], [12, 12]);
      assertNear(measures.semantic, numbers('published_semantic'), 2e-4, 'semantic');
      assertNear(measures.confidence, numbers('confidence'), 2e-4, 'confidence');
      const directions = [numbers('syntactic_dependent_to_head'), numbers('syntactic_head_to_dependent')];
      assertNear(syntax?.overall, [...directions[0], ...directions[1]], 2e-4, 'by direction');
      const better = directions[0].map((score, i) => Math.max(score, directions[1][i]));
      assertNear(measures.syntactic, better, 2e-4, 'syntactic');
    });

    it('the attention between words is the published one', async () => {
      const head = { block: 'self', layer: 7, head: 10 } as const;
      const [tensor] = await engine.attention(1, { inspection: inspection.id, heads: [head], level: 'word' });
      const whole = table.get('word_attention_L7H10');
      const size = whole?.dims[0] ?? 0;
      // There the special tokens are the first and the last word.
      const inner = Array.from({ length: size - 2 }, (_, i) =>
        Array.from((whole?.data as Float32Array).subarray((i + 1) * size + 1, (i + 2) * size - 1)),
      ).flat();
      assertNear(tensor.data, inner, 1e-5, 'word attention');
    });

    it('text, words and prediction are there; no model is', () => {
      assert.equal(inspection.tokens.pieces.length, inspection.saliency['gradient-l1']?.length);
      const { tokens, text } = inspection;
      const piece = tokens.special.findLastIndex((flag) => flag === 0);
      assert.equal(
        text.slice(tokens.offsets[2 * piece], tokens.offsets[2 * piece + 1]),
        tokens.pieces[piece].replace('##', ''),
      );
      assert.match(inspection.target?.label ?? '', /^(?:positive|negative)$/);
      assert.ok((inspection.target?.probability ?? 0) > 0.5);
      assert.equal(inspection.attentionFile, path);
      assert.match(inspection.notes[0], /^Read from sst2-.*no model was run/);
    });
  });
}

describe('opening what Headlight itself has written', () => {
  let result: InspectionResult;
  let opened: Inspection;
  before(async () => {
    const text = 'The film 🎬 is slow, but its quiet performances stay with you.';
    result = await engine.inspectCompletely(1, { model: 'headlight-encoder-sentiment', text });
    const path = join(folder, 'own.safetensors');
    await writeSafetensorsFile(path, tensorTable(result), tensorMetadata(result.inspection));
    opened = await open(path);
  });

  it('everything that is known of the text comes back', () => {
    const { inspection } = result;
    for (const key of ['text', 'tokens', 'words', 'prediction', 'target', 'saliency'] as const)
      assert.deepEqual(opened[key], inspection[key], key);
    assert.deepEqual({ ...opened.parse, source: 'parser' }, inspection.parse);
    assert.equal(opened.model.name, inspection.model.name);
    assert.deepEqual(opened.model.labels, inspection.model.labels);
    assert.match(opened.notes[0], /own\.safetensors/);
  });

  it('measures of heads are the same, also those that attention alone does not give', () => {
    const [mine] = opened.blocks;
    const [theirs] = result.inspection.blocks;
    const names = Object.keys(theirs.measures) as HeadMeasureName[];
    assert.ok(
      names.includes('importance') && names.includes('attention-gradient') && names.includes('syntactic'),
    );
    // The separators of a vocabulary are not known without its tokenizer.
    for (const name of names.filter((one) => one !== 'separator'))
      assertNear(mine.measures[name], theirs.measures[name] ?? [], 1e-6, name);
    assert.deepEqual(mine.thumbnails, theirs.thumbnails);
    assert.deepEqual(mine.syntax, theirs.syntax);
  });

  it('attention is read from the file, head by head', async () => {
    for (const [layer, tensor] of (result.attentions.get('self') ?? []).entries()) {
      const heads = Array.from({ length: tensor.dims[0] }, (_, head) => ({
        block: 'self' as const,
        layer,
        head,
      }));
      const read = await engine.attention(1, { inspection: opened.id, heads, level: 'token' });
      assert.deepEqual(
        read.flatMap(({ data }) => [...data]),
        [...tensor.data],
      );
    }
  });
});

describe('opening what another program has written', () => {
  const tokens = ['[CLS]', 'so', '🎬', 'film', '##s', '!', '[SEP]'];
  const ranges = Int32Array.from([0, 0, 0, 2, 3, 4, 5, 9, 9, 10, 10, 11, 0, 0]);

  it('a batch of one, offsets in code points and logits with labels, as PyTorch has them', async () => {
    const attention = attentionOf(3, 7);
    const path = await fileOf(
      {
        'attentions.self.0': { ...attention, dims: [1, 3, 7, 7] },
        'attentions.self.1': attention,
        offsets: { data: BigInt64Array.from(ranges, BigInt), dims: [7, 2] },
        logits: { data: Float32Array.of(-1, 2), dims: [1, 2] },
        'saliency.gradient-l1': { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7), dims: [7] },
        'saliency.deeplift': { data: new Float32Array(7), dims: [7] },
      },
      {
        text: 'So 🎬 films!',
        tokens: JSON.stringify(tokens),
        labels: '["bad", "good"]',
        offsets_unit: 'code points',
        model: 'my-bert',
      },
    );
    const inspection = await open(path);
    const { offsets, special } = inspection.tokens;
    assert.deepEqual([...special], [1, 0, 0, 0, 0, 0, 1]);
    assert.equal(inspection.text.slice(offsets[4], offsets[5]), '🎬');
    assert.equal(inspection.text.slice(offsets[8], offsets[9]), 's');
    assert.equal(inspection.model.name, 'my-bert');
    const probability = 1 / (1 + Math.exp(-3));
    assert.equal(inspection.target?.label, 'good');
    assert.ok(Math.abs(inspection.target.probability - probability) < 1e-6);
    assert.ok(inspection.notes.some((note) => note.includes('deeplift')));
    const [block] = inspection.blocks;
    assert.deepEqual([block.layers, block.heads], [2, 3]);
    // The cosine of the saliency and the column sums, by hand for head 0.1.
    const columns = Array.from({ length: 7 }, (_, j) =>
      [0, 1, 2, 3, 4, 5, 6].reduce((sum, i) => sum + attention.data[49 + 7 * i + j], 0),
    );
    const dot = columns.reduce((sum, value, j) => sum + value * (j + 1), 0);
    assert.ok(
      Math.abs(
        (block.measures.semantic?.[1] ?? 0) - dot / Math.hypot(...columns) / Math.hypot(1, 2, 3, 4, 5, 6, 7),
      ) < 1e-6,
    );
  });

  it('attention alone is enough: positions stand for tokens', async () => {
    const inspection = await open(
      await fileOf({ 'attentions.self': { ...attentionOf(4, 5), dims: [2, 2, 5, 5] } }),
    );
    assert.deepEqual(inspection.tokens.pieces, ['0', '1', '2', '3', '4']);
    assert.equal(inspection.prediction, undefined);
    assert.equal(inspection.target, undefined);
    assert.deepEqual(inspection.saliency, {});
    assert.deepEqual([inspection.blocks[0].layers, inspection.blocks[0].heads], [2, 2]);
    const heads = [{ block: 'self', layer: 1, head: 0 }] as const;
    const [tensor] = await engine.attention(1, { inspection: inspection.id, heads, level: 'token' });
    assert.deepEqual(tensor.data, attentionOf(4, 5).data.slice(50, 75));
  });

  it('a text is made of the tokens where there is none', async () => {
    const texts: Record<string, readonly string[]> = {
      'so films!': ['[CLS]', 'so', 'film', '##s', '##!', '[SEP]'],
      'So films!': ['<s>', '▁So', '▁film', 's', '!', '</s>'],
      'so films': ['Ġso', 'Ġfilm', 's'],
      'so fil ms': ['so', 'fil', 'ms'],
      'so films .': ['so</w>', 'film', 's</w>', '.</w>'],
    };
    for (const [text, pieces] of Object.entries(texts)) {
      const path = await fileOf(
        { 'attentions.self.0': attentionOf(1, pieces.length) },
        { tokens: JSON.stringify(pieces) },
      );
      assert.equal((await open(path)).text, text);
    }
  });

  it('encoder, decoder and cross attention are over two texts', async () => {
    const rows = (queries: number, keys: number): Tensor => ({
      data: new Float32Array(2 * queries * keys).fill(1 / keys),
      dims: [2, queries, keys],
    });
    const inspection = await open(
      await fileOf(
        {
          'attentions.encoder.0': rows(3, 3),
          'attentions.decoder.0': rows(2, 2),
          'attentions.cross.0': rows(2, 3),
        },
        { tokens: '["▁a", "▁b", "</s>"]', decoder_tokens: '["<s>", "▁x"]' },
      ),
    );
    assert.deepEqual(
      inspection.blocks.map(({ name }) => name),
      ['encoder', 'decoder', 'cross'],
    );
    assert.equal(inspection.text, 'a b');
    assert.equal(inspection.pairText, 'x');
    assert.equal(inspection.pair?.pieces.length, 2);
  });

  it('rows that are no probabilities are told of', async () => {
    const scores: Tensor = { data: attentionOf(2, 3).data.map((weight) => weight * 7), dims: [2, 3, 3] };
    const { notes } = await open(await fileOf({ 'attentions.self.0': scores }));
    assert.match(
      notes.join('\n'),
      /In 2 of 2 heads .* rows that do not sum to 1 \(the first: row 0 of head 0\.0, 7\.0\)/,
    );
    const fine = await open(await fileOf({ 'attentions.self.0': attentionOf(2, 3) }));
    assert.doesNotMatch(fine.notes.join('\n'), /sum to 1/);
  });

  it('nothing is asked of a model that is not there', async () => {
    const { id } = await open(await fileOf({ 'attentions.self.0': attentionOf(1, 3) }));
    await assert.rejects(
      engine.expectations(1, { inspection: id, leastBits: 1 }),
      (error: unknown) => error instanceof UserError && /no model that could be run/.test(error.message),
    );
  });
});

describe('files that cannot be opened say why', () => {
  const good = attentionOf(2, 3);
  const f32 = (...dims: number[]): Tensor => ({
    data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
    dims,
  });
  const cases: readonly (readonly [
    string,
    Record<string, Tensor<Numbers>>,
    Record<string, string>,
    RegExp,
  ])[] = [
    ['nothing in it', {}, {}, /has no attention: there is no tensor “attentions\.self\.0”/],
    ['another block', { 'attentions.foo.0': good }, {}, /“attentions\.foo\.0”; blocks are called self/],
    ['a gap', { 'attentions.self.0': good, 'attentions.self.2': good }, {}, /none with the number 1/],
    ['a batch', { 'attentions.self.0': f32(2, 1, 3, 3) }, {}, /batch of 2 texts/],
    ['a vector', { 'attentions.self.0': f32(3) }, {}, /shape \[3\], not \[heads, queries, keys\]/],
    ['no heads', { 'attentions.self.0': f32(0, 3, 3) }, {}, /shape \[0, 3, 3\]/],
    ['a cache', { 'attentions.self.0': f32(2, 1, 3) }, {}, /1 rows for 3 columns.*use_cache=False/],
    [
      'two texts',
      { 'attentions.self.0': good, 'attentions.self.1': f32(2, 4, 4) },
      {},
      /layer 1 .* 4 × 4 tokens, layer 0 over 3 × 3/,
    ],
    [
      'whole numbers',
      { 'attentions.self.0': { data: new Int32Array(9), dims: [1, 3, 3] } },
      {},
      /elements of type I32/,
    ],
    [
      'tokens of another text',
      { 'attentions.self.0': good },
      { tokens: '["a"]' },
      /“tokens” have 1 entries, the attention has 3/,
    ],
    ['tokens that are no list', { 'attentions.self.0': good }, { tokens: 'a b c' }, /“tokens” are not JSON/],
    [
      'tokens that are no strings',
      { 'attentions.self.0': good },
      { tokens: '[1, 2, 3]' },
      /not a JSON list of strings/,
    ],
    [
      'offsets outside',
      { 'attentions.self.0': good, offsets: { data: Int32Array.of(0, 1, 1, 99, 2, 3), dims: [3, 2] } },
      { text: 'abc' },
      /places token 1 outside its text, which has 3/,
    ],
    [
      'saliency of another text',
      { 'attentions.self.0': good, 'saliency.occlusion': f32(4) },
      {},
      /“saliency\.occlusion” has the shape \[4\], not \[3\]/,
    ],
    [
      'a parse that is a ring',
      { 'attentions.self.0': good, 'relations.heads': { data: Int32Array.of(1, 2, 0), dims: [3] } },
      { text: 'a b c', tokens: '["a", "b", "c"]', words: '["a", "b", "c"]' },
      /word \d depends on itself/,
    ],
    [
      'a parent that is no word',
      { 'attentions.self.0': good, 'relations.heads': { data: Int32Array.of(1, 7, -1), dims: [3] } },
      { text: 'a b c', tokens: '["a", "b", "c"]', words: '["a", "b", "c"]' },
      /word 1 the parent 7/,
    ],
    [
      'a prediction of something else',
      { 'attentions.self.0': good },
      { prediction: '{"kind": "class"}' },
      /“prediction” are not as/,
    ],
    [
      'too many heads',
      { 'attentions.self': f32(20_001, 1, 1, 1) },
      {},
      /20001 heads, more than can be shown/,
    ],
    [
      'other measures',
      { 'attentions.self.0': good, 'heads.importance': f32(3, 2) },
      {},
      /“heads\.importance” has the shape \[3, 2\], not \[1, 2\]/,
    ],
  ];
  for (const [name, tensors, metadata, pattern] of cases) {
    it(name, async () => {
      const path = await fileOf(tensors, metadata);
      await assert.rejects(
        open(path),
        (error: unknown) => error instanceof UserError && pattern.test(error.message),
      );
    });
  }

  it('no file, and one that was cut short after it was opened', async () => {
    await assert.rejects(open(join(folder, 'none.safetensors')), /no such file or directory/);
    const path = await fileOf({ 'attentions.self.0': good });
    const { id } = await open(path);
    truncateSync(path, 100);
    const heads = [{ block: 'self', layer: 0, head: 0 }] as const;
    await assert.rejects(
      engine.attention(1, { inspection: id, heads, level: 'token' }),
      /has changed since it was opened/,
    );
    await assert.rejects(open(path), /cannot be read/);
  });
});
