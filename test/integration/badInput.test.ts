import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { ElementType, type Model, type Node } from '../../src/engine/onnx/graph';
import { encodeModel } from '../../src/engine/onnx/write';
import { closeEverything, headlight, messagesOf, openText, run, select, until, withModel } from './support';

const good = 'A good picture of the last good text.';

/** Inspects a text that works, so that there is a last good picture. */
async function inspectGood(): Promise<vscode.TextEditor> {
  const editor = await openText(good);
  select(editor, good);
  await run('inspectSelection');
  return editor;
}

/** Inspects a whole new document, and gives the messages that came of it. */
async function messagesAbout(content: string): Promise<string[]> {
  const editor = await openText(content);
  const end = editor.document.positionAt(content.length);
  editor.selection = new vscode.Selection(new vscode.Position(0, 0), end);
  return messagesOf(() => run('inspectSelection'));
}

describe('bad input', () => {
  afterEach(closeEverything);

  it('an empty document: says that there is no text, and keeps the last picture', async () => {
    const { inspections } = await headlight();
    await inspectGood();
    assert.deepEqual(await messagesAbout(''), [
      'There is no text at the cursor. Select some words, or put the cursor into a paragraph or a string.',
    ]);
    assert.equal(inspections.shown?.inspection.text, good);
  });

  it('only white space: says so', async () => {
    const { inspections } = await headlight();
    await inspectGood();
    assert.deepEqual(await messagesAbout(' \t\n\u00a0\n '), [
      'The selection has only white space. Select some words.',
    ]);
    assert.equal(inspections.shown?.inspection.text, good);
  });

  it('no editor at all: says what to open', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const [message, ...others] = await messagesOf(() => run('inspectSelection'));
    assert.match(message, /Open a text file/);
    assert.deepEqual(others, []);
  });

  it('5 MB of text: inspects a window around the cursor and says so, and the editor stays responsive', async () => {
    const { inspections } = await headlight();
    const content = 'The quick brown fox jumps over the lazy dog and reads a book.\n'.repeat(84_000);
    assert.ok(content.length > 5_000_000);
    const editor = await openText(content);
    const middle = new vscode.Position(42_000, 10);
    editor.selection = new vscode.Selection(new vscode.Position(0, 0), middle);
    // Processor time, not time: other programs may keep this machine busy.
    let longest = 0;
    let last = process.cpuUsage();
    const pulse = setInterval(() => {
      const { user, system } = process.cpuUsage(last);
      longest = Math.max(longest, (user + system) / 1000);
      last = process.cpuUsage();
    }, 5);
    const messages = await messagesOf(() => run('inspectSelection'));
    clearInterval(pulse);
    assert.deepEqual(messages, []);
    const { inspection, subject, ranges } = inspections.shown ?? assert.fail();
    assert.ok(
      inspection.notes.some((note) => /window|part|tokens/i.test(note)),
      inspection.notes.join(),
    );
    const cursor = editor.document.offsetAt(middle);
    const start = subject.range[0] + inspection.start;
    assert.ok(
      start <= cursor && cursor <= start + inspection.text.length + 1,
      'the window lies at the cursor',
    );
    const token = ranges.tokenAt(start + inspection.text.indexOf('fox')) ?? assert.fail();
    const [from, to] = ranges.at(token) ?? assert.fail();
    assert.ok(content.slice(from, to).startsWith('fo'), content.slice(from, to));
    assert.ok(longest < 250, `the extension host was busy for ${longest} ms`);
  });

  it('a binary file: says that it is no text', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headlight-binary-'));
    const file = join(folder, 'picture.dat');
    writeFileSync(
      file,
      Uint8Array.from({ length: 4096 }, (_, i) => (i * 7) % 256),
    );
    const [message, ...others] = await messagesOf(() => run('inspectFile', vscode.Uri.file(file)));
    assert.match(
      message,
      /“picture\.dat” (cannot be opened as text|is a binary file)\. Choose a file with text/,
    );
    assert.deepEqual(others, []);
    rmSync(folder, { recursive: true });
  });

  it('a lone surrogate: is inspected like any other text', async () => {
    const { inspections } = await headlight();
    assert.deepEqual(await messagesAbout('A broken \ud83d sign in a good text.'), []);
    const { tokens, text } = inspections.shown?.inspection ?? assert.fail();
    assert.equal(text.slice(tokens.offsets[2], tokens.offsets[3]).toLowerCase(), 'a');
    const good = tokens.pieces.indexOf('good');
    assert.equal(text.slice(tokens.offsets[2 * good], tokens.offsets[2 * good + 1]), 'good');
  });

  it('a text of which every token is unknown: is inspected, and the note says what it means', async () => {
    const { inspections } = await headlight();
    assert.deepEqual(await messagesAbout('☃☃☃ ☂☂'), []);
    const notes = inspections.shown?.inspection.notes ?? [];
    assert.ok(
      notes.some((note) => /vocabulary/.test(note)),
      notes.join(),
    );
  });

  it('a target that the model does not have: says so and keeps the picture', async () => {
    const { inspections } = await headlight();
    await inspectGood();
    const shown = inspections.shown;
    const [message, ...others] = await messagesOf(() => inspections.retarget({ label: 'no such class' }));
    assert.match(message, /no such class/);
    assert.deepEqual(others, []);
    assert.equal(inspections.shown, shown);
  });
});

describe('a bad model', () => {
  const builtIn = resolve(__dirname, '../../media/models/headlight-encoder-sentiment');
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headlight-models-'));
    const copy = (name: string) => cpSync(builtIn, join(folder, name), { recursive: true });
    copy('without-tokenizer');
    for (const file of ['tokenizer.json', 'vocab.txt']) rmSync(join(folder, 'without-tokenizer', file));
    copy('truncated');
    truncateSync(join(folder, 'truncated/onnx/model.onnx'), 1_000_000);
    copy('without-attention');
    writeFileSync(join(folder, 'without-attention/onnx/model.onnx'), encodeModel(modelWithoutAttention()));
  });
  after(() => rmSync(folder, { recursive: true }));
  afterEach(closeEverything);

  const cases = [
    ['without-tokenizer', /tokenizer/i],
    ['truncated', /model\.onnx.*(not a complete|truncated|ends)/i],
    ['without-attention', /attention/i],
    ['missing', /no model|does not exist|missing/i],
  ] as const;
  for (const [name, expected] of cases) {
    it(`${name}: one sentence with a way out, in the views as well`, async () => {
      const { inspections } = await headlight();
      await withModel(join(folder, name), async () => {
        const messages = await messagesAbout(good);
        assert.equal(messages.length, 1, messages.join('\n'));
        assert.match(messages[0], expected);
        assert.match(messages[0], /[.:] .*\.$/, 'what is wrong, and what to do');
        assert.equal(inspections.failure, messages[0]);
        assert.equal(inspections.progress, undefined);
      });
    });
  }

  it('is asked for nothing more when another one is chosen: that one gets the text', async () => {
    const { inspections, model } = await headlight();
    await withModel(join(folder, 'truncated'), async () => {
      await messagesAbout(good);
      const textShown = () => inspections.shown?.inspection.text;
      assert.equal(textShown(), undefined);
      await model.choose('headlight-encoder-sentiment');
      await until(() => textShown() === good, 'the inspection by the other model');
      assert.equal(inspections.failure, undefined);
    });
  });

  it('is not taken into use by the list of models', async () => {
    const { model, inspections } = await headlight();
    await inspectGood();
    const before = model.reference;
    const messages = await messagesOf(() => run('useModel', { reference: join(folder, 'truncated') }));
    assert.equal(messages.length, 1);
    assert.equal(model.reference, before);
    assert.equal(inspections.shown?.inspection.text, good);
  });
});

describe('an engine that is killed', () => {
  afterEach(closeEverything);

  it('during a run: is started again, and the run repeated', async () => {
    const { engine, inspections } = await headlight();
    await inspectGood();
    const killed = engine.pid ?? assert.fail();
    const messages = await messagesOf(async () => {
      const again = inspections.retarget({ id: 0 });
      process.kill(killed, 'SIGKILL');
      await again;
    });
    assert.deepEqual(messages, []);
    assert.notEqual(engine.pid, killed);
    assert.equal(inspections.shown?.inspection.target?.id, 0);
  });

  it('again and again: says so once, keeps the last picture, and works afterwards', async () => {
    const { engine, inspections } = await headlight();
    await inspectGood();
    const shown = inspections.shown ?? assert.fail();
    const killer = inspections.onDidProgress(
      (step) => step && engine.pid && process.kill(engine.pid, 'SIGKILL'),
    );
    const messages = await messagesOf(() => inspections.retarget({ id: 0 }));
    killer.dispose();
    assert.equal(messages.length, 1, messages.join('\n'));
    assert.match(messages[0], /SIGKILL.*(shorter text|smaller model)/);
    assert.equal(inspections.shown, shown);
    assert.equal(inspections.failure, messages[0]);
    await inspections.retarget({ id: 1 });
    assert.equal(inspections.failure, undefined);
    assert.equal(inspections.shown?.inspection.target?.id, 1);
  });

  it('while it rests: the heads of the picture can still be drawn', async () => {
    const { engine, inspections } = await headlight();
    await inspectGood();
    const { id, tokens } = inspections.shown?.inspection ?? assert.fail();
    const request = {
      inspection: id,
      heads: [{ block: 'self', layer: 1, head: 2 }],
      level: 'token',
    } as const;
    const [before] = await engine.attention(request);
    process.kill(engine.pid ?? assert.fail(), 'SIGKILL');
    const [after] = await engine.attention(request);
    assert.deepEqual(after.dims, [tokens.ids.length, tokens.ids.length]);
    assert.deepEqual(after.data, before.data);
  });

  it('on request: is another process afterwards', async () => {
    const { engine, inspections } = await headlight();
    await inspectGood();
    const before = engine.pid;
    await run('restartEngine');
    await inspections.retarget({ id: 0 });
    assert.ok(before && engine.pid && engine.pid !== before);
    await until(() => inspections.progress === undefined, 'rest');
  });
});

/** A bag of words: the mean of the token ids as the logit of two classes. */
function modelWithoutAttention(): Model {
  const node = (
    op: string,
    inputs: string[],
    output: string,
    attributes: Node['attributes'] = new Map(),
  ): Node => ({
    name: output,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes,
  });
  const axes = { name: 'axes', value: { kind: 'ints', value: [1] } } as const;
  const to = { name: 'to', value: { kind: 'int', value: ElementType.float } } as const;
  const axis = { name: 'axis', value: { kind: 'int', value: 1 } } as const;
  return {
    file: '',
    irVersion: 8,
    producer: '',
    opsets: new Map([['', 13]]),
    rest: [],
    graph: {
      name: 'bag',
      initializers: new Map(),
      valueTypes: new Map(),
      rest: [],
      inputs: [{ name: 'input_ids', type: ElementType.int64, dims: ['batch', 'sequence'] }],
      outputs: [{ name: 'logits', type: ElementType.float, dims: ['batch', 2] }],
      nodes: [
        node('Cast', ['input_ids'], 'numbers', new Map([['to', to]])),
        node('ReduceMean', ['numbers'], 'mean', new Map([['axes', axes]])),
        node('Concat', ['mean', 'mean'], 'logits', new Map([['axis', axis]])),
      ],
    },
  };
}
