import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Parse, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import { sessionOptions } from '../onnx/sessionOptions';
import { loadTokenizer } from '../tokens/load';
import { isObject } from '../tokens/specials';
import type { ModelTokenizer } from '../tokens/tokenizer';
import { maximumSpanningTree } from './mst';

/** The part of an onnxruntime session that the parser uses. */
export type ParserSession = Pick<InferenceSession, 'run' | 'release'>;

/** The tree of one sentence of `W` words. */
export interface SentenceParse {
  /** [W] parent within the sentence, −1 for a root. */
  readonly heads: Int32Array;
  readonly relations: readonly string[];
  readonly upos: readonly string[];
  /** Into how many parts the sentence was cut because the model cannot take it whole; each part has a root. */
  readonly parts: number;
}

/** What the parser's `config.json` says beyond the encoder's own settings. */
interface ParserConfig {
  readonly relations: readonly string[];
  readonly upos: readonly string[];
  /** Most pieces of a sentence, [CLS] and [SEP] included. */
  readonly positions: number;
}

/** Pieces of one word that are looked at: its first and its last ones, since the model takes the mean of these two. */
const piecesPerWord = 64;
/** Words² × sentences, and pieces, of one run at most: bounds the relation scores, [B, 49, W, W + 1], to some 25 MB. */
const arcsPerRun = 128 * 1024;
const piecesPerRun = 4096;

/**
 * A biaffine dependency parser (Dozat & Manning 2017) as an ONNX model with the inputs `input_ids`, `attention_mask`,
 * `word_starts` and the outputs `arc_scores`, `rel_scores`, `upos_logits`; the shapes stand in its `config.json`.
 */
export class DependencyParser {
  private constructor(
    private readonly folder: string,
    private readonly tokenizer: ModelTokenizer,
    private readonly config: ParserConfig,
    private session: Promise<ParserSession> | undefined,
  ) {}

  /**
   * Reads the parser in a model folder; the session is opened by the first parse, unless one is given.
   * @throws UserError where the folder holds no such parser
   */
  static async load(folder: string, session?: ParserSession): Promise<DependencyParser> {
    const [tokenizer, config] = await Promise.all([loadTokenizer(folder), readConfig(folder)]);
    if (!tokenizer.specials.cls || !tokenizer.specials.sep) {
      throw new UserError(
        `The tokenizer in ${folder} has no [CLS] and [SEP], so this is not a dependency parser; use the built-in one.`,
        'model',
      );
    }
    return new DependencyParser(folder, tokenizer, config, session ? Promise.resolve(session) : undefined);
  }

  /**
   * Parses sentences, those of similar length together.
   *
   * @param sentences words as Universal Dependencies has them: contractions split, punctuation apart
   * @returns one tree per sentence, in the order given
   */
  async parse(sentences: readonly (readonly string[])[]): Promise<SentenceParse[]> {
    const parts: Part[] = [];
    for (const [sentence, words] of sentences.entries()) {
      for (const part of partsOf(await this.tokenizer.encodeWords(words), words, this.config.positions - 2)) {
        parts.push({ ...part, sentence });
      }
    }
    const results = sentences.map((words) => ({
      heads: new Int32Array(words.length).fill(-1),
      relations: new Array<string>(words.length).fill('root'),
      upos: new Array<string>(words.length).fill(''),
      parts: 0,
    }));
    for (const batch of batchesOf(parts)) {
      for (const { part, tree } of await this.run(batch)) {
        const result = results[part.sentence];
        result.parts++;
        tree.heads.forEach((head, word) => {
          result.heads[part.start + word] = head < 0 ? -1 : part.start + head;
          result.relations[part.start + word] = tree.relations[word];
          result.upos[part.start + word] = tree.upos[word];
        });
      }
    }
    return results;
  }

  /**
   * Parses the words of a text, sentence by sentence.
   *
   * @returns the parse over all words, and sentences for the user about what could not be parsed as it stands
   */
  async parseWords(words: WordRow): Promise<{ readonly parse: Parse; readonly notes: readonly string[] }> {
    const sentences = sentenceRanges(words.sentences);
    const trees = await this.parse(sentences.map(([from, to]) => words.text.slice(from, to)));
    const heads = new Int32Array(words.text.length);
    const notes: string[] = [];
    sentences.forEach(([from, to], sentence) => {
      const tree = trees[sentence];
      tree.heads.forEach((head, word) => {
        heads[from + word] = head < 0 ? -1 : from + head;
      });
      if (tree.parts > 1) {
        notes.push(
          `A sentence of ${to - from} words is longer than the parser takes and was parsed in ${tree.parts} parts.`,
        );
      }
    });
    return {
      parse: {
        heads,
        relations: trees.flatMap((tree) => tree.relations),
        upos: trees.flatMap((tree) => tree.upos),
        source: 'parser',
      },
      notes,
    };
  }

  /** Frees the session's memory; the next parse opens it again. */
  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    await (await session)?.release();
  }

  private async opened(): Promise<ParserSession> {
    const file = join(this.folder, 'onnx', 'model.onnx');
    this.session ??= InferenceSession.create(file, sessionOptions()).catch((cause: unknown) => {
      this.session = undefined;
      throw new UserError(
        `The dependency parser cannot be loaded from ${file}; install the extension again.`,
        'model',
        {
          cause,
        },
      );
    });
    return this.session;
  }

  private async run(batch: readonly Part[]): Promise<{ part: Part; tree: Omit<SentenceParse, 'parts'> }[]> {
    const session = await this.opened();
    const outputs = await session.run(this.feeds(batch));
    const arcs = floats(outputs, 'arc_scores');
    const relations = floats(outputs, 'rel_scores');
    const upos = floats(outputs, 'upos_logits');
    const [, width, columns] = arcs.dims;
    const perSentence = width * columns;
    return batch.map((part, index) => {
      const count = part.words.length;
      const scores = arcs.data.subarray(index * perSentence, (index + 1) * perSentence);
      const heads = maximumSpanningTree(scores, count, columns);
      const names = this.config.relations;
      const block = index * names.length * perSentence;
      return {
        part,
        tree: {
          heads,
          relations: Array.from(heads, (head, word) => {
            if (head < 0) return 'root';
            const cell = block + word * columns + head + 1;
            // `root` is the relation of the arc from ROOT and of no other.
            return names[
              best(names.length, (r) =>
                names[r] === 'root' ? -Infinity : relations.data[cell + r * perSentence],
              )
            ];
          }),
          upos: Array.from(heads, (_, word) => {
            const tags = this.config.upos;
            const cell = (index * width + word) * tags.length;
            return tags[best(tags.length, (tag) => upos.data[cell + tag])];
          }),
        },
      };
    });
  }

  /** [B, pieces] ids and mask; [B, words] index of the first piece of each word, 0 where there is none. */
  private feeds(batch: readonly Part[]): Record<string, Tensor> {
    const { cls, sep, pad } = this.tokenizer.specials;
    const pieces = Math.max(...batch.map((part) => part.pieceCount)) + 2;
    const words = Math.max(...batch.map((part) => part.words.length));
    const ids = new BigInt64Array(batch.length * pieces).fill(BigInt(pad?.id ?? 0));
    const mask = new BigInt64Array(batch.length * pieces);
    const starts = new BigInt64Array(batch.length * words);
    batch.forEach((part, index) => {
      let at = index * pieces;
      ids[at++] = BigInt(cls?.id ?? 0);
      part.words.forEach((word, number) => {
        starts[index * words + number] = BigInt(at - index * pieces);
        for (const id of word) ids[at++] = BigInt(id);
      });
      ids[at++] = BigInt(sep?.id ?? 0);
      mask.fill(1n, index * pieces, at);
    });
    return {
      input_ids: new Tensor('int64', ids, [batch.length, pieces]),
      attention_mask: new Tensor('int64', mask, [batch.length, pieces]),
      word_starts: new Tensor('int64', starts, [batch.length, words]),
    };
  }
}

/** A sentence, or what the model can take of one. */
interface Part {
  readonly sentence: number;
  /** The part's first word in its sentence. */
  readonly start: number;
  /** Ids of the pieces of each word. */
  readonly words: readonly (readonly number[])[];
  readonly pieceCount: number;
}

/** Cuts a sentence that has too many pieces, after punctuation in the second half of what has room if there is any. */
function partsOf(
  pieces: readonly number[][],
  words: readonly string[],
  room: number,
): Omit<Part, 'sentence'>[] {
  const most = Math.min(piecesPerWord, room);
  const shortened = pieces.map((ids) =>
    ids.length <= most ? ids : [...ids.slice(0, most / 2), ...ids.slice(-most / 2)],
  );
  const parts: Omit<Part, 'sentence'>[] = [];
  for (let start = 0; start < shortened.length;) {
    let [end, pieceCount] = [start, 0];
    while (end < shortened.length && pieceCount + shortened[end].length <= room)
      pieceCount += shortened[end++].length;
    if (end < shortened.length) {
      const half = start + Math.ceil((end - start) / 2);
      let cut = end;
      while (cut > half && !/^[.,;:!?…()[\]–—-]+$/.test(words[cut - 1])) cut--;
      if (cut > half) end = cut;
    }
    const part = shortened.slice(start, end);
    parts.push({ start, words: part, pieceCount: part.reduce((sum, ids) => sum + ids.length, 0) });
    start = end;
  }
  return parts;
}

/** Parts of similar length together, so that little is padding, and no run's scores take much memory. */
function batchesOf(parts: readonly Part[]): Part[][] {
  const batches: Part[][] = [];
  let batch: Part[] = [];
  let words = 0;
  for (const part of [...parts].sort((a, b) => a.pieceCount - b.pieceCount)) {
    const widest = Math.max(words, part.words.length);
    const full =
      (batch.length + 1) * widest * (widest + 1) > arcsPerRun ||
      (batch.length + 1) * (part.pieceCount + 2) > piecesPerRun;
    if (batch.length > 0 && full) {
      batches.push(batch);
      batch = [];
      words = 0;
    }
    batch.push(part);
    words = Math.max(words, part.words.length);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Half-open word ranges of the sentences. */
function sentenceRanges(sentences: Int32Array): [number, number][] {
  const ranges: [number, number][] = [];
  sentences.forEach((sentence, word) => {
    const last = ranges.at(-1);
    if (last && sentence === sentences[word - 1]) last[1] = word + 1;
    else ranges.push([word, word + 1]);
  });
  return ranges;
}

/** The index of the largest of `count` scores. */
function best(count: number, score: (index: number) => number): number {
  let index = 0;
  for (let other = 1; other < count; other++) if (score(other) > score(index)) index = other;
  return index;
}

function floats(
  outputs: InferenceSession.OnnxValueMapType,
  name: string,
): { data: Float32Array; dims: readonly number[] } {
  const value = outputs[name];
  if (value instanceof Tensor && value.data instanceof Float32Array)
    return { data: value.data, dims: value.dims };
  throw new UserError(
    `This model has no output ${name}, so it is not a dependency parser; use the built-in one.`,
    'model',
  );
}

async function readConfig(folder: string): Promise<ParserConfig> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  } catch (cause) {
    throw new UserError(`config.json in ${folder} cannot be read; install the parser again.`, 'model', {
      cause,
    });
  }
  if (isObject(config)) {
    const { relations, upos, max_position_embeddings: positions } = config;
    if (isNames(relations) && isNames(upos)) {
      return { relations, upos, positions: typeof positions === 'number' ? positions : 512 };
    }
  }
  throw new UserError(
    `config.json in ${folder} lists no relations and parts of speech, so this is not a dependency parser; use the built-in one.`,
    'model',
  );
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
}
