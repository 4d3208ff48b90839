// Writes test/fixtures/inspections: inspections of the real engine that the views are tested with.
// tsx scripts/record-inspection.ts [NAME ...]      all of them where no name is given
// `encoder-decoder` needs HEADLIGHT_FIXTURES, the folder of the full fixtures.
import { join, resolve } from 'node:path';
import { Engine } from '../src/engine/session/engine';
import type { InspectRequest } from '../src/protocol/inspection';
import { writeRecorded } from '../test/views/recorded';

const fixtures = process.env.HEADLIGHT_FIXTURES;

const requests: Readonly<Record<string, InspectRequest | undefined>> = {
  sentiment: {
    model: 'headlight-encoder-sentiment',
    text: 'I expected a dull film, but the actors were wonderful and I loved every minute of it.',
    parse: 'auto',
    saliency: ['gradient-l1', 'gradient-l2', 'input-x-gradient', 'integrated-gradients', 'attention-rollout'],
  },
  prompt: {
    model: 'headlight-decoder',
    text: 'The old lighthouse keeper climbed the stairs every evening. At the top of the stairs he lit the',
    saliency: ['gradient-l1', 'input-x-gradient', 'surprisal'],
  },
  code: {
    model: 'headlight-decoder',
    text: 'def mean(values):\n    total = 0\n    for value in values:\n\ttotal += value  # 😀 naïve\n    return total /',
    saliency: ['gradient-l1', 'input-x-gradient', 'surprisal'],
    parse: 'none',
  },
  'encoder-decoder': fixtures
    ? {
        model: join(fixtures, 'bart'),
        onnx: join(fixtures, 'bart', 'eager-ts', 'model.onnx'),
        text: 'Permission is hereby granted, free of charge.',
        pair: 'The software is provided as it is.',
      }
    : undefined,
};

async function record(names: readonly string[]): Promise<void> {
  const engine = new Engine({
    modelsFolder: resolve(__dirname, '../media/models'),
    events: { progress: () => undefined, log: (_level, message) => console.error(message) },
  });
  for (const name of names) {
    const request = requests[name];
    if (!request) {
      console.error(`${name} is left out: there is no such request, or HEADLIGHT_FIXTURES is not set.`);
      continue;
    }
    const inspection = await engine.inspect(0, request);
    await writeRecorded(name, inspection, async (block, layer, head, level) => {
      const heads = [{ block: block.name, layer, head }];
      const [attention] = await engine.attention(0, { inspection: inspection.id, heads, level });
      return attention;
    });
    console.log(`${name}: ${inspection.tokens.ids.length} tokens, target ${inspection.target.label}`);
  }
}

const named = process.argv.slice(2);
void record(named.length > 0 ? named : Object.keys(requests));
