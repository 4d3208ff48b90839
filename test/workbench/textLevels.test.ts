import assert from 'node:assert/strict';
import { before } from 'node:test';
import { barColours, barPicture, barSteps } from '../../src/editor/gutterBars';
import { levelCount, levelsOf } from '../../src/editor/levels';
import { scoredRanges, type ScoredRange } from '../../src/editor/textUnits';
import { TrackedRanges } from '../../src/editor/trackedRanges';
import { unitDescription } from '../../src/editor/unitDescription';
import type { ModelInspection, SaliencyName } from '../../src/protocol/inspection';
import type { TextLevel } from '../../src/protocol/textLevel';
import { coloured, focusEditor, openFile, paintedRangesWhere } from './driver/editor';
import { eventually } from './driver/eventually';
import { defaultModel, paintedLevel, referenceInspection } from './driver/reference';
import { scenario } from './driver/scenario';
import { panel } from './driver/webview';
import {
  changeSettings,
  chooseTheme,
  pick,
  runCommand,
  statusItem,
  type Workbench,
} from './driver/workbench';

const text = [
  'The film is slow, but its quiet performances make it a small masterpiece.',
  'The music sounds tired. The jokes are stale,',
  'and the plot makes no sense.',
  '',
  'A warm, clever and honest comedy.',
].join('\n');
const opacity = 0.55;

/** What the editor is to show of a level. */
function unitsOf(inspection: ModelInspection, measure: SaliencyName, level: TextLevel): ScoredRange[] {
  const { saliency, tokens } = inspection;
  const scores = saliency[measure];
  if (!scores) throw new Error(`The inspection has no ${measure}.`);
  const ranges = new TrackedRanges(tokens.offsets, 0, [0, text.length]);
  return scoredRanges(measure, scores, level, ranges, text, inspection);
}

/** The pictures beside the lines of the editor, from top to bottom, as they were made. */
function picturesBesideLines({ page }: Workbench): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.editor-instance .glyph-margin-widgets [class*="ced-"]')]
      .map((element) => ({
        top: element.getBoundingClientRect().top,
        image: /base64,([\w+/=]+)/.exec(getComputedStyle(element).backgroundImage)?.[1] ?? '',
      }))
      .filter(({ image }) => image !== '')
      .sort((a, b) => a.top - b.top)
      .map(({ image }) => atob(image)),
  );
}

/** The bars that stand for units of these scores; a unit has one beside each of its lines. */
function barsFor(units: readonly ScoredRange[], isSigned: boolean, isJoined: boolean): string[] {
  const steps = levelsOf(units.map(({ score }) => score));
  return units.flatMap(({ range: [from, to] }, i) => {
    if (steps[i] === 0) return [];
    const step = Math.sign(steps[i]) * Math.max(1, Math.round((barSteps * Math.abs(steps[i])) / levelCount));
    const picture = barPicture({ step, isSigned, isJoined, theme: 'dark' });
    return text
      .slice(from, to)
      .split('\n')
      .map(() => picture);
  });
}

async function chooseLevel(workbench: Workbench, name: string): Promise<void> {
  await runCommand(workbench, 'Headlight: Choose Text Level of Saliency…');
  await pick(workbench, new RegExp(`^\\s*${name}`));
}

// A line that is wrapped has its bar beside each of its rows.
const settings = { 'editor.wordWrap': 'off' };

scenario('levels of text in the editor', { workspace: { 'notes.txt': text }, settings }, (step) => {
  let expected: ModelInspection;
  before(async () => {
    expected = await referenceInspection(text, defaultModel);
  });

  step('a file is inspected, token by token', async (workbench) => {
    await chooseTheme(workbench, 'dark');
    await openFile(workbench, 'notes.txt');
    await focusEditor(workbench);
    await workbench.page.keyboard.press('Control+A');
    await runCommand(workbench, 'Headlight: Inspect Selection');
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 5);
    assert.deepEqual(await picturesBesideLines(workbench), []);
  });

  step('lines have bars beside them instead, as long as the sums of their scores', async (workbench) => {
    await chooseLevel(workbench, 'Line');
    const bars = barsFor(unitsOf(expected, 'gradient-l1', 'line'), false, false);
    const pictures = await eventually(
      workbench.page,
      () => picturesBesideLines(workbench),
      (now) => now.length === bars.length,
    );
    assert.deepEqual(pictures, bars);
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length === 0);
    await workbench.screenshot('levels-lines');
  });

  step('the mouse on a line says the number, and how it was added up', async (workbench) => {
    const units = unitsOf(expected, 'gradient-l1', 'line');
    const said = unitDescription(units[1], units, 'line', 'gradient-l1', expected.target).replaceAll('*', '');
    const line = workbench.page.locator('.editor-instance .view-line').filter({ hasText: 'The music' });
    await line.hover({ position: { x: 60, y: 8 } });
    const hover = workbench.page.locator('.monaco-hover:visible').filter({ hasText: 'Line:' }).first();
    await hover.waitFor();
    assert.ok((await hover.innerText()).includes(said), `${said} is not in ${await hover.innerText()}`);
    await workbench.screenshot('levels-hover');
    await workbench.page.keyboard.press('Escape');
    await workbench.page.mouse.move(700, 500);
  });

  step('an editor without a margin for them has backgrounds behind its lines', async (workbench) => {
    changeSettings(workbench, { 'editor.glyphMargin': false });
    const units = unitsOf(expected, 'gradient-l1', 'line');
    const steps = levelsOf(units.map(({ score }) => score));
    const paint = units
      .map(({ range: [from, to] }, i) => ({ text: text.slice(from, to).trimEnd(), level: steps[i] }))
      .filter((line) => line.level > 0);
    const painted = await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length === paint.length);
    assert.deepEqual(
      coloured(painted).map((line) => ({
        text: line.text.trimEnd(),
        level: paintedLevel(line.background, opacity),
      })),
      paint,
    );
    changeSettings(workbench, { 'editor.glyphMargin': undefined });
    await eventually(
      workbench.page,
      () => picturesBesideLines(workbench),
      (pictures) => pictures.length === paint.length,
    );
  });

  step('words and sentences have backgrounds', async (workbench) => {
    for (const [name, level] of [
      ['Word', 'word'],
      ['Sentence', 'sentence'],
    ] as const) {
      await chooseLevel(workbench, name);
      const units = unitsOf(expected, 'gradient-l1', level);
      const steps = levelsOf(units.map(({ score }) => score));
      const paint = units
        .flatMap(({ range: [from, to] }, i) =>
          text
            .slice(from, to)
            .split('\n')
            .map((part) => ({ text: part, level: steps[i] })),
        )
        .filter((unit) => unit.level > 0);
      const painted = await paintedRangesWhere(
        workbench,
        (ranges) => coloured(ranges).length === paint.length,
      );
      assert.deepEqual(
        coloured(painted).map(({ text: part, background }) => ({
          text: part,
          level: paintedLevel(background, opacity),
        })),
        paint,
      );
      assert.deepEqual(await picturesBesideLines(workbench), []);
      await workbench.screenshot(`levels-${level}s`);
    }
  });

  step(
    'paragraphs have one bar over all their lines, signed measures bars to both sides',
    async (workbench) => {
      await chooseLevel(workbench, 'Paragraph');
      await runCommand(workbench, 'Headlight: Choose Saliency Measure…');
      await pick(workbench, 'input-x-gradient');
      const bars = barsFor(unitsOf(expected, 'input-x-gradient', 'paragraph'), true, true);
      const pictures = await eventually(
        workbench.page,
        () => picturesBesideLines(workbench),
        (now) => now.join() === bars.join(),
      );
      assert.deepEqual(pictures, bars);
      await workbench.screenshot('levels-paragraphs-signed');
      await chooseLevel(workbench, 'Line');
      const signed = barsFor(unitsOf(expected, 'input-x-gradient', 'line'), true, false);
      assert.ok(signed.some((picture) => picture.includes(barColours.dark.negative)));
      await eventually(
        workbench.page,
        () => picturesBesideLines(workbench),
        (now) => now.join() === signed.join(),
      );
      await chooseTheme(workbench, 'light');
      await workbench.screenshot('levels-lines-signed-light');
      await chooseTheme(workbench, 'dark');
    },
  );

  step('the choice in the saliency view is that of the editor', async (workbench) => {
    await runCommand(workbench, 'Headlight: Open View…').catch(() => undefined);
    await pick(workbench, /Saliency/);
    const frame = panel(workbench);
    const levels = frame.locator('vscode-dropdown[aria-label^="What the bars"]').last();
    await levels.click();
    await levels.getByRole('option', { name: 'Words', exact: true }).click();
    await paintedRangesWhere(workbench, (ranges) => coloured(ranges).length > 5);
    assert.deepEqual(await picturesBesideLines(workbench), []);
    await workbench.screenshot('levels-view');
  });

  step('surprisal of lines is a heat map beside the text', async (workbench) => {
    await chooseLevel(workbench, 'Line');
    await runCommand(workbench, 'Headlight: Choose Model…');
    await pick(workbench, 'headlight-decoder');
    await statusItem(workbench, /headlight-decoder: /).waitFor();
    await runCommand(workbench, 'Headlight: Choose Saliency Measure…');
    await pick(workbench, 'surprisal');
    const decoded = await referenceInspection(text, 'headlight-decoder', ['surprisal']);
    const bars = barsFor(unitsOf(decoded, 'surprisal', 'line'), false, false);
    const pictures = await eventually(
      workbench.page,
      () => picturesBesideLines(workbench),
      (now) => now.join() === bars.join(),
    );
    assert.deepEqual(pictures, bars);
    await workbench.screenshot('levels-surprisal');
  });
});
