import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { DataSetScores } from '../../src/protocol/dataSet';

const repository = join(__dirname, '../..');
const model = 'headlight-encoder-sentiment';
const treebank = readFileSync(join(__dirname, '../fixtures/parses.conllu'), 'utf8');
const blocks = treebank.split(/\n\n+/).filter((block) => block.includes('# text = '));
const texts = blocks.map((block) => /^# text = (.*)$/m.exec(block)?.[1] ?? '');
const least = 4;

interface Count {
  count: number;
  /** By direction, then layer and head. */
  readonly hits: [number[][], number[][]];
  readonly guesses: Map<number, number>;
}

/** Clark et al. 2019, section 4.2, as it is written there: word by word from the word-level attention of single inspections. */
async function countedByHand(engine: Engine): Promise<Map<string, Count>> {
  const counts = new Map<string, Count>();
  for (const [number, text] of texts.entries()) {
    const {
      id,
      words,
      parse,
      tokens,
      blocks: stacks,
    } = await engine.inspect(10 + number, {
      model,
      text,
      parse: { conllu: blocks[number] },
    });
    assert.ok(parse);
    const [{ layers, heads }] = stacks;
    const all = Array.from({ length: layers * heads }, (_, at) => ({
      block: 'self' as const,
      layer: Math.floor(at / heads),
      head: at % heads,
    }));
    const attention = await engine.attention(1000 + number, { inspection: id, heads: all, level: 'word' });
    const size = words.text.length;
    parse.relations.forEach((relation, word) => {
      const parent = parse.heads[word];
      if (parent < 0 || relation === 'root' || relation === 'punct') return;
      // A word that shares its only token with the one before it is none that any head can find.
      if (!tokens.words.includes(word) || !tokens.words.includes(parent)) return;
      let entry = counts.get(relation);
      if (entry === undefined) {
        const empty = () => Array.from({ length: layers }, () => new Array<number>(heads).fill(0));
        entry = { count: 0, hits: [empty(), empty()], guesses: new Map() };
        counts.set(relation, entry);
      }
      entry.count++;
      for (const offset of [-3, -2, -1, 1, 2])
        if (word + offset === parent) entry.guesses.set(offset, (entry.guesses.get(offset) ?? 0) + 1);
      for (const [at, { layer, head }] of all.entries()) {
        const others = Array.from({ length: size }, (_, other) => other).filter((other) => other !== word);
        const most = (weight: (other: number) => number): number =>
          others.reduce((best, other) => (weight(other) > weight(best) ? other : best));
        if (most((other) => attention[at].data[word * size + other]) === parent) entry.hits[0][layer][head]++;
        if (most((other) => attention[at].data[other * size + word]) === parent) entry.hits[1][layer][head]++;
      }
    });
  }
  return counts;
}

describe('syntactic scores over a data set', () => {
  let folder: string;
  let scores: DataSetScores;
  let expected: Map<string, Count>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-scores-'));
    const conllu = join(folder, 'trees.conllu');
    writeFileSync(conllu, treebank);
    const engine = new Engine({
      modelsFolder: join(repository, 'media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    const { id } = await engine.openDataSet(1, {
      source: { kind: 'lines', name: 'trees', text: [...texts, 'Not in the treebank.'].join('\n') },
      columns: {},
      model,
      scores: true,
      conllu,
      leastInstances: least,
    });
    await engine.runDataSet(2, id);
    scores = await engine.dataSetScores(3, id);
    expected = await countedByHand(engine);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('counts each relation in both directions as Clark et al. do, and ranks the heads', () => {
    const [{ relations }] = scores.blocks;
    assert.deepEqual(new Set(relations.map(({ relation }) => relation)), new Set(expected.keys()));
    assert.ok(relations.every((ranking, at) => at === 0 || relations[at - 1].count >= ranking.count));
    for (const { relation, count, direction, heads, baseline } of relations) {
      const entry = expected.get(relation);
      assert.ok(entry);
      assert.equal(count, entry.count, relation);
      assert.ok(Math.abs(baseline.accuracy - Math.max(0, ...entry.guesses.values()) / count) < 1e-12);
      const hits = entry.hits[direction === 'dependent → head' ? 0 : 1];
      const falling = hits.flat().sort((a, b) => b - a);
      heads.forEach(({ layer, head, accuracy }, rank) => {
        assert.equal(accuracy, hits[layer][head] / count, `${relation} of ${layer}.${head}`);
        assert.equal(accuracy, falling[rank] / count);
      });
    }
  });

  it('gives a head its best accuracy over frequent relations, where that beats every fixed distance, else 0', () => {
    const [{ heads, measures }] = scores.blocks;
    const { syntactic } = measures;
    assert.ok(syntactic);
    syntactic.forEach((score, at) => {
      let best = 0;
      for (const { count, hits, guesses } of expected.values()) {
        if (count < least) continue;
        for (const direction of hits) {
          const accuracy = direction[Math.floor(at / heads)][at % heads] / count;
          if (accuracy > Math.max(0, ...guesses.values()) / count) best = Math.max(best, accuracy);
        }
      }
      assert.ok(Math.abs(score - best) < 1e-6, `head ${at}: ${score}, not ${best}`);
    });
    assert.ok(syntactic.some((score) => score > 0) && syntactic.some((score) => score === 0));
  });

  it('says which texts have no tree, and counts the words of the others', () => {
    assert.equal(scores.texts, texts.length + 1);
    assert.equal(scores.parsed, texts.length);
    const words = treebank.split('\n').filter((line) => /^\d+\t/.test(line)).length;
    assert.equal(scores.words, words);
    assert.match(scores.notes.join(' '), /^1 text is not in the CoNLL-U file/);
  });
});
