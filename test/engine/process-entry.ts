// An engine process for the tests of its client: real in everything but the models. What it does with a request is told
// by the request's text, one word after the other.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../src/engine/errors';
import { serve } from '../../src/engine/serve';
import type { EngineCalls } from '../../src/protocol/engine';
import type { InspectRequest, ModelInspection } from '../../src/protocol/inspection';

serve(({ modelsFolder }, events) => {
  let inspections = 0;
  const cancelledCalls = new Set<number>();

  /** Whether this is the first time that `deed` is done by any process of this test. */
  const firstTime = (deed: string): boolean => {
    const mark = join(modelsFolder, deed);
    const first = !existsSync(mark);
    appendFileSync(mark, `${process.pid}\n`);
    return first;
  };
  const deeds: Record<string, (call: number) => unknown> = {
    die: () => process.kill(process.pid, 'SIGKILL'),
    'die-once': () => firstTime('die-once') && process.kill(process.pid, 'SIGKILL'),
    'exit-7': () => process.exit(7),
    hang: () => {
      firstTime('hang');
      for (;;) process.hrtime();
    },
    wait: (call) => {
      appendFileSync(join(modelsFolder, 'waiting'), `${call}\n`);
      return new Promise(() => setInterval(() => undefined, 1000));
    },
    progress: (call) => events.progress(call, { message: 'Half way', fraction: 0.5 }),
    shout: () => process.stderr.write('a native complaint\n'),
    refuse: () => {
      throw new UserError('The text is empty. Select some words.', 'input');
    },
    stumble: () => {
      throw new TypeError('x is not a function');
    },
  };
  // The client sends every call the same way: these are enough to see it.
  const calls: Partial<EngineCalls> = {
    async inspect(call: number, request: InspectRequest) {
      firstTime('inspect');
      for (const word of request.text.split(' ')) await deeds[word]?.(call);
      return {
        id: String(++inspections),
        text: request.text,
        start: process.pid,
        saliency: { 'gradient-l1': Float32Array.of(0.25, NaN, 1) },
        tokens: { ids: Int32Array.of(1, -2, 3) },
      } as unknown as ModelInspection;
    },
    attention: (_call, { inspection, heads }) => {
      if (Number(inspection) > inspections) throw new UserError(`There is no inspection ${inspection}.`);
      return Promise.resolve(
        heads.map(({ head }) => ({ data: new Float32Array(4).fill(head), dims: [2, 2] })),
      );
    },
    describe: () => Promise.reject(new UserError('There is no such model.', 'model')),
    cancel: (call) => {
      cancelledCalls.add(call);
      appendFileSync(join(modelsFolder, 'cancelled'), `${call}\n`);
    },
  };
  return calls as EngineCalls;
});
