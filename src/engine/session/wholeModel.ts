import { basename } from 'node:path';
import { UserError } from '../errors';
import { withoutPast } from '../onnx/branches';
import type { Model } from '../onnx/graph';
import { joinEncoder } from '../onnx/join';
import { readModel } from '../onnx/read';
import type { SiteTable } from '../sites/site';
import type { ModelTokenizer } from '../tokens/tokenizer';
import type { ModelFolder } from './folder';

/** The model in one graph: without the branch for a cache, and with its encoder where that has a file of its own. */
export function readWhole({ onnxFile, encoderFile }: ModelFolder): Model {
  const model = withoutPast(readModel(onnxFile));
  return encoderFile === undefined ? model : joinEncoder(readModel(encoderFile), model);
}

/** @throws UserError where the tokenizer has more tokens than the model has embeddings */
export function checkVocabulary(
  found: ModelFolder,
  table: SiteTable,
  tokenizer: ModelTokenizer | undefined,
): void {
  const rowsOfTable = table.embeddings.find(({ kind }) => kind === 'tokens')?.vocabulary ?? 0;
  if (tokenizer === undefined || rowsOfTable === 0 || tokenizer.vocabularySize <= rowsOfTable) return;
  throw new UserError(
    `The tokenizer in “${found.folder}” knows ${tokenizer.vocabularySize} tokens, but “${basename(found.onnxFile)}” has embeddings for ${rowsOfTable} only: they belong to different models. Put the right tokenizer.json beside the model.`,
    'model',
  );
}
