import { addText, keyHash, type ResultCache } from './cache';
import type { DataSet } from './dataSet';
import type { Piece } from './piece';
import { ScoreSums } from './scoreSums';
import type { Projection } from '../../protocol/dataSet';

/** Changes whenever the numbers themselves are computed in another way. */
const computation = 1;
/** Pieces that are named between two pauses. */
const piecesAtOnce = 16;

/** What a file holds of a piece, besides the hidden states. */
interface KeptPiece {
  readonly predicted: Int32Array;
  readonly confidence: Float32Array;
  readonly tokens: Int32Array;
  readonly width: number;
  readonly cut: number;
  readonly refused: ReadonlyMap<string, number>;
  readonly scores: unknown;
}

/** The results of one data set on disk: pieces by what their texts say, so that an appended file finds its old ones again. */
export class KeptResults {
  /** Why nothing is kept any more, as a sentence for the user. */
  trouble: string | undefined;

  private constructor(
    private readonly cache: ResultCache,
    /** Names of the pieces. */
    private readonly keys: readonly string[],
  ) {}

  /**
   * Reads all texts to name their pieces.
   * @param trees digest of the CoNLL-U file, where there is one
   * @param pause called now and then, so that others get their turn; throws where the caller has given up
   */
  static async of(
    cache: ResultCache,
    dataSet: DataSet,
    trees: string | undefined,
    pause: () => Promise<void>,
  ): Promise<KeptResults> {
    const { model, request, pieces } = dataSet;
    const settings = [computation, model.version, request.scores, trees ?? ''];
    const keys: string[] = [];
    for (const { start, length } of pieces) {
      const hash = keyHash(settings);
      for (let row = start; row < start + length; row++)
        for (const bytes of dataSet.bytesOf(row)) addText(hash, bytes);
      if (keys.push(hash.digest('hex')) % piecesAtOnce === 0) await pause();
    }
    return new KeptResults(cache, keys);
  }

  /** Takes over what an earlier run has left; of a piece that is damaged, nothing. @param pause as in {@link of} */
  async restore(pieces: readonly Piece[], pause: () => Promise<void>): Promise<void> {
    for (const [index, piece] of pieces.entries()) {
      if (index % piecesAtOnce === 0) await pause();
      const stored = await this.cache.read(this.keys[index]);
      if (stored === undefined || !isKept(stored.record, piece)) continue;
      const { predicted, confidence, tokens, width, cut, refused, scores } = stored.record;
      if (stored.bytes !== 4 * width * piece.length) continue;
      piece.predicted.set(predicted);
      piece.confidence.set(confidence);
      piece.tokens.set(tokens);
      piece.isRun.fill(1);
      piece.width = width;
      piece.cut = cut;
      for (const [reason, count] of refused) piece.refused.set(reason, count);
      piece.scores = scores === undefined ? undefined : ScoreSums.from(scores);
    }
  }

  /** Keeps a piece that is complete; its hidden states need not stay in memory then. */
  async keep(piece: Piece, index: number): Promise<void> {
    if (this.trouble !== undefined) return;
    const { predicted, confidence, tokens, width, cut, refused, scores, states } = piece;
    const record: KeptPiece = {
      predicted,
      confidence,
      tokens,
      width,
      cut,
      refused,
      scores: scores?.plain(),
    };
    if (await this.tried(() => this.cache.write(this.keys[index], record, states))) piece.states = undefined;
  }

  /** The hidden states of a piece that were kept. */
  statesOf(index: number): Promise<Float32Array | undefined> {
    return this.cache.readNumbers(this.keys[index]);
  }

  async projection(): Promise<Projection | undefined> {
    const stored = await this.cache.read(this.mapKey());
    return stored?.record as Projection | undefined;
  }

  async keepProjection(projection: Projection): Promise<void> {
    if (this.trouble === undefined) await this.tried(() => this.cache.write(this.mapKey(), projection));
  }

  private mapKey(): string {
    return keyHash(['map', computation, this.keys]).digest('hex');
  }

  private async tried(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'the disk is full'
          : `the folder for them cannot be written to (${code ?? 'unknown error'})`;
      this.trouble = `Results are not kept for the next time: ${why}. Everything else works.`;
      return false;
    }
  }
}

function isKept(record: unknown, { length }: Piece): record is KeptPiece {
  if (typeof record !== 'object' || record === null) return false;
  const { predicted, confidence, tokens, width, refused } = record as Partial<KeptPiece>;
  return (
    predicted instanceof Int32Array &&
    confidence instanceof Float32Array &&
    tokens instanceof Int32Array &&
    [predicted, confidence, tokens].every((column) => column.length === length) &&
    Number.isInteger(width) &&
    refused instanceof Map
  );
}
