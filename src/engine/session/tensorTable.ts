import type { BlockName, SaliencyName } from '../../protocol/inspection';
import type { Numbers, Tensor } from '../../protocol/tensor';
import { rollout } from '../measures/rollout';
import type { InspectionResult } from './inspect';
import { rowsOf } from './summary';

/**
 * Every tensor of the headless contract that an inspection has, in its order. Blocks are left out of the names of head
 * measures and saliencies where there is only one.
 */
export function tensorTable(result: InspectionResult): Map<string, Tensor<Numbers>> {
  const { inspection, attentions, gradients, forward } = result;
  const table = new Map<string, Tensor<Numbers>>();
  const vector = <D extends Numbers>(data: D): Tensor<D> => ({ data, dims: [data.length] });
  const tokens = inspection.tokens.ids.length;
  // Patches of a picture have neither.
  if (inspection.tokens.ids.some((id) => id >= 0)) {
    table.set('input_ids', vector(inspection.tokens.ids));
    table.set('offsets', { data: inspection.tokens.offsets, dims: [tokens, 2] });
  }
  if (inspection.pair !== undefined) {
    const second = isCompared(inspection) ? 'pair' : 'decoder';
    table.set(`${second}_input_ids`, vector(inspection.pair.ids));
    table.set(`${second}_offsets`, { data: inspection.pair.offsets, dims: [inspection.pair.ids.length, 2] });
  }
  table.set('logits', forward.logits);
  eachLayer(attentions, (block, layer, tensor) => table.set(`attentions.${block}.${layer}`, tensor));
  for (const [name, tensor] of forward.record) if (!name.startsWith('embeddings.')) table.set(name, tensor);
  if (gradients?.attentions !== undefined)
    eachLayer(gradients.attentions, (block, layer, tensor) =>
      table.set(`attention_gradients.${block}.${layer}`, tensor),
    );
  addEmbeddingGradients(result, table);
  addSaliency(result, table, vector);
  for (const block of inspection.blocks) {
    const prefix = inspection.blocks.length === 1 ? 'heads' : `heads.${block.name}`;
    for (const [name, values] of Object.entries(block.measures))
      table.set(`${prefix}.${name}`, { data: values, dims: [block.layers, block.heads] });
    const errors = block.errors?.['shapley-value'];
    if (errors) table.set(`${prefix}.shapley-error`, { data: errors, dims: [block.layers, block.heads] });
    for (const [name, value] of Object.entries(block.together ?? {}))
      table.set(`${prefix}.${name}`, vector(Float32Array.of(value)));
  }
  for (const [block, layers] of attentions) {
    const { queries, keys } = rowsOf(block);
    if (queries !== keys) continue;
    const { data, dims } = rollout(layers);
    const size = dims[1] * dims[2];
    table.set(`rollout.${block}`, { data: data.subarray(data.length - size), dims: dims.slice(1) });
  }
  for (const [block, flow] of result.flows ?? []) table.set(`flow.${block}`, flow);
  if (inspection.parse !== undefined) table.set('relations.heads', vector(inspection.parse.heads));
  return table;
}

function eachLayer(
  blocks: ReadonlyMap<BlockName, readonly Tensor[]>,
  visit: (block: BlockName, layer: number, tensor: Tensor) => void,
): void {
  for (const [block, layers] of blocks) layers.forEach((tensor, layer) => visit(block, layer, tensor));
}

function addEmbeddingGradients({ gradients }: InspectionResult, table: Map<string, Tensor<Numbers>>): void {
  if (gradients === undefined) return;
  const isOnly = gradients.embeddings.size === 1;
  for (const [stream, { gradient }] of gradients.embeddings) {
    table.set(isOnly ? 'embedding_gradient' : `embedding_gradient.${stream}`, gradient);
  }
}

function addSaliency(
  { inspection }: InspectionResult,
  table: Map<string, Tensor<Numbers>>,
  vector: (data: Float32Array) => Tensor,
): void {
  const add = (prefix: string, scores: Partial<Record<SaliencyName, Float32Array>> | undefined): void => {
    for (const [name, values] of Object.entries(scores ?? {})) table.set(`${prefix}.${name}`, vector(values));
  };
  const isTranslated = inspection.pair !== undefined && !isCompared(inspection);
  add(isTranslated ? 'saliency.encoder' : 'saliency', inspection.saliency);
  add(isTranslated ? 'saliency.decoder' : 'saliency.pair', inspection.pairSaliency);
}

/** Whether the second text is one that the first is compared with, not what a decoder says. */
function isCompared({ target }: InspectionResult['inspection']): boolean {
  return target.kind === 'similarity';
}
