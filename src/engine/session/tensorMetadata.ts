import type { Inspection, TokenRow } from '../../protocol/inspection';

/**
 * What a file of tensors says in its metadata: the texts that tensors cannot hold, so that the file can be opened again without
 * its model (docs/attention-file.md), and of each layer the scale of its scores. Values are strings; lists are JSON.
 */
export function tensorMetadata(inspection: Inspection): Record<string, string> {
  const { model, text, tokens, pair, pairText, words, parse, prediction, target } = inspection;
  const metadata: Record<string, string> = {
    model: model.name,
    architecture: model.architecture,
    task: model.task,
    labels: JSON.stringify(model.labels),
    words: JSON.stringify(words.text),
    word_offsets: JSON.stringify(words.text.map((_, i) => [words.offsets[2 * i], words.offsets[2 * i + 1]])),
    sentences: JSON.stringify(Array.from(words.sentences)),
    offsets_unit: 'utf-16',
  };
  addTokens(metadata, '', text, tokens);
  if (pair !== undefined) addTokens(metadata, 'decoder_', pairText ?? '', pair);
  else if (pairText !== undefined) metadata['pair_text'] = pairText;
  if (tokens.sequences !== undefined) metadata['sequences'] = JSON.stringify(Array.from(tokens.sequences));
  if (parse !== undefined) {
    metadata['relations'] = JSON.stringify(parse.relations);
    metadata['upos'] = JSON.stringify(parse.upos);
  }
  if (prediction !== undefined) metadata['prediction'] = JSON.stringify(prediction);
  if (target !== undefined) metadata['explained'] = JSON.stringify(target);
  for (const { block, layer, scale } of model.sites) metadata[`scale.${block}.${layer}`] = String(scale);
  return metadata;
}

function addTokens(metadata: Record<string, string>, prefix: string, text: string, row: TokenRow): void {
  metadata[`${prefix}text`] = text;
  metadata[`${prefix}tokens`] = JSON.stringify(row.pieces);
}
