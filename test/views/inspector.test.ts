import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { shownSaliency } from '../../webview/marks/saliency';
import { contrast, saliencyColour } from '../../webview/marks/scales';
import { contributedColours, type Theme } from '../../webview/marks/theme';
import { focusProblems, seriousViolations } from './accessibility';
import { readDodrio } from './dodrio';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { readRecorded } from './recorded';
import { themeNames, themes, type ThemeName } from './themes';

let bench: ViewBench;
onBench((started) => (bench = started));
let bert: RecordedInspection;
let sentiment: RecordedInspection;
let prompt: RecordedInspection;
before(async () => {
  [bert, sentiment, prompt] = await Promise.all([
    readDodrio(),
    readRecorded('sentiment'),
    readRecorded('prompt'),
  ]);
});

async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({ recorded: sentiment, ...options });
  await view.settled();
  return view;
}

/** The theme as the scales know it. */
function themeOf(name: ThemeName): Theme {
  const { variables } = themes[name];
  return {
    kind: name,
    isDark: name.includes('dark'),
    isHighContrast: name.startsWith('hc'),
    background: variables['--vscode-editor-background'],
    foreground: variables['--vscode-editor-foreground'],
    ...contributedColours[name],
  };
}

/** `rgb(1, 2, 3)` as `#010203`. */
function hex(rgb: string): string {
  const channels = rgb.match(/\d+/g)?.slice(0, 3) ?? [];
  return `#${channels.map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')}`;
}

interface DrawnToken {
  readonly text: string;
  readonly background: string;
  readonly colour: string;
  readonly label: string;
}

function drawnTokens(view: OpenView): Promise<DrawnToken[]> {
  return view.page.$$eval('.text .token', (tokens) =>
    tokens.map((token) => ({
      text: token.textContent ?? '',
      background: (token as HTMLElement).style.backgroundColor,
      colour: (token as HTMLElement).style.color,
      label: token.getAttribute('aria-label') ?? '',
    })),
  );
}

describe('the inspector', { skip }, () => {
  for (const theme of themeNames) {
    for (const measure of ['gradient-l1', 'input-x-gradient'] as const) {
      it(`colours tokens by ${measure} and keeps them readable (${theme})`, async () => {
        const view = await open({ theme, settings: { saliency: measure } });
        const shown = shownSaliency(sentiment.inspection, measure);
        assert.equal(shown?.name, measure);
        const tokens = await drawnTokens(view);
        assert.equal(tokens.length, sentiment.inspection.tokens.ids.length);
        tokens.forEach(({ background, colour, text }, i) => {
          const expected = saliencyColour(shown.scores[i] / shown.largest, themeOf(theme));
          assert.equal(hex(background), expected, `background of ${text}`);
          assert.ok(contrast(hex(colour), expected) >= 4.5, `${text} can be read`);
        });
        await view.close();
      });
    }
  }

  it('writes the text as it is, white space included', async () => {
    const view = await open();
    const words = (await view.page.locator('.text .token-strip').first().textContent()) ?? '';
    assert.equal(words.replace(/ ?\[(CLS|SEP)\] ?/g, ''), sentiment.inspection.text);
    await view.close();
  });

  it('links tokens with the editor: pointing highlights, a click reveals, the cursor marks', async () => {
    const view = await open();
    const token = (i: number) => view.page.locator(`.text [data-token="${i}"]`).first();
    await token(4).hover();
    const [hovered] = await view.called('select', (selection) => isHovering(selection, 4));
    assert.ok(hovered);
    const tooltip = (await view.page.locator('.tooltip:not([hidden])').textContent()) ?? '';
    assert.match(tooltip, new RegExp(`^${sentiment.inspection.tokens.pieces[4]}token 4, id`));
    await token(6).click();
    assert.deepEqual(await view.lastCall('revealToken'), [6]);
    await view.select({ token: 9 });
    assert.equal(await token(9).getAttribute('aria-selected'), 'true');
    assert.equal(await token(6).getAttribute('aria-selected'), 'false');
    await view.close();
  });

  it('lets tokens be reached and chosen by keyboard', async () => {
    const view = await open();
    await view.page.locator('.text [data-token="0"]').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await view.page.keyboard.press(key);
    assert.deepEqual(await view.lastCall('revealToken'), [2]);
    await view.close();
  });

  it('shows the outcomes as bars of their probability, and explains another one on request', async () => {
    const { prediction } = sentiment.inspection;
    const view = await open();
    const bars = await view.page.$$eval('.candidate', (candidates) =>
      candidates.map((candidate) => ({
        label: candidate.querySelector('.candidate-label')?.textContent,
        width: (candidate.querySelector('.candidate-filled') as HTMLElement).style.width,
        isTarget: candidate.getAttribute('aria-pressed'),
      })),
    );
    assert.deepEqual(
      bars,
      prediction.candidates.map(({ id, label, probability }) => ({
        label,
        width: `${Math.round(probability * 100)}%`,
        isTarget: String(id === sentiment.inspection.target.id),
      })),
    );
    await view.page.locator('.candidate').nth(1).click();
    assert.deepEqual(await view.lastCall('retarget'), [{ id: prediction.candidates[1].id }]);
    await view.close();
  });

  it('asks the editor for targets that have no bar', async () => {
    const view = await open({ recorded: prompt });
    assert.equal(await view.page.locator('.candidate').count(), 3);
    await view.page.getByText('More…').click();
    assert.deepEqual(await view.lastCall('run'), ['chooseTarget']);
    await view.page.locator('.candidate').nth(2).click();
    const { candidates, position } = prompt.inspection.prediction;
    assert.deepEqual(await view.lastCall('retarget'), [{ id: candidates[2].id, position }]);
    await view.close();
  });

  it('passes the model, the saliency measure and the live switch on to the host', async () => {
    const view = await open();
    await view.page.locator('.model').click();
    assert.deepEqual(await view.lastCall('chooseModel'), []);
    const saliency = view.page.locator('vscode-dropdown[aria-label^="Saliency"]');
    await saliency.click();
    await saliency.getByRole('option', { name: 'SmoothGrad' }).click();
    assert.deepEqual(await view.called('chooseSaliency'), ['smooth-grad']);
    await view.page.locator('vscode-checkbox', { hasText: 'Live' }).click();
    assert.deepEqual(await view.called('setLive'), [false]);
    await view.close();
  });

  it('offers surprisal for causal models only', async () => {
    const view = await open();
    const options = () => view.page.locator('vscode-dropdown[aria-label^="Saliency"] vscode-option');
    assert.equal(await options().filter({ hasText: 'Surprisal' }).count(), 0);
    await view.show(prompt);
    assert.equal(await options().filter({ hasText: 'Surprisal' }).count(), 1);
    await view.close();
  });

  it('keeps the last picture while a run goes on and when one fails', async () => {
    const view = await open();
    await view.busy({ message: 'Running headlight-encoder-sentiment', fraction: 0.4 });
    assert.equal(
      await view.page.locator('.progress-message').textContent(),
      'Running headlight-encoder-sentiment',
    );
    assert.equal(await view.page.locator('.progress-line').getAttribute('aria-valuenow'), '40');
    await view.busy();
    const sentence = 'The engine stopped while it was running. Inspect once more.';
    await view.failed(sentence);
    assert.equal(await view.page.locator('.failure').textContent(), sentence);
    assert.equal(await view.page.locator('.head-cell:visible').count(), 32);
    await view.failed();
    assert.equal(await view.page.locator('.failure:visible').count(), 0);
    await view.close();
  });

  it('teaches how to begin where nothing is inspected yet', async () => {
    const view = await open({ recorded: undefined });
    const words = (await view.page.locator('.empty-state:not(.loading)').textContent()) ?? '';
    assert.match(words, /Right-click and choose Headlight: Inspect Selection, or press Ctrl\+K H\./);
    assert.equal(await view.page.locator('.panes:visible').count(), 0);
    for (const [label, command] of [
      ['Inspect Selection', 'inspectSelection'],
      ['Try a Sample', 'trySample'],
    ]) {
      await view.page.locator('vscode-button', { hasText: label }).click();
      assert.deepEqual(await view.lastCall('run'), [command]);
    }
    await view.show(sentiment);
    assert.equal(await view.page.locator('.empty-state:visible').count(), 0);
    assert.equal(await view.page.locator('.head-cell:visible').count(), 32);
    await view.close();
  });

  it('says what goes on until the first picture is there', async () => {
    const view = await open({ recorded: undefined });
    await view.busy({ message: 'Loading headlight-encoder-sentiment' });
    assert.equal(
      await view.page.locator('.waiting-message:visible').textContent(),
      'Loading headlight-encoder-sentiment',
    );
    assert.equal(await view.page.locator('.empty-state:not(.loading):visible').count(), 0);
    await view.close();
  });

  it('says why there is nothing where the first run failed', async () => {
    const view = await open({ recorded: undefined, failure: 'The text is empty. Select some text.' });
    assert.equal(await view.page.locator('.failure').textContent(), 'The text is empty. Select some text.');
    assert.equal(await view.page.locator('.empty-state:visible').count(), 1);
    await view.close();
  });

  for (const width of [300, 400, 599, 600, 900, 1400]) {
    it(`fits ${width} px: ${width < 600 ? 'stacked' : 'side by side'}, nothing wider than the window`, async () => {
      const view = await open({ width, recorded: bert });
      assert.equal(await view.page.evaluate(() => document.documentElement.scrollWidth), width);
      const [overview, details] = await view.page.$$eval('.overview, .details', (panes) =>
        panes.map((pane) => {
          const { left, right, top } = pane.getBoundingClientRect();
          return { left, right, top };
        }),
      );
      if (width < 600) assert.ok(details.top > overview.top && details.left === overview.left);
      else assert.ok(details.top === overview.top && details.left >= overview.right);
      const clipped = await view.page.$$eval(
        '.inspector-header *, .text *, .overview *',
        (all, limit) =>
          all
            .filter((one) => !one.closest('.tooltip') && one.getBoundingClientRect().right > limit + 0.5)
            .map((one) => one.outerHTML.slice(0, 120)),
        width,
      );
      assert.deepEqual(clipped, []);
      await view.close();
    });
  }

  it('moves between its tabs by arrow keys, and remembers the open one', async () => {
    const view = await open({ recorded: bert });
    const tabs = view.page.getByRole('tab');
    assert.ok((await tabs.count()) >= 2);
    await tabs.first().focus();
    await view.page.keyboard.press('ArrowRight');
    const name = await tabs.nth(1).textContent();
    assert.equal(await view.page.getByRole('tab', { selected: true }).textContent(), name);
    assert.equal(await view.page.getByRole('tabpanel').count(), 1);
    await view.page.reload();
    await view.page.waitForSelector('.head-cell');
    assert.equal(await view.page.getByRole('tab', { selected: true }).textContent(), name);
    await view.close();
  });

  it('scrolls a long text inside its own box', async () => {
    const { inspection } = bert;
    const long = { ...bert, inspection: { ...inspection, notes: ['The text was cut to the 512 tokens.'] } };
    const view = await open({ recorded: long, width: 300 });
    const { scrolls, height } = await view.page
      .locator('.text .token-strip')
      .first()
      .evaluate((strip) => ({
        scrolls: strip.scrollHeight > strip.clientHeight,
        height: strip.clientHeight,
      }));
    assert.ok(scrolls && height <= 130, `the strip is ${height} px high`);
    await view.select({ token: inspection.tokens.ids.length - 1 });
    const last = view.page.locator('.text .token').last();
    assert.ok(await last.evaluate((token) => (token.parentElement?.scrollTop ?? 0) > 0));
    await view.page
      .locator('.text .token-strip')
      .first()
      .evaluate((strip) => strip.scrollTo(0, 0));
    await view.page.locator('.text [data-token="2"]').first().hover();
    await view.settled();
    assert.ok(
      await last.evaluate((token) => token.parentElement?.scrollTop === 0),
      'hovering scrolls nothing',
    );
    assert.equal(await view.page.locator('.notes').textContent(), 'The text was cut to the 512 tokens.');
    await view.close();
  });

  for (const theme of themeNames) {
    it(`has no serious accessibility violation and no complaint of the browser (${theme})`, async () => {
      const view = await open({ theme, settings: { saliency: 'input-x-gradient' } });
      assert.deepEqual(view.complaints, []);
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.failed('The engine stopped. Inspect once more.');
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });

    it(`shows where the keyboard is, from its first control to the last (${theme})`, async () => {
      const view = await open({ theme });
      assert.deepEqual(await focusProblems(view.page), []);
      await view.close();
    });

    it(`has no serious accessibility violation while it is empty (${theme})`, async () => {
      const view = await open({ theme, recorded: undefined });
      assert.deepEqual(await seriousViolations(view.page), []);
      await view.close();
    });
  }
});

function isHovering(selection: unknown, token: number): boolean {
  return (
    typeof selection === 'object' &&
    selection !== null &&
    'hoveredToken' in selection &&
    selection.hoveredToken === token
  );
}
