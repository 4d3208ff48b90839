import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ModelInspection } from '../../src/protocol/inspection';
import { probability } from '../../src/protocol/numbers';
import { visibleToken } from '../../webview/marks/tokenText';
import { lineOfTokens, promptLines, promptTotals } from '../../webview/views/prompt/lines';
import { focusProblems, seriousViolations } from './accessibility';
import { type OpenView, type PromptAnswers, skip, ViewBench, type ViewOptions } from './harness';
import { answers, earlier, engine, nextCall, text, texts } from './promptEngine';
import { themeNames } from './themes';

let bench: ViewBench;
let inspection: ModelInspection;
let bits: Float32Array;
before(async () => {
  if (skip) return;
  bench = await ViewBench.start();
  inspection = await engine.inspect(nextCall(), { model: 'headlight-decoder', text, parse: 'none' });
  bits = await engine.surprisal(nextCall(), { inspection: inspection.id });
});
after(() => bench?.stop());

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const recorded = {
    inspection,
    attention: () => {
      throw new Error('The prompt view draws no attention.');
    },
  };
  const view = await bench.open({ view: 'prompt', recorded, prompt: answers, width: 1000, ...options });
  await view.page.waitForSelector(options.view === 'changes' ? '.edit-row' : '.next-row');
  return view;
}

describe('the cost of a prompt', () => {
  it('is told line by line; what breaks a line belongs to it', () => {
    const runs = [
      { before: '', after: '' },
      { before: '', after: '\n' },
      { before: '', after: '\n' },
      { before: '', after: '' },
      { before: ' \n\n ', after: '' },
    ];
    const lines = lineOfTokens(runs);
    assert.deepEqual([...lines], [0, 0, 1, 2, 4]);
    assert.deepEqual(promptLines(lines, Float32Array.of(NaN, 1, 2, 4, 8)), [
      { tokens: [0, 1], bits: 1 },
      { tokens: [2], bits: 2 },
      { tokens: [3], bits: 4 },
      { tokens: [], bits: 0 },
      { tokens: [4], bits: 8 },
    ]);
    assert.deepEqual(promptTotals(Float32Array.of(NaN, 1, 2, 3)), {
      tokens: 4,
      bits: 6,
      bitsPerToken: 2,
      perplexity: 4,
    });
  });
});

describe('the prompt view', { skip }, () => {
  it('has each line with its bits and tokens, and the totals of the prompt', async () => {
    const view = await open();
    await view.page.waitForFunction(() => document.querySelector('.line-bits')?.textContent !== '');
    const costs = (await texts(view, '.line-bits')).map((cell) => Number.parseInt(cell, 10));
    const counts = (await texts(view, '.line-tokens')).map(Number);
    assert.equal(costs.length, text.split('\n').length);
    assert.equal(
      counts.reduce((a, b) => a + b, 0),
      inspection.tokens.ids.length,
    );
    // Each line's bits, from the ranges of its tokens in the text.
    let at = 0;
    text.split('\n').forEach((line, i) => {
      const end = at + line.length + 1;
      let sum = 0;
      inspection.tokens.ids.forEach((_, token) => {
        const begin = inspection.tokens.offsets[2 * token];
        if (begin >= at && begin < end && token > 0) sum += bits[token];
      });
      assert.ok(Math.abs(costs[i] - sum) <= 0.51, `line ${i}: ${costs[i]}, not ${sum}`);
      at = end;
    });
    const mean = bits.slice(1).reduce((a, b) => a + b, 0) / (bits.length - 1);
    const totals = (await view.page.textContent('.prompt-totals')) ?? '';
    assert.ok(
      totals.startsWith(`${bits.length} of 512 tokens · mean ${mean.toPrecision(2)} bits per token`),
      totals,
    );
    assert.ok(totals.includes(`perplexity ${Math.round(2 ** mean)}`), totals);
    await view.close();
  });

  it('lists the 20 likeliest next tokens with their probability, rank and entropy', async () => {
    const view = await open();
    const next = await engine.distribution(nextCall(), { inspection: inspection.id });
    assert.deepEqual(
      await texts(view, '.next-row .bar-label'),
      next.candidates.map(({ label }) => visibleToken(label)),
    );
    assert.deepEqual(
      await texts(view, '.next-row .bar-value'),
      next.candidates.map((candidate) => probability(candidate.probability)),
    );
    assert.deepEqual(
      await texts(view, '.next-rank'),
      Array.from({ length: 20 }, (_, i) => String(i + 1)),
    );
    assert.equal(
      await view.page.textContent('.next-tokens .hint'),
      `entropy ${next.entropy.toPrecision(2)} bits`,
    );
    const widths = await view.page.$$eval('.next-row .bar', (bars) =>
      bars.map((bar) => Number.parseFloat((bar as HTMLElement).style.width)),
    );
    widths.forEach((width, i) =>
      assert.ok(
        Math.abs(width - (100 * next.candidates[i].probability) / next.candidates[0].probability) < 0.1,
      ),
    );
    await view.close();
  });

  it('follows the cursor, and says what stands there', async () => {
    const view = await open();
    const position = 11;
    const next = await engine.distribution(nextCall(), { inspection: inspection.id, position });
    await view.select({ precedingToken: position });
    const expected = `Here stands “${visibleToken(next.actual?.label ?? '')}”: ${probability(next.actual?.probability ?? NaN)}, rank ${next.actual?.rank}.`;
    await view.page.waitForFunction(
      (words) => document.querySelector('.next-actual')?.textContent === words,
      expected,
    );
    assert.deepEqual(
      await texts(view, '.next-row .bar-label'),
      next.candidates.map(({ label }) => visibleToken(label)),
    );
    await view.select({ precedingToken: -1 });
    await view.page.waitForFunction(() => document.querySelectorAll('.next-row').length === 0);
    assert.match((await texts(view, '.next-tokens .hint')).join(), /Nothing stands before the cursor/);
    await view.close();
  });

  it('shows what would come after a candidate that is pointed at', async () => {
    const view = await open();
    const { candidates } = await engine.distribution(nextCall(), { inspection: inspection.id });
    const further = await engine.distribution(nextCall(), {
      inspection: inspection.id,
      after: [candidates[3].id],
    });
    await view.page.hover('.next-row >> nth=3');
    await view.page.waitForSelector('.further-row');
    assert.equal(
      await view.page.textContent('.further-title'),
      `What if “${visibleToken(candidates[3].label)}”: then`,
    );
    assert.deepEqual(
      await texts(view, '.further-row .bar-value'),
      further.candidates.slice(0, 10).map((candidate) => probability(candidate.probability)),
    );
    await view.close();
  });

  it('inserts a candidate, explains it, or contrasts it with another; by keyboard too', async () => {
    const view = await open();
    const { candidates, texts: inserted } = await engine.distribution(nextCall(), {
      inspection: inspection.id,
    });
    const position = inspection.tokens.ids.length - 1;
    await view.page.focus('.next-row >> nth=0');
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    await view.page.getByRole('button', { name: 'Insert' }).first().click();
    assert.deepEqual(await view.lastCall('insertAfter'), [position, inserted[1]]);
    await view.page.getByRole('button', { name: 'Why this token' }).click();
    assert.deepEqual(await view.called('retarget'), [{ id: candidates[1].id, position }]);
    const colour = view.page.locator('vscode-dropdown[aria-label="What the tokens are coloured by"]');
    assert.equal(await colour.evaluate((dropdown) => (dropdown as HTMLSelectElement).value), 'saliency');
    await view.page.getByRole('button', { name: 'Contrast with…' }).click();
    await view.page.click('.next-row >> nth=4');
    const contrast = await view.called(
      'retarget',
      (target) => (target as { contrast?: unknown }).contrast !== undefined,
    );
    assert.deepEqual(contrast, [{ id: candidates[1].id, position, contrast: { id: candidates[4].id } }]);
    await view.close();
  });

  it('shows continuations token by token, and stops when told to', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const request = {
      inspection: inspection.id,
      tokens: 4,
      count: 3,
      temperature: 0.8,
      topP: 0.95,
      seed: 1,
      withGreedy: true,
    };
    const expected = await engine.generate(nextCall(), request);
    let hold: Promise<unknown> = held;
    const prompt: PromptAnswers = {
      ...answers,
      generate: async (_run, asked) => {
        await hold;
        return engine.generate(nextCall(), asked);
      },
    };
    const view = await open({ prompt });
    await view.page.getByRole('spinbutton', { name: 'Tokens' }).fill('4');
    await view.page.getByRole('button', { name: 'Continue' }).click();
    const [run, asked] = await view.called('generate');
    assert.deepEqual(asked, { ...request, position: inspection.tokens.ids.length - 1 });
    const branches = expected.branches.map((branch) => ({
      ...branch,
      tokens: branch.tokens.slice(0, 2),
      ended: undefined,
    }));
    await view.progressed(run as number, { message: 'Generating, token 2 of 4', fraction: 0.5, branches });
    assert.equal(await view.page.locator('.branch >> nth=0').locator('.branch-token').count(), 2);
    finish();
    await view.page.getByRole('button', { name: 'Continue' }).waitFor();
    assert.deepEqual(
      await view.page.$$eval('.branch', (items) =>
        items.map((item) => item.querySelectorAll('.branch-token').length),
      ),
      expected.branches.map(({ tokens }) => tokens.length),
    );
    assert.deepEqual(await texts(view, '.branch-name'), ['greedy', 'seed 1', 'seed 2', 'seed 3']);
    const first = view.page.locator('.branch >> nth=1').locator('.branch-token').first();
    const [token] = expected.branches[1].tokens;
    assert.equal(
      await first.getAttribute('title'),
      `“${visibleToken(token.label)}” ${probability(token.probability)}`,
    );
    await view.page.getByRole('button', { name: 'Insert the sampled continuation' }).first().click();
    assert.deepEqual(await view.lastCall('insertAfter'), [
      inspection.tokens.ids.length - 1,
      expected.branches[1].text,
    ]);

    // This one goes on until it is stopped.
    hold = new Promise(() => undefined);
    await view.page.getByRole('button', { name: 'Continue' }).click();
    await view.page.getByRole('button', { name: 'Stop' }).click();
    const [stopped] = await view.called('stop');
    assert.equal(typeof stopped, 'number');
    await view.close();
  });

  it('has borders of tokens on request', async () => {
    const view = await open();
    assert.equal(await view.page.locator('.prompt-text.bordered').count(), 0);
    await view.page.locator('vscode-checkbox', { hasText: 'Token borders' }).click();
    assert.equal(await view.page.locator('.prompt-text.bordered').count(), 1);
    await view.close();
  });

  it('says what to do where the model does not predict the next token', async () => {
    const other = await engine.inspect(nextCall(), {
      model: 'headlight-encoder-sentiment',
      text,
      parse: 'none',
    });
    const view = await bench.open({
      view: 'prompt',
      recorded: { inspection: other, attention: () => ({ data: new Float32Array(0), dims: [0, 0] }) },
    });
    await view.settled();
    assert.match(
      (await view.page.textContent('.prompt-elsewhere')) ?? '',
      /headlight-encoder-sentiment does not predict the next token\. Choose a causal language model/,
    );
    assert.equal(await view.page.isVisible('.prompt-content'), false);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`shows where the keyboard is (${theme})`, async () => {
      const view = await open({ theme });
      assert.deepEqual(await focusProblems(view.page), []);
      await view.close();
    });

    it(`is accessible, and says nothing on the console, in ${theme}, also where it is narrow`, async () => {
      const view = await open({ theme, width: 320 });
      assert.deepEqual(await seriousViolations(view.page), []);
      const overflow = await view.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0);
      assert.deepEqual(view.complaints, []);
      await view.close();
    });
  }
});

describe('what changed', { skip }, () => {
  it('is the change of the target, and each edit’s part in it, the strongest first', async () => {
    const view = await open({ view: 'changes' });
    const {
      edits,
      before: was,
      after: is,
    } = await engine.changes(nextCall(), { inspection: inspection.id, before: { text: earlier } });
    const sorted = [...edits].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
    assert.equal(edits.length, 2);
    assert.equal(
      await view.page.textContent('.changes-sum b'),
      `${probability(was.probability)} → ${probability(is.probability)}`,
    );
    assert.deepEqual(
      await texts(view, '.edit-row ins'),
      sorted.map(({ inserted }) => visibleToken(inserted)),
    );
    const shown = (await texts(view, '.edit-row .bar-value')).map((value) => Number(value.replace('−', '-')));
    shown.forEach((value, i) =>
      assert.ok(Math.abs(value - sorted[i].effect) <= 0.06 * Math.abs(sorted[i].effect)),
    );
    await view.page.hover('.edit-row >> nth=0');
    const tooltip = (await view.page.textContent('.tooltip')) ?? '';
    assert.ok(
      tooltip.includes(`with all but this edit${probability(sorted[0].without.probability)}`),
      tooltip,
    );
    await view.page.click('.edit-row >> nth=1');
    assert.deepEqual(await view.lastCall('revealRange'), [...sorted[1].range]);
    assert.deepEqual(await seriousViolations(view.page), []);
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('says why there is nothing to compare with', async () => {
    const sentence =
      'No version of this text is marked. Choose “Headlight: Mark as Reference Version” first, then edit the text.';
    const view = await bench.open({
      view: 'changes',
      recorded: { inspection, attention: () => ({ data: new Float32Array(0), dims: [0, 0] }) },
      prompt: { changes: () => Promise.reject(new Error(sentence)) },
    });
    await view.page.getByText('No version of this text is marked').waitFor();
    await view.page.getByRole('button', { name: 'Mark as Reference' }).click();
    assert.deepEqual(await view.called('run'), ['markReference']);
    await view.close();
  });
});
