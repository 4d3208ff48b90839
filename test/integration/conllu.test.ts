import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { closeEverything, headlight, messagesOf, openText, run, sample, select } from './support';

const text = 'The film is slow.';

/** One sentence of CoNLL-U: form, parent (from 1; 0 for the root) and relation of every word. */
function conllu(...words: readonly (readonly [form: string, parent: number, relation: string])[]): string {
  return words
    .map(([form, parent, relation], i) =>
      [i + 1, form, '_', '_', '_', '_', parent, relation, '_', '_'].join('\t'),
    )
    .join('\n');
}

/** A parse that no parser would give. */
const own = conllu(
  ['The', 4, 'det'],
  ['film', 1, 'dep'],
  ['is', 2, 'dep'],
  ['slow', 0, 'root'],
  ['.', 4, 'punct'],
);

async function inspectText(): Promise<void> {
  const editor = await openText(text);
  select(editor, text);
  await run('inspectSelection');
}

describe('the parse', () => {
  afterEach(closeEverything);

  it('is the built-in parser’s for English prose', async () => {
    const { inspections } = await headlight();
    await inspectText();
    const { parse, words } = inspections.shown?.inspection ?? assert.fail();
    assert.equal(parse?.source, 'parser');
    assert.deepEqual(words.text, ['The', 'film', 'is', 'slow', '.']);
    assert.deepEqual([...parse.heads], [1, 3, 3, -1, 3]);
    assert.deepEqual(parse.relations, ['det', 'nsubj', 'cop', 'root', 'punct']);
  });

  it('is the one of a CoNLL-U file where the user gives one', async () => {
    const { inspections } = await headlight();
    await inspectText();
    const file = sample('own.conllu');
    writeFileSync(file.fsPath, `# text = ${text}\n${own}\n\n`);
    await run('useRelations', file);
    const { parse } = inspections.shown?.inspection ?? assert.fail();
    assert.equal(parse?.source, 'conllu');
    assert.deepEqual([...parse.heads], [3, 0, 1, -1, 3]);
    assert.deepEqual(parse.relations, ['det', 'dep', 'dep', 'root', 'punct']);
  });

  it('is the one of CoNLL-U that is selected in an editor', async () => {
    const { inspections } = await headlight();
    await inspectText();
    const editor = await openText(`Notes\n\n${own}\n\nMore notes.`);
    editor.selection = new vscode.Selection(new vscode.Position(0, 0), new vscode.Position(9, 0));
    await run('useRelations');
    assert.equal(inspections.shown?.inspection.parse?.source, 'conllu');
    assert.equal(inspections.shown.inspection.text, text);
  });

  it('stays when a file has no CoNLL-U, or that of another text', async () => {
    const { inspections } = await headlight();
    await inspectText();
    const shown = inspections.shown;
    const file = sample('other.conllu');
    for (const content of [
      'Some words.',
      `${conllu(['Quite', 2, 'advmod'], ['different', 0, 'root'])}\n\n`,
    ]) {
      writeFileSync(file.fsPath, content);
      const messages = await messagesOf(() => run('useRelations', file));
      assert.equal(messages.length, 1);
      assert.match(messages[0], /CoNLL-U/);
      assert.equal(inspections.shown, shown);
    }
  });

  it('is left out where the setting says so', async () => {
    const { inspections } = await headlight();
    const section = vscode.workspace.getConfiguration('headlight');
    await section.update('relations', 'off', vscode.ConfigurationTarget.Global);
    await inspectText();
    assert.equal(inspections.shown?.inspection.parse, undefined);
    await section.update('relations', undefined, vscode.ConfigurationTarget.Global);
  });
});
