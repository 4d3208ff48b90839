import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { closeEverything, headlight, openText, run, sample, select } from './support';

const prompt =
  'You are a careful translator, and you answer in one short sentence without any remark of your own at all, please.';
const sentence = 'The film is slow, but its quiet performances make it a small masterpiece.';

describe('prompts in code', () => {
  afterEach(closeEverything);

  it('have a lens that inspects them and says what they cost', async () => {
    const { inspections, model } = await headlight();
    const file = sample('prompts.py');
    writeFileSync(file.fsPath, `name = "x"\nsystem_prompt = """${prompt}"""\n`);
    const editor = await vscode.window.showTextDocument(file, { preview: false });
    const lenses = (resolved: number) =>
      vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file, resolved);
    const [first] = (await lenses(5)).filter(({ command }) => command?.command === 'headlight.inspectPrompt');
    assert.ok(first.command);
    assert.equal(first.range.start.line, 1);
    await vscode.commands.executeCommand(first.command.command, ...(first.command.arguments ?? []));
    assert.equal(inspections.shown?.inspection.text, prompt);
    assert.equal(inspections.shown.subject.kind, 'string');
    const [again] = (await lenses(5)).filter(({ command }) => command?.command === 'headlight.inspectPrompt');
    const tokens = inspections.shown.inspection.tokens.ids.length;
    assert.equal(again.command?.title, `Inspect prompt · ${tokens} tokens`);
    const before = model.reference;
    await model.choose('headlight-decoder');
    const [causal] = (await lenses(5)).filter(
      ({ command }) => command?.command === 'headlight.inspectPrompt',
    );
    assert.match(causal.command?.title ?? '', /^Inspect prompt · \d+ tokens · \d+(\.\d)? bits\/token$/);
    await model.choose(before);
    assert.equal(editor.document.isDirty, false);
  });

  it('have a hover with the heads that attend to a token', async () => {
    const { engine, inspections } = await headlight();
    const editor = await openText(sentence);
    select(editor, sentence);
    await run('inspectSelection');
    const { inspection, ranges } = inspections.shown ?? assert.fail();
    const offset = sentence.indexOf('quiet') + 1;
    const token = ranges.tokenAt(offset) ?? assert.fail();
    const { to } = await engine.ask((remote) => remote.tokenAttention, { inspection: inspection.id, token });
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      editor.document.uri,
      editor.document.positionAt(offset),
    );
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (typeof content === 'string' ? content : content.value))
      .join('\n');
    const { layer, head } = to[0].head;
    assert.match(text, new RegExp(`attended to by .*\\(${layer}\\\\\\.${head}\\)`));
  });

  it('have hints of what a causal model expected, when the user wants them', async () => {
    const { engine, inspections, model } = await headlight();
    const before = model.reference;
    await model.choose('headlight-decoder');
    const settings = vscode.workspace.getConfiguration('headlight');
    await settings.update('inlayHints', 'all', vscode.ConfigurationTarget.Global);
    try {
      const code = 'def add(a, b):\n    return a + b\n';
      const editor = await openText(code);
      select(editor, code.trim());
      await run('inspectSelection');
      const { inspection } = inspections.shown ?? assert.fail();
      const expected = await engine.ask((remote) => remote.expectations, {
        inspection: inspection.id,
        leastBits: 0,
      });
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        editor.document.uri,
        new vscode.Range(0, 0, 2, 0),
      );
      assert.equal(hints.length, expected.length);
      assert.ok(hints.length > 2);
      assert.deepEqual(
        hints.map(({ position }) => editor.document.offsetAt(position)),
        expected.map(({ token }) => inspection.tokens.offsets[2 * token]),
      );
    } finally {
      await settings.update('inlayHints', undefined, vscode.ConfigurationTarget.Global);
      await model.choose(before);
    }
  });
});
