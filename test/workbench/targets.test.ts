import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { isOutcome, type InspectRequest, type ModelInspection } from '../../src/protocol/inspection';
import { probability, twoDigits } from '../../src/protocol/numbers';
import { writeEmbedder, writeMaskedModel, writeTranslator } from '../engine/derivedModels';
import { repository } from './bed/lanes';
import { chooseFromContextMenu, openFile, selectText } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { panel, showsWords, texts } from './driver/webview';
import { chooseTheme, notification, pick, runCommand, statusItem, type Workbench } from './driver/workbench';

const models = mkdtempSync(join(tmpdir(), 'headlight-targets-'));
writeEmbedder(join(models, 'little-embedder'));
writeMaskedModel(join(models, 'little-masked'));
writeTranslator(join(models, 'little-translator'));
after(() => rmSync(models, { recursive: true }));

const engine = new Engine({
  modelsFolder: join(repository, 'media/models'),
  events: { progress: () => undefined, log: () => undefined },
});
let calls = 0;
const expected = (model: string, request: Omit<InspectRequest, 'model'>): Promise<ModelInspection> =>
  engine.inspect(++calls, { model: join(models, model), ...request });

const workspaceOf = (text: string) => ({ 'text.txt': `${text}\n` });
const settingsOf = (model: string) => ({ 'headlight.model': join(models, model) });

async function inspect(workbench: Workbench, text: string, words: readonly string[]): Promise<void> {
  await openFile(workbench, 'text.txt');
  await selectText(workbench, text);
  await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
  await showsWords(workbench, words);
}

const chooseTarget = (workbench: Workbench) => runCommand(workbench, 'Headlight: Choose Target…');
const input = ({ page }: Workbench) => page.locator('.quick-input-widget input').first();
/** The tokens of a text in the inspector, special ones too. */
const strip = (workbench: Workbench, at: number) =>
  panel(workbench).locator('.passage .token-strip').nth(at).locator('[data-token]');

/** Waits until the status bar names the target with its number. */
async function says(workbench: Workbench, { model, target }: ModelInspection): Promise<void> {
  const number = isOutcome(target.kind) ? probability(target.probability) : twoDigits(target.value);
  const label = Array.from(target.label).length > 40 ? target.label.slice(0, 30) : target.label;
  const item = statusItem(workbench, `${model.name}: ${label}`).filter({ hasText: number });
  await item.waitFor();
}

/** Waits until the second text is shown with these tokens. */
async function showsSecond(workbench: Workbench, tokens: readonly string[]): Promise<void> {
  await eventually(
    workbench.page,
    () => texts(strip(workbench, 1)),
    (shown) => shown.join(' ') === tokens.join(' '),
  );
}

const text = 'The license covers the work.';
const other = 'Copying is allowed with this notice.';

scenario(
  'the similarity of two texts is chosen and explained by both',
  { workspace: workspaceOf(text), settings: settingsOf('little-embedder') },
  (step) => {
    let alone: ModelInspection;
    let similar: ModelInspection;
    before(async () => {
      alone = await expected('little-embedder', { text });
      similar = await expected('little-embedder', { text, target: { similarTo: other } });
    });

    step('an embedding is explained by its norm at first', async (workbench) => {
      await inspect(workbench, text, alone.words.text);
      await says(workbench, alone);
      await workbench.screenshot('target-norm');
    });

    step('the list offers another text, which is typed; nothing is refused in place', async (workbench) => {
      await chooseTarget(workbench);
      await workbench.screenshot('target-similarity-list');
      await pick(workbench, 'Similarity to another text…');
      await input(workbench).fill('   ');
      await workbench.page.getByText('Give some words to compare with.').waitFor();
      await workbench.screenshot('target-similarity-empty');
      await input(workbench).fill(other);
      await workbench.page.keyboard.press('Enter');
      await says(workbench, similar);
    });

    step('both texts are shown with what their tokens do to it', async (workbench) => {
      const { pair, pairSaliency } = similar;
      const scores = pairSaliency?.['gradient-l1'] ?? assert.fail();
      const labels = await eventually(
        workbench.page,
        () => strip(workbench, 1).evaluateAll((tokens) => tokens.map((token) => token.ariaLabel)),
        (all) => all.length === scores.length,
      );
      assert.deepEqual(
        labels,
        pair?.pieces.map((piece, i) => `${piece}: ${twoDigits(scores[i])}`),
      );
      await workbench.screenshot('target-similarity-light');
      await chooseTheme(workbench, 'dark');
      await workbench.page.setViewportSize({ width: 1080, height: 900 });
      await workbench.screenshot('target-similarity-dark');
    });

    step('the list has the similarity checked, and leads back to the norm', async (workbench) => {
      await chooseTarget(workbench);
      await workbench.screenshot('target-similarity-chosen');
      await pick(workbench, 'Norm of the embedding');
      await statusItem(workbench, /norm of the pooled output/).waitFor();
    });

    step('nothing was refused or thrown in the window', (workbench) => {
      assert.deepEqual(workbench.problems, []);
      return Promise.resolve();
    });
  },
);

const masked = 'the license is free software';

scenario(
  'a masked token is chosen',
  { workspace: workspaceOf(masked), settings: settingsOf('little-masked') },
  (step) => {
    let first: ModelInspection;
    before(async () => {
      first = await expected('little-masked', { text: masked, focus: [masked.length, masked.length] });
    });

    step('the model says what it would put at the cursor', async (workbench) => {
      await inspect(workbench, masked, first.words.text);
      await says(workbench, first);
      await chooseTarget(workbench);
      await workbench.screenshot('target-masked-list');
    });

    step('the token at the cursor is explained', async (workbench) => {
      const position = first.prediction.position;
      const own = await expected('little-masked', {
        text: masked,
        target: { id: first.tokens.ids[position], position },
      });
      await pick(workbench, 'why software');
      await says(workbench, own);
      await workbench.screenshot('target-masked');
    });

    step('so is one from the list, and one that is typed', async (workbench) => {
      const [, second] = first.prediction.candidates;
      const { position } = first.prediction;
      await chooseTarget(workbench);
      await pick(workbench, second.label);
      await says(
        workbench,
        await expected('little-masked', { text: masked, target: { id: second.id, position } }),
      );
      await chooseTarget(workbench);
      await input(workbench).fill('copyright');
      await workbench.page.keyboard.press('Enter');
      await says(
        workbench,
        await expected('little-masked', { text: masked, target: { label: 'copyright', position } }),
      );
    });

    step('what is no token is told, and the last picture stays', async (workbench) => {
      await chooseTarget(workbench);
      await input(workbench).fill('qqqqqq');
      await workbench.page.keyboard.press('Enter');
      await notification(workbench, /“qqqqqq” is not one token of the model's vocabulary/).waitFor({
        state: 'attached',
      });
      await statusItem(workbench, /little-masked: copyright/).waitFor();
    });
  },
);

const source = 'the house is old';
const said = 'das Haus ist';

scenario(
  'a token of a decoder is chosen',
  { workspace: workspaceOf(source), settings: settingsOf('little-translator') },
  (step) => {
    step('the text of the decoder is given: its next token is explained', async (workbench) => {
      const first = await expected('little-translator', { text: source });
      await inspect(workbench, source, first.words.text);
      await says(workbench, first);
      await chooseTarget(workbench);
      await pick(workbench, 'Text of the decoder…');
      await workbench.screenshot('target-decoder-text');
      await input(workbench).fill(said);
      await workbench.page.keyboard.press('Enter');
      await says(workbench, await expected('little-translator', { text: source, pair: said }));
      await showsSecond(workbench, ['<pad>', 'das', 'Haus', 'ist']);
      await workbench.screenshot('target-decoder');
    });

    step('each of its tokens is explained, and one that is typed', async (workbench) => {
      const pair = said;
      const haus = await expected('little-translator', {
        text: source,
        pair,
        target: { label: 'Haus', position: 1 },
      });
      await chooseTarget(workbench);
      await input(workbench).fill('why Haus');
      await workbench.screenshot('target-decoder-list');
      await pick(workbench, 'token 2 of the decoder');
      await says(workbench, haus);
      await chooseTarget(workbench);
      await input(workbench).fill('klein');
      await pick(workbench, 'as typed');
      await says(
        workbench,
        await expected('little-translator', { text: source, pair, target: { label: 'klein', position: 1 } }),
      );
    });

    step('nothing was refused or thrown in the window', (workbench) => {
      assert.deepEqual(workbench.problems, []);
      return Promise.resolve();
    });
  },
);
