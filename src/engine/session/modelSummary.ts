import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelSummary } from '../../protocol/model';
import { elementTypeName, type Model, type ValueType } from '../onnx/graph';
import type { SiteTable } from '../sites/site';
import type { ModelFolder } from './folder';
import { quantisationOf } from './task';

/** What a user may want to know of a model before running it. */
export function summarise(
  found: ModelFolder,
  model: Model,
  table: SiteTable,
  task: ModelSummary['task'],
  mask: number | undefined,
): ModelSummary {
  const describe = ({ name, type, dims }: ValueType): ModelSummary['inputs'][number] => ({
    name,
    type: elementTypeName(type),
    dims: dims ?? [],
  });
  return {
    reference: found.reference,
    name: found.name,
    architecture: found.config.architecture || found.config.modelType || 'unknown architecture',
    task,
    labels: found.config.labels,
    ...(mask === undefined ? {} : { mask }),
    inputs: model.graph.inputs.map(describe),
    outputs: model.graph.outputs.map(describe),
    sites: table.sites.map(({ block, layer, heads, form, scale }) => ({ block, layer, heads, form, scale })),
    missing: table.missing,
    quantisation: quantisationOf(model),
    contextLength: found.config.contextLength,
    bytes: bytesOnDisk(model),
    file: found.onnxFile,
  };
}

function bytesOnDisk(model: Model): number {
  const files = new Set<string>([model.file]);
  for (const { content } of model.graph.initializers.values())
    if (content.kind === 'external') files.add(join(dirname(model.file), content.location));
  let bytes = 0;
  for (const file of files) bytes += statSync(file).size;
  return bytes;
}
