import assert from 'node:assert/strict';
import { join } from 'node:path';
import { artifacts } from './bed/lanes';
import { chooseFromContextMenu, focusEditor, openFile } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { panel, panelFrames, parts, texts } from './driver/webview';
import { chooseTheme, type Workbench } from './driver/workbench';

const code = `function scale(values: number[], factor: number) {
  return values.map((value) => value * factor);
}

function total(values: number[]) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

console.log(total(scale([1, 2], 3)));
`;

/** What a compiler would say: `line:column` of a use, from 1, and of its definition in the code. */
const definedAt: Readonly<Record<string, string>> = {
  '2:10': '1:16',
  '2:32': '2:22',
  '2:40': '1:34',
  '7:23': '5:16',
  '7:31': '6:7',
  '7:38': '7:14',
  '8:10': '6:7',
};
const calls: Readonly<Record<string, string>> = { '11:13': '5:10', '11:19': '1:10' };

const prose = 'Alice met Bob. She liked him.';
const annotations = [
  'T1\tPerson 0 5\tAlice',
  'T2\tPerson 10 13\tBob',
  'T3\tPerson 15 18\tShe',
  'T4\tPerson 25 28\thim',
  'R1\tcoreference Arg1:T3 Arg2:T1',
  'R2\tcoreference Arg1:T4 Arg2:T2',
].join('\n');

const workspace = { 'scale.ts': code, 'people.txt': prose, 'people.ann': annotations };

scenario('relations of code and of files', { workspace, viewport: { width: 1500, height: 1200 } }, (step) => {
  step('code has its syntax tree above its tokens, line by line', async (workbench) => {
    await openFile(workbench, 'scale.ts');
    await inspectAll(workbench);
    await relationsAre(workbench, (names) => names.includes('parent') && names.includes('sibling'));
    assert.match(await parts.arcsHeader(panel(workbench)).innerText(), /word → partner · agrees with \d+/);
  });

  step('the TypeScript server says which uses belong to which definitions', async (workbench) => {
    await relationsAre(workbench, (names) => names.includes('def-use') && names.includes('call-site'));
    const frame = panel(workbench);
    await unfoldAll(workbench);
    const counts = await texts(frame.locator('.relation[data-relation="def-use"] .count'));
    assert.match(counts[0], new RegExp(`(^|/)${Object.keys(definedAt).length}$`));
    await edgesAre(workbench, 'def-use', sortedEdges(definedAt));
    await edgesAre(workbench, 'call-site', sortedEdges(calls));
    assert.equal(await frame.locator('.relation[data-relation="same-name"]').count(), 0);
    await workbench.screenshot('code-relations');
  });

  step(
    'one click selects the head that finds the definition, and ranks the heads by it',
    async (workbench) => {
      const frame = panel(workbench);
      await frame.getByRole('button', { name: 'Which head finds the definition?' }).click();
      const header = await eventually(
        workbench.page,
        () => parts.arcsHeader(frame).innerText(),
        (text) => /def-use\s+\d+\s%\s+of 7 \(offset baseline/.test(text),
      );
      const [, head] = /^Head (\d+\.\d+)/.exec(header) ?? [];
      const share = /def-use\s+(\d+)\s%/.exec(header)?.[1];
      const first = frame.locator('.ranking .rank').first();
      assert.equal(await first.locator('.rank-name').innerText(), head);
      assert.equal(Math.round(100 * Number(await first.locator('.rank-value').innerText())), Number(share));
      assert.equal(await first.getAttribute('aria-pressed'), 'true');
      await workbench.screenshot('code-definition-head');
    },
  );

  step(
    'a file of the same name beside a text gives its relations, and the view says so',
    async (workbench) => {
      // A click in the panel left the focus there; a file would open beside it.
      await focusEditor(workbench);
      await openFile(workbench, 'people.txt');
      await inspectAll(workbench);
      await relationsAre(workbench, (names) => names.join() === 'coreference');
      await edgesAre(workbench, 'coreference', ['him → Bob', 'She → Alice'].sort());
      await workbench.screenshot('relations-beside');
    },
  );

  for (const theme of ['dark', 'light'] as const) {
    step(`looks well over code (${theme})`, async (workbench) => {
      await chooseTheme(workbench, theme);
      await focusEditor(workbench);
      await openFile(workbench, 'scale.ts');
      await inspectAll(workbench);
      await relationsAre(workbench, (names) => names.includes('def-use'));
      await unfoldAll(workbench);
      for (const width of [420, 1000]) {
        const { page } = workbench;
        await page.setViewportSize({ width: 2 * width, height: 1500 });
        await page
          .locator(panelFrames)
          .first()
          .screenshot({ path: join(artifacts, `code-${theme}-${width}.png`) });
      }
    });
  }

  step('nothing was refused or thrown in the window', (workbench) => {
    assert.deepEqual(workbench.problems, []);
    return Promise.resolve();
  });
});

async function inspectAll(workbench: Workbench): Promise<void> {
  await focusEditor(workbench);
  await workbench.page.keyboard.press('Control+A');
  await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
}

/** Waits until the view offers these relations. */
function relationsAre(workbench: Workbench, are: (names: readonly string[]) => boolean): Promise<unknown> {
  const names = () =>
    panel(workbench)
      .locator('.relation')
      .evaluateAll((chips) => chips.map((chip) => chip.getAttribute('data-relation') ?? ''));
  return eventually(workbench.page, names, are);
}

/** Unfolds all lines; those out of view are not drawn, so the row is walked along. */
async function unfoldAll(workbench: Workbench): Promise<void> {
  const folded = panel(workbench).locator('.word[data-look="folded"]');
  for (let left = 0, end = 1; left < end; left += 400) {
    end = await scrollTo(workbench, left);
    while ((await folded.count()) > 0) await folded.first().press(' ');
  }
}

/** Scrolls the picture sideways and waits until it is drawn. @returns its width */
function scrollTo(workbench: Workbench, left: number): Promise<number> {
  return panel(workbench)
    .locator('.picture-scroller')
    .first()
    .evaluate(async (element, x) => {
      element.scrollLeft = x;
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      return element.scrollWidth;
    }, left);
}

/** Waits until the arcs of a relation are these, `use → definition`, with lines and columns in code; sorted. */
async function edgesAre(workbench: Workbench, relation: string, expected: readonly string[]): Promise<void> {
  const frame = panel(workbench);
  await frame.getByRole('button', { name: 'none', exact: true }).click();
  await frame.locator(`.relation[data-relation="${relation}"] input`).check();
  const words = relation === 'coreference' ? proseWords() : tokensOf(code);
  const named = async () =>
    (await drawnKeys(workbench, relation))
      .map((key) => key.split(':').map(Number))
      .map(([from, to]) => `${words[from]} → ${words[to]}`)
      .sort();
  const drawn = await eventually(workbench.page, named, (edges) => edges.join() === expected.join());
  assert.deepEqual(drawn, expected);
  await frame.getByRole('button', { name: 'all', exact: true }).click();
}

/** Keys of the arcs of a relation. Those out of view are not drawn: the row is walked along from end to end. */
async function drawnKeys(workbench: Workbench, relation: string): Promise<string[]> {
  const frame = panel(workbench);
  const keys = new Set<string>();
  for (let left = 0, end = 1; left < end; left += 400) {
    end = await scrollTo(workbench, left);
    const drawn = await parts
      .dependencyArcs(frame)
      .evaluateAll((links) => links.map((link) => link.getAttribute('data-key') ?? ''));
    for (const key of drawn) if (key.endsWith(`:${relation}`)) keys.add(key);
  }
  return [...keys];
}

/** Places of the words of code without strings and comments: names, numbers, signs. */
function tokensOf(text: string): string[] {
  return [...text.matchAll(/\w+|=>|\+=|[^\s\w]/g)].map((match) => {
    const before = text.slice(0, match.index).split('\n');
    return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  });
}

function proseWords(): string[] {
  return [...prose.matchAll(/\w+|[^\s\w]/g)].map(([word]) => word);
}

function sortedEdges(edges: Readonly<Record<string, string>>): string[] {
  return Object.entries(edges)
    .map(([use, definition]) => `${use} → ${definition}`)
    .sort();
}
