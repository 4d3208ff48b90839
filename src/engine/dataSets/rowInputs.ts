import { UserError } from '../errors';
import type { LoadedModel } from '../session/loaded';
import { prepareInputs, type PreparedInputs } from '../session/inputs';
import { placeOf } from '../session/targets';
import type { RowText } from '../../protocol/dataSet';

/** One row as the model takes it, before it is padded. */
export interface RowInputs {
  readonly row: number;
  readonly ids: Int32Array;
  readonly typeIds: ArrayLike<number>;
  /** Of encoder-decoder models. */
  readonly decoderIds?: Int32Array;
  /** Row of the answer that the prediction stands at; −1 where the model answers for the text as a whole. */
  readonly position: number;
  /** Everything an inspection knows of the tokens; there where head measures are computed. */
  readonly prepared?: PreparedInputs;
  /** Of the same rows, the second text. */
  readonly pairText?: string;
  /** Only the beginning of the text fits into the model. */
  readonly isCut: boolean;
}

/** A row that cannot be run, and why. */
export interface RefusedRow {
  readonly row: number;
  readonly reason: string;
}

const defaultLimit = 512;
const longestLimit = 2048;

/**
 * Tokenises rows as an inspection of each would.
 * @param isComplete offsets and pieces are wanted too, which takes several times longer
 */
export async function tokenizeRows(
  model: LoadedModel,
  rows: readonly { readonly row: number; readonly text: RowText }[],
  isComplete: boolean,
): Promise<{ readonly inputs: RowInputs[]; readonly refused: RefusedRow[] }> {
  const { tokenizer } = model;
  if (tokenizer === undefined)
    throw new UserError(
      `“${model.name}” has no tokenizer, so it cannot read texts. Put its tokenizer.json beside config.json.`,
      'model',
    );
  const { task } = model.outcomes;
  // Masking one token, a decoder's side and chats are made by the way that inspections go.
  const isPlain = !isComplete && task !== 'masked-lm' && task !== 'seq2seq';
  const isQuick = ({ text }: RowText): boolean =>
    isPlain && (tokenizer.chatTemplate === undefined || !/^\s*[[{]/.test(text));
  const quick = rows.filter(({ text }) => isQuick(text));
  const encoded = await tokenizer.encodeMany(quick.map(({ text }) => text));
  const limit = Math.min(
    model.config.contextLength > 0 ? model.config.contextLength : defaultLimit,
    longestLimit,
  );
  const inputs: RowInputs[] = [];
  const careful = rows.filter(({ text }) => !isQuick(text));
  encoded.forEach(({ ids, typeIds }, index) => {
    if (ids.length > limit || ids.length === 0) careful.push(quick[index]);
    else inputs.push({ row: quick[index].row, ids, typeIds, position: positionOf(model, ids), isCut: false });
  });
  const refused: RefusedRow[] = [];
  for (const { row, text } of careful) {
    try {
      inputs.push(await carefully(model, row, text, isComplete));
    } catch (error) {
      if (!(error instanceof UserError) || error.kind !== 'input') throw error;
      refused.push({ row, reason: error.message });
    }
  }
  return { inputs, refused };
}

async function carefully(
  model: LoadedModel,
  row: number,
  { text, pair }: RowText,
  isComplete: boolean,
): Promise<RowInputs> {
  const { outcomes, config, name } = model;
  const prepared = await prepareInputs({ model: name, text, pair }, { ...outcomes, config, name });
  const { inputIds, typeIds, decoderInputIds } = prepared.sequence;
  const ids = Int32Array.from(inputIds);
  const decoderIds = decoderInputIds === undefined ? undefined : Int32Array.from(decoderInputIds);
  return {
    row,
    ids,
    typeIds,
    ...(decoderIds === undefined ? {} : { decoderIds }),
    position: prepared.masked ?? positionOf(model, decoderIds ?? ids),
    ...(isComplete ? { prepared, pairText: pair ?? '' } : {}),
    isCut: prepared.text.length < text.length,
  };
}

function positionOf({ outcomes, hasPositions }: LoadedModel, ids: Int32Array): number {
  return placeOf(outcomes, hasPositions, ids, undefined).row;
}
