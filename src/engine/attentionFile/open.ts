import { basename } from 'node:path';
import type { BlockSummary, HeadRef, Inspection } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { UserError } from '../errors';
import { SafetensorsFile } from '../safetensorsFile';
import type { Work } from '../session/queue';
import type { TextParser } from '../session/textParser';
import type { FileContent } from './content';
import { readContract } from './contract';
import { isDodrio, readDodrio } from './dodrio';
import { summariseFileBlock, weightsOf } from './summary';

/** Attention that lies in a file, as an inspection without a model. */
export interface OpenedAttention {
  readonly inspection: Inspection;
  /**
   * [Sq, Sk] of one head, read from the file.
   * @throws UserError where there is no such head, or the file has changed
   */
  head(head: HeadRef): Promise<Tensor>;
}

/**
 * Opens attention that any program saved: of the layout of docs/attention-file.md, or of Dodrio's published sentences.
 * @param id of the inspection to be made
 * @throws UserError with a sentence about what is wrong with the file
 */
export async function openAttentionFile(
  id: string,
  path: string,
  parser: TextParser,
  work: Work,
): Promise<OpenedAttention> {
  const began = performance.now();
  work.report({ message: `Opening ${basename(path)}` });
  const file = await SafetensorsFile.open(path);
  const content = isDodrio(file) ? await readDodrio(file) : await readContract(file, parser);
  const read = performance.now();
  const notes: string[] = [];
  const blocks: BlockSummary[] = [];
  for (const [name, layers] of content.blocks) {
    const { block, rows } = await summariseFileBlock(name, layers, content, work);
    blocks.push(block);
    if (rows.note !== undefined) notes.push(rows.note);
  }
  const ended = performance.now();
  const { model, blocks: _layers, measures: _measures, notes: said, ...shown } = content;
  const from = `Read from ${basename(path)}; no model was run, so nothing further can be asked of it.`;
  const inspection: Inspection = {
    id,
    ...shown,
    start: 0,
    notes: [from, ...said, ...notes],
    blocks,
    model: {
      ...model,
      reference: path,
      name: model.name || basename(path).replace(/\.safetensors$/i, ''),
      inputs: [],
      outputs: [],
      sites: sitesOf(content),
      missing: [],
      quantisation: '',
      contextLength: 0,
      bytes: file.size,
      file: path,
    },
    attentionFile: path,
    timings: {
      load: read - began,
      tokenize: 0,
      forward: 0,
      backward: 0,
      parse: 0,
      measures: ended - read,
      total: ended - began,
    },
  };
  return {
    inspection,
    head: async ({ block, layer, head }) => {
      const source = content.blocks.get(block)?.[layer];
      if (source === undefined || head < 0 || head >= source.heads)
        throw new UserError(`There is no head ${layer}.${head} in the block “${block}” of this file.`);
      return { data: weightsOf(await source.read(head), source), dims: [source.queries, source.keys] };
    },
  };
}

function sitesOf({ blocks }: FileContent): Inspection['model']['sites'] {
  return Array.from(blocks, ([block, layers]) =>
    layers.map(({ heads }, layer) => ({ block, layer, heads, form: 'from a file', scale: NaN })),
  ).flat();
}
