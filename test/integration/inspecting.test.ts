import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import {
  closeEverything,
  headlight,
  messagesOf,
  openText,
  putCursorBefore,
  run,
  sample,
  select,
  until,
} from './support';

const sentence = 'The film is slow, but its quiet performances make it a small masterpiece.';
const document = `Before.\n\n${sentence}\nOne more line. 🙂\n\nAfter.`;

/** What stands where colours are, with their levels. */
async function colouredTexts(editor: vscode.TextEditor): Promise<Record<string, number>> {
  const { colours } = await headlight();
  return Object.fromEntries(
    colours.coloured.map(({ level, range }) => [editor.document.getText(range), level]),
  );
}

describe('inspecting', () => {
  afterEach(closeEverything);

  it('takes the selection, without the white space at its ends', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    select(editor, `\n${sentence}\n`);
    await run('inspectSelection');
    assert.equal(inspections.shown?.inspection.text, sentence);
    assert.equal(inspections.shown.subject.kind, 'selection');
    assert.equal(inspections.failure, undefined);
  });

  it('colours exactly the tokens of the text, the most salient one fully', async () => {
    const { inspections, colours } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const { tokens, saliency } = inspections.shown?.inspection ?? assert.fail();
    const scores = saliency['gradient-l1'] ?? assert.fail();
    const start = document.indexOf(sentence);
    const seen = [...scores.keys()].filter((token) => !tokens.special[token]);
    const largest = seen.reduce((best, token) => (scores[token] > scores[best] ? token : best));
    const full = colours.coloured.filter(({ level }) => level === 16);
    assert.equal(full.length, 1);
    assert.equal(editor.document.offsetAt(full[0].range.start), start + tokens.offsets[2 * largest]);
    assert.equal(editor.document.offsetAt(full[0].range.end), start + tokens.offsets[2 * largest + 1]);
    for (const { level } of colours.coloured) assert.ok(level >= 1 && level <= 16);
    assert.ok(colours.coloured.length > seen.length / 2);
  });

  it('takes the paragraph at the cursor in prose', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    putCursorBefore(editor, 'quiet');
    await run('inspectSelection');
    assert.equal(inspections.shown?.inspection.text, `${sentence}\nOne more line. 🙂`);
  });

  it('takes the string at the cursor in code', async () => {
    const { inspections } = await headlight();
    const uri = sample('support.ts');
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
    putCursorBefore(editor, 'helpful');
    await run('inspectSelection');
    assert.equal(inspections.shown?.subject.kind, 'string');
    assert.equal(
      inspections.shown.inspection.text,
      'You are a helpful assistant who answers the questions of customers.',
    );
  });

  it('takes a whole file from the explorer, and shows it', async () => {
    const { inspections } = await headlight();
    await run('inspectFile', sample('reviews.txt'));
    assert.match(inspections.shown?.inspection.text ?? '', /^Three notes on films/);
    assert.match(vscode.window.activeTextEditor?.document.fileName ?? '', /reviews\.txt$/);
  });

  it('uses the panel again', async () => {
    const { panels, inspections } = await headlight();
    const panelTabs = () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter((tab) => tab.input instanceof vscode.TabInputWebview);
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const first = inspections.shown;
    select(editor, 'One more line.');
    await run('inspectSelection');
    assert.notEqual(inspections.shown, first);
    assert.equal(inspections.shown?.inspection.text, 'One more line.');
    assert.deepEqual(panels.opened, ['inspector']);
    await until(() => panelTabs().length > 0, 'the tab');
    assert.equal(panelTabs().length, 1);
  });

  it('leaves the cursor in the text', async () => {
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    assert.equal(vscode.window.activeTextEditor?.document, editor.document);
  });

  it('switches heads off and on again: the prediction changes and comes back', async () => {
    const { inspections, statusBar } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const shown = () => inspections.shown?.inspection ?? assert.fail();
    const whole = shown();
    const heads = [0, 1, 2].map((head) => ({ block: 'self' as const, layer: 0, head }));
    await inspections.interventions.switchHeads(heads.slice(0, 1));
    await inspections.interventions.switchHeads(heads);
    const without = shown();
    assert.deepEqual(without.ablated, heads);
    assert.equal(without.target?.id, whole.target?.id);
    assert.notEqual(without.target?.value, whole.target?.value);
    assert.deepEqual(without.before?.target, whole.target);
    assert.match(statusBar.text, /· 3 heads off$/);

    await run('undoIntervention');
    assert.deepEqual(inspections.interventions.now.ablate, heads.slice(0, 1));
    await run('redoIntervention');
    assert.deepEqual(inspections.interventions.now.ablate, heads);
    await run('switchAllHeadsOn');
    assert.equal(shown().before, undefined);
    assert.equal(shown().target?.value, whole.target?.value);
    assert.doesNotMatch(statusBar.text, /off/);
    await run('undoIntervention');
    assert.deepEqual(shown().ablated, heads);
  });

  it('explains another class when one is chosen', async () => {
    const { inspections, statusBar } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const { prediction, target, saliency } = inspections.shown?.inspection ?? assert.fail();
    assert.ok(prediction && target);
    const other = prediction.candidates.find(({ id }) => id !== target.id) ?? assert.fail();
    await inspections.retarget({ id: other.id });
    const again = inspections.shown?.inspection ?? assert.fail();
    assert.equal(again.target?.label, other.label);
    assert.notDeepEqual(again.saliency['gradient-l1'], saliency['gradient-l1']);
    assert.match(statusBar.text, new RegExp(`headlight-encoder-sentiment: ${other.label} \\d[\\d.]*\\s%`));
  });

  it('asks another model of the same text when one is chosen', async () => {
    const { inspections, model } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const before = model.reference;
    await run('useModel', { reference: 'headlight-decoder' });
    await until(() => inspections.shown?.inspection.model.name === 'headlight-decoder', 'the other model');
    assert.equal(inspections.shown?.inspection.target?.kind, 'next-token');
    assert.equal(inspections.shown.inspection.text, sentence);
    await model.choose(before);
    await until(() => inspections.shown?.inspection.model.name === before, 'the first model again');
  });

  it('shows signed measures in two colours', async () => {
    const { inspections, colours } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const section = vscode.workspace.getConfiguration('headlight');
    await section.update('saliency.method', 'input-x-gradient', vscode.ConfigurationTarget.Global);
    try {
      const scores = inspections.shown?.inspection.saliency['input-x-gradient'] ?? assert.fail();
      assert.ok(scores.some((score) => score < 0) && scores.some((score) => score > 0));
      const levels = colours.coloured.map(({ level }) => level);
      assert.ok(Math.min(...levels) < 0 && Math.max(...levels) > 0);
      assert.equal(Math.max(...levels.map(Math.abs)), 16);
    } finally {
      await section.update('saliency.method', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('takes everything away on request', async () => {
    const { inspections, colours } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    assert.ok(colours.coloured.length > 0);
    await run('clear');
    assert.equal(inspections.shown, undefined);
    assert.deepEqual(colours.coloured, []);
  });

  it('gives up an inspection for a newer one', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    const shown: string[] = [];
    const listener = inspections.onDidShow(
      (inspection) => inspection && shown.push(inspection.inspection.text),
    );
    select(editor, sentence);
    const older = run('inspectSelection');
    select(editor, 'One more line.');
    const messages = await messagesOf(async () => {
      await Promise.all([older, run('inspectSelection')]);
    });
    listener.dispose();
    assert.deepEqual(shown, ['One more line.']);
    assert.deepEqual(messages, []);
  });
});

describe('an inspected text', () => {
  afterEach(closeEverything);

  it('keeps the colours of words that are not touched while one writes', async () => {
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const before = await colouredTexts(editor);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Something new.\n'));
    assert.deepEqual(await colouredTexts(editor), before);
    const quiet = editor.document.positionAt(editor.document.getText().indexOf('quiet'));
    await editor.edit((edit) => edit.insert(quiet.translate(0, 2), 'x'));
    const { quiet: lost, ...others } = before;
    assert.ok(lost);
    assert.deepEqual(await colouredTexts(editor), others);
  });

  it('that is written in during a run has its colours where its words are', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    const running = run('inspectSelection');
    await until(() => inspections.progress !== undefined, 'the run');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Something new.\n'));
    // Asking for something else gives up the first run, not what is known of the edit.
    await Promise.all([running, inspections.retarget({ id: 0 })]);
    assert.equal(inspections.shown?.inspection.target?.id, 0);
    const texts = Object.keys(await colouredTexts(editor));
    assert.ok(texts.includes('quiet') && texts.includes('slow'), texts.join());
  });

  it('tells of a token when the mouse rests on it', async () => {
    const { inspections } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const position = editor.document.positionAt(document.indexOf('quiet') + 1);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      editor.document.uri,
      position,
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value))
      .join('\n');
    assert.match(text, /\*\*quiet\*\*/);
    assert.match(text, /gradient\\?-l1 \| \d/);
    assert.match(
      text,
      new RegExp(`of ${inspections.shown?.inspection.tokens.special.filter((special) => !special).length}`),
    );
    const outside = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      editor.document.uri,
      new vscode.Position(0, 1),
    );
    assert.deepEqual(outside, []);
  });

  it('selects the token at the cursor in the views', async () => {
    const { inspections, selection, marks } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    putCursorBefore(editor, 'quiet');
    const offsetOf = (token: number) => inspections.shown?.ranges.at(token)?.[0];
    const isQuiet = () =>
      selection.value.token !== undefined && offsetOf(selection.value.token) === document.indexOf('quiet');
    await until(isQuiet, 'the selection of the token');
    assert.equal(editor.document.getText(marks.marked.selected[0]), 'quiet');
  });

  it('shows the token that is pointed at in a view, and goes to it on a click', async () => {
    const { inspections, selection, marks } = await headlight();
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    const token = inspections.shown?.inspection.tokens.pieces.indexOf('small') ?? assert.fail();
    selection.set({ hoveredToken: token }, {});
    assert.equal(editor.document.getText(marks.marked.hovered[0]), 'small');
    await marks.reveal(token);
    assert.equal(editor.document.offsetAt(editor.selection.active), document.indexOf('small'));
    selection.set({}, {});
    assert.deepEqual(marks.marked.hovered, []);
  });

  it('keeps its colours when its language is changed, also after it was written in', async () => {
    const editor = await openText(document);
    select(editor, sentence);
    await run('inspectSelection');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'Something new.\n'));
    const before = await colouredTexts(editor);
    assert.ok(Object.keys(before).length > 0);
    await vscode.languages.setTextDocumentLanguage(editor.document, 'markdown');
    assert.deepEqual(await colouredTexts(editor), before);
  });
});
