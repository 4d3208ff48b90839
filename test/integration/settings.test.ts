import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { viewNames } from '../../src/protocol/view';
import { foundAgain } from '../../src/subject';
import type { Subject } from '../../src/subject';
import { closeEverything, headlight, messagesOf, openText, run, sample, select, until } from './support';

const text = 'The plot is thin. The music is wonderful.';

/** Sets a setting of the extension's while `work` is under way. */
async function withSetting(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  const write = (wanted: unknown) =>
    vscode.workspace.getConfiguration('headlight').update(name, wanted, vscode.ConfigurationTarget.Global);
  await write(value);
  try {
    await work();
  } finally {
    await write(undefined);
  }
}

async function inspectText(): Promise<vscode.TextEditor> {
  const editor = await openText(text);
  select(editor, text);
  await run('inspectSelection');
  return editor;
}

describe('settings', () => {
  afterEach(closeEverything);

  it('choose how finely integrated gradients are computed: fewer steps leave a larger gap', async () => {
    const { inspections } = await headlight();
    await withSetting('saliency.method', 'integrated-gradients', async () => {
      await inspectText();
      const fine = inspections.shown?.inspection.completenessGap ?? NaN;
      await withSetting('integratedGradients.steps', 5, async () => {
        await until(
          () => inspections.shown?.inspection.completenessGap !== fine && !inspections.progress,
          'an inspection with five steps',
        );
        const coarse = inspections.shown?.inspection.completenessGap ?? NaN;
        assert.ok(coarse > fine, `${coarse} with 5 steps, ${fine} with 50`);
      });
    });
  });

  it('take the colours out of the editor and bring them back', async () => {
    const { colours } = await headlight();
    await inspectText();
    assert.ok(colours.coloured.length > 0);
    await withSetting('saliency.showInEditor', false, () =>
      Promise.resolve(assert.deepEqual(colours.coloured, [])),
    );
    assert.ok(colours.coloured.length > 0);
  });

  it('choose a measure, which is computed where it is not known yet', async () => {
    const { inspections } = await headlight();
    await inspectText();
    assert.equal(inspections.shown?.inspection.saliency.occlusion, undefined);
    await withSetting('saliency.method', 'occlusion', async () => {
      await until(() => inspections.shown?.inspection.saliency.occlusion !== undefined, 'the measure');
    });
  });

  it('limit the tokens, and the note says what is shown', async () => {
    const { inspections } = await headlight();
    await withSetting('maxTokens', 8, async () => {
      await inspectText();
      assert.ok(inspections.shown && inspections.shown.inspection.tokens.ids.length <= 8);
      assert.ok(inspections.shown.inspection.notes.length > 0);
    });
  });

  it('start the engine again when they change its memory, without touching the picture', async () => {
    const { engine, inspections } = await headlight();
    await inspectText();
    const before = engine.pid;
    const shown = inspections.shown;
    await withSetting('engine.memoryBudget', 256, async () => {
      await inspections.retarget({ id: 0 });
      assert.ok(engine.pid && before && engine.pid !== before);
      assert.notEqual(inspections.shown, shown);
    });
  });

  it('that name a model go before an earlier choice', async () => {
    const { inspections, model } = await headlight();
    await inspectText();
    await model.choose('headlight-encoder-sentiment');
    await withSetting('model', 'headlight-decoder', async () => {
      await until(() => inspections.shown?.inspection.model.name === 'headlight-decoder', 'the other model');
    });
    await until(
      () => inspections.shown?.inspection.model.name === 'headlight-encoder-sentiment',
      'the first again',
    );
  });
});

describe('views', () => {
  afterEach(closeEverything);

  it('can each be opened alone in a tab, once', async () => {
    const { panels } = await headlight();
    await inspectText();
    for (const name of [...viewNames, ...viewNames]) await run('openView', name);
    assert.deepEqual([...panels.opened].sort(), [...viewNames].sort());
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until(() => panels.opened.length === 0, 'the end of the panels');
  });

  it('come back after a reload with what they showed', async () => {
    const { panels, inspections } = await headlight();
    await inspectText();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until(() => panels.opened.length === 0, 'the end of the panel');
    const revived = vscode.window.createWebviewPanel(
      'headlight.dependencies',
      'Dependencies',
      vscode.ViewColumn.One,
    );
    await panels.deserializeWebviewPanel(revived);
    assert.deepEqual(panels.opened, ['dependencies']);
    assert.equal(inspections.shown?.inspection.text, text);
  });
});

describe('commands that need an inspection', () => {
  afterEach(closeEverything);

  for (const command of ['chooseTarget', 'useRelations', 'toggleLive']) {
    it(`${command}: say so where there is none`, async () => {
      const messages = await messagesOf(() => run(command));
      assert.equal(messages.length, 1);
      assert.match(messages[0], /Inspect some text first\.$/);
    });
  }
});

describe('the subject of an earlier session', () => {
  const subject = (uri: vscode.Uri, start: number, words: string): Subject => ({
    text: words,
    uri: uri.toString(),
    range: [start, start + words.length],
    focus: [start + 2, start + 2],
    kind: 'selection',
  });
  const words = 'The jokes are stale';

  it('is found where it was', async () => {
    const document = await vscode.workspace.openTextDocument(sample('reviews.txt'));
    const start = document.getText().indexOf(words);
    const before = subject(document.uri, start, words);
    assert.deepEqual(await foundAgain(before), before);
  });

  it('is found where it has moved to', async () => {
    const document = await vscode.workspace.openTextDocument(sample('reviews.txt'));
    const start = document.getText().indexOf(words);
    const found = await foundAgain(subject(document.uri, 3, words));
    assert.deepEqual(found.range, [start, start + words.length]);
    assert.deepEqual(found.focus, [start + 2, start + 2]);
  });

  it('is still a text where its file is gone or has other words', async () => {
    for (const before of [
      subject(sample('no-such-file.txt'), 0, words),
      subject(sample('reviews.txt'), 0, 'no such words'),
    ]) {
      const found = await foundAgain(before);
      assert.equal(found.uri, undefined);
      assert.equal(found.text, before.text);
    }
  });
});
