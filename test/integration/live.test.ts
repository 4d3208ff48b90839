import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import manifest from '../../package.json';
import {
  closeEverything,
  headlight,
  messagesOf,
  openText,
  putCursorBefore,
  run,
  select,
  until,
  wordRange,
} from './support';

const sentence = 'The film is slow, but its quiet performances make it a small masterpiece.';
const document = `Before.\n\n${sentence}\nOne more line. 🙂\n\nAfter.`;

describe('a text that is inspected', () => {
  afterEach(closeEverything);

  it('is followed live while the switch is on', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    await run('toggleLive');
    await editor.edit((edit) => edit.replace(wordRange(editor.document, 'masterpiece'), 'disaster'));
    const expected = sentence.replace('masterpiece', 'disaster');
    await until(() => inspections.shown?.inspection.text === expected, 'the inspection of what is written');
    await run('toggleLive');
    await editor.edit((edit) => edit.replace(wordRange(editor.document, 'disaster'), 'thing'));
    assert.equal(inspections.shown?.inspection.text, expected);
    assert.equal(inspections.progress, undefined);
  });

  it('is coloured live before the rest of the inspection is there', async () => {
    const { inspections, liveSwitch } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    assert.match(liveSwitch.text ?? '', /circle-large-outline/);
    await run('toggleLive');
    assert.match(liveSwitch.text ?? '', /record/);
    const order: string[] = [];
    const listeners = vscode.Disposable.from(
      inspections.onDidColour(() => {
        const isEarly = inspections.coloured?.inspection !== inspections.shown?.inspection;
        order.push(isEarly ? `early: ${inspections.coloured?.subject.text}` : 'shown');
      }),
    );
    await editor.edit((edit) => edit.replace(wordRange(editor.document, 'masterpiece'), 'disaster'));
    const expected = sentence.replace('masterpiece', 'disaster');
    await until(() => inspections.shown?.inspection.text === expected, 'the inspection of what is written');
    listeners.dispose();
    // The switch itself inspects the text once more as it was.
    assert.deepEqual(order.slice(-2), [`early: ${expected}`, 'shown']);
    await run('toggleLive');
  });

  it('is followed live in the documents whose switch is on, and in no other', async () => {
    const { inspections, liveSwitch } = await headlight();
    const followed = await openText(document);
    select(followed, sentence);
    await run('inspectSelection');
    await run('toggleLive');
    const other = await openText(`${sentence} Again.`);
    assert.match(liveSwitch.text ?? '', /circle-large-outline/);
    select(other, sentence);
    await run('inspectSelection');
    assert.equal(inspections.live, false);
    const back = await vscode.window.showTextDocument(followed.document, { preview: false });
    assert.match(liveSwitch.text ?? '', /circle-large-outline/);
    select(back, sentence);
    await run('inspectSelection');
    assert.equal(inspections.live, true);
    assert.match(liveSwitch.text ?? '', /record/);
    await run('toggleLive');
    assert.equal(inspections.live, false);
  });

  it('is followed to what was written while something else was asked of it', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    await run('toggleLive');
    await until(() => inspections.progress === undefined, 'the inspection as it was');
    putCursorBefore(editor, 'masterpiece');
    // The second word comes while the first one is being inspected.
    void vscode.commands.executeCommand('type', { text: 'great ' });
    await vscode.commands.executeCommand('type', { text: 'and odd ' });
    void inspections.interventions.switchHeads([{ block: 'self', layer: 1, head: 2 }]);
    const expected = sentence.replace('masterpiece', 'great and odd masterpiece');
    await until(() => {
      const { text, ablated } = inspections.shown?.inspection ?? {};
      return text === expected && ablated?.length === 1 && inspections.progress === undefined;
    }, 'the inspection of all that was written, with a head off');
    await run('toggleLive');
  });

  it('cannot be followed where it was read from a file with attention', async () => {
    const { inspections, liveSwitch } = await headlight();
    const extension = vscode.extensions.getExtension(`${manifest.publisher}.${manifest.name}`);
    const file = join(extension?.extensionPath ?? '', 'test/fixtures/dodrio/sst2-1169.safetensors');
    await run('openAttentionFile', vscode.Uri.file(file));
    assert.equal(inspections.shown?.inspection.attentionFile, file);
    assert.equal(inspections.canFollow, false);
    assert.equal(liveSwitch.text, undefined);
    const [message] = await messagesOf(() => run('toggleLive'));
    assert.match(message, /of no document that could be followed.*switch live on/);
    assert.equal(inspections.live, false);
  });
});
