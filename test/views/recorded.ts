import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readSafetensorsFile, writeSafetensorsFile } from '../../src/engine/safetensors';
import type { BlockSummary, ModelInspection } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import { decode, encode } from './codec';
import type { RecordedInspection } from './harness';

const folder = resolve(__dirname, '../fixtures/inspections');

type Level = 'token' | 'word';

/** Names of the recorded inspections (scripts/record-inspection.ts). */
export function recordedNames(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => basename(file, '.json'));
}

/** An inspection that the real engine has made, with the attention of all its heads. */
export async function readRecorded(name: string): Promise<RecordedInspection> {
  const inspection = decode(await readFile(resolve(folder, `${name}.json`), 'utf8')) as ModelInspection;
  const { tensors } = await readSafetensorsFile(resolve(folder, `${name}.safetensors`));
  return {
    inspection,
    attention: ({ block, layer, head }, level) => {
      const tensor = tensors.get(`${level}.${block}.${layer}.${head}`);
      if (!(tensor?.data instanceof Float32Array)) {
        throw new Error(`${name} has no attention of head ${block} ${layer}.${head}.`);
      }
      return { data: tensor.data, dims: tensor.dims };
    },
  };
}

/** Writes what {@link readRecorded} reads. @param attention asks the engine for one head */
export async function writeRecorded(
  name: string,
  inspection: ModelInspection,
  attention: (block: BlockSummary, layer: number, head: number, level: Level) => Promise<Tensor>,
): Promise<void> {
  const tensors: [string, Tensor][] = [];
  for (const block of inspection.blocks) {
    for (let layer = 0; layer < block.layers; layer++) {
      for (let head = 0; head < block.heads; head++) {
        for (const level of ['token', 'word'] as const) {
          const tensor = await attention(block, layer, head, level);
          tensors.push([`${level}.${block.name}.${layer}.${head}`, tensor]);
        }
      }
    }
  }
  await mkdir(folder, { recursive: true });
  // Where the model lay on the recording machine concerns nobody.
  const { reference, file } = inspection.model;
  const model = { ...inspection.model, reference: basename(reference), file: basename(file) };
  await writeFile(resolve(folder, `${name}.json`), `${encode({ ...inspection, id: name, model })}\n`);
  await writeSafetensorsFile(resolve(folder, `${name}.safetensors`), tensors);
}
