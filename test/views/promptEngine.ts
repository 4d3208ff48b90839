import { join } from 'node:path';
import { Engine } from '../../src/engine/session/engine';
import type { OpenView, PromptAnswers } from './harness';

/** The prompt that the tests inspect. */
export const text = [
  'You are a helpful assistant. Read the question twice, then answer it.',
  '',
  'Question: The parcel was opened before it reached me. What can I do?',
  'Answer:',
].join('\n');
/** The prompt as it was before two edits. */
export const earlier = text.replace('helpful', 'rude').replace(' twice', '');

export const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});
let calls = 0;

/** A number for a call to the engine that no other has. */
export const nextCall = (): number => ++calls;

/** The engine itself answers, in this process. */
export const answers: PromptAnswers = {
  distribution: (_run, place) => engine.distribution(nextCall(), place),
  surprisal: (_run, id) => engine.surprisal(nextCall(), { inspection: id }),
  generate: (_run, request) => engine.generate(nextCall(), request),
  changes: async (_run, id, since) => ({
    ...(await engine.changes(nextCall(), { inspection: id, before: { text: earlier } })),
    since: since ?? 'saved',
  }),
};

/** The texts of the elements, in their order. */
export const texts = (view: OpenView, selector: string): Promise<string[]> =>
  view.page.$$eval(selector, (elements) => elements.map((element) => element.textContent ?? ''));
