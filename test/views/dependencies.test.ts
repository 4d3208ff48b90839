import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { HeadRef } from '../../src/protocol/inspection';
import { pairsOfTree } from '../../src/protocol/relations';
import { relationColour, universalRelation } from '../../webview/marks/relations';
import {
  agreements,
  defaultThreshold,
  edgesOver,
  strongestEdges,
} from '../../webview/views/dependencies/edges';
import { readDodrio } from './dodrio';
import { links } from './drawnLinks';
import {
  onBench,
  type OpenView,
  type RecordedInspection,
  skip,
  type ViewBench,
  type ViewOptions,
} from './harness';
import { themeNames } from './themes';

const head: HeadRef = { block: 'self', layer: 7, head: 10 };
const otherHead: HeadRef = { block: 'self', layer: 5, head: 7 };

let bench: ViewBench;
let recorded: RecordedInspection;
onBench((started) => (bench = started));
before(async () => {
  recorded = await readDodrio('sst2-1169');
});

/** Wide enough for the whole sentence, so that every arc is drawn. */
async function open(options: ViewOptions = {}): Promise<OpenView> {
  const view = await bench.open({
    view: 'dependencies',
    recorded,
    selection: { head },
    width: 2600,
    ...options,
  });
  await view.page.waitForSelector('.word');
  return view;
}

function rgb(hex: string): string {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgb(${channels.join(', ')})`;
}

async function setThreshold(view: OpenView, steps: number): Promise<number> {
  await view.page.locator('.slider input').fill(String(steps));
  await view.settled();
  return Number(((steps / 200) ** 2).toPrecision(2));
}

const words = () => recorded.attention(head, 'word');
const parse = () => {
  assert.ok(recorded.inspection.parse);
  return recorded.inspection.parse;
};

describe('dependency view', { skip }, () => {
  it('draws at first about one edge per word: exactly those over the threshold that it shows', async () => {
    const view = await open();
    const strongest = strongestEdges(words(), 'dependent-to-head', 3);
    const threshold = defaultThreshold(strongest, words().dims[0]);
    const expected = edgesOver(strongest, threshold).map((edge) => `${edge.dependent}:${edge.other}`);
    const drawn = await links(view, 'edges');
    assert.deepEqual(drawn.map(({ key }) => key).sort(), expected.sort());
    assert.ok(Math.abs(expected.length - words().dims[0]) <= 3, `${expected.length} edges`);
    assert.equal(await view.page.locator('.slider output').textContent(), threshold.toFixed(2));
    assert.deepEqual(view.complaints, []);
    await view.close();
  });

  it('draws after a move of the slider the edges that the attention has over that weight', async () => {
    const view = await open();
    for (const steps of [60, 140, 200]) {
      const threshold = await setThreshold(view, steps);
      const expected = edgesOver(strongestEdges(words(), 'dependent-to-head', 3), threshold);
      assert.equal((await links(view, 'edges')).length, expected.length, `at ${threshold}`);
    }
    await view.page.getByRole('button', { name: 'auto' }).click();
    await view.settled();
    assert.ok((await links(view, 'edges')).length >= 30);
    await view.close();
  });

  for (const theme of themeNames) {
    it(`gives edges and dependencies the colour of their relation only where the head agrees (${theme})`, async () => {
      const view = await open({ theme });
      const { heads, relations } = parse();
      const pairs = pairsOfTree(parse());
      const agreedPairs = agreements(words(), pairs, 'dependent-to-head');
      const agreed = new Uint8Array(heads.length);
      pairs.from.forEach((word, pair) => (agreed[word] = agreedPairs[pair]));
      const edges = await links(view, 'edges');
      const colourOf = (word: number) => rgb(relationColour(relations[word], theme));
      for (const { key, strength, colour } of edges) {
        const [dependent, other] = key.split(':').map(Number);
        const follows = heads[dependent] === other && relations[dependent] !== 'punct';
        assert.equal(strength, follows ? 'strong' : 'none', key);
        if (follows) assert.equal(colour, colourOf(dependent), key);
      }
      const dependencies = (await links(view, 'dependency-links')).filter(
        ({ key }) => !key.startsWith('root'),
      );
      assert.equal(
        dependencies.length,
        relations.filter((name) => name !== 'punct' && name !== 'root').length,
      );
      for (const { key, strength, colour } of dependencies) {
        const word = parseInt(key);
        assert.equal(key, `${word}:${heads[word]}:${relations[word]}`);
        const drawnBelow = edges.some((edge) => edge.key === `${word}:${heads[word]}`);
        assert.equal(
          strength,
          agreed[word] ? 'strong' : drawnBelow ? 'weak' : 'none',
          `${relations[word]} ${key}`,
        );
        if (strength !== 'none') assert.equal(colour, colourOf(word));
      }
      await view.close();
    });
  }

  it('shows as many strong dependencies as the head line says', async () => {
    const view = await open();
    const line = (await view.page.locator('.panel-header').textContent()) ?? '';
    assert.match(
      line,
      /^Head 7\.10 · dependent → head · agrees with 41\s% of 34 relations \(offset baseline 26\s%\)$/,
    );
    const strong = (await links(view, 'dependency-links')).filter(({ strength }) => strength === 'strong');
    assert.equal(Math.round((strong.length / 34) * 100), 41);
    await view.close();
  });

  it('tells the host which token is hovered and leaves only its edges strong, with their weights', async () => {
    const view = await open();
    const word = recorded.inspection.words.text.indexOf('story');
    await view.page.hover(`.word[data-slot="${word}"]`);
    const [selection] = await view.called('select');
    const token = recorded.inspection.tokens.words.indexOf(word);
    assert.equal((selection as { hoveredToken?: number }).hoveredToken, token);
    await view.settled();
    const lit = await view.page.$$eval('.edges .link.lit', (nodes) =>
      nodes.map((n) => n.getAttribute('data-key') ?? ''),
    );
    const all = await links(view, 'edges');
    const expected = all.map(({ key }) => key).filter((key) => key.split(':').map(Number).includes(word));
    assert.deepEqual(lit.sort(), expected.sort());
    const numbers = await view.page.$$eval('.numbers text', (nodes) => nodes.map((n) => n.textContent));
    const size = words().dims[1];
    const weights = expected.map((key) => {
      const [dependent, other] = key.split(':').map(Number);
      return words().data[dependent * size + other].toFixed(2).slice(1);
    });
    assert.deepEqual(numbers.toSorted(), weights.toSorted());
    await view.close();
  });

  it('highlights the word of the token that is hovered elsewhere', async () => {
    const view = await open();
    const word = recorded.inspection.words.text.indexOf('lame');
    await view.select({ head, hoveredToken: recorded.inspection.tokens.words.indexOf(word) });
    assert.equal(await view.page.locator('.word.hovered').getAttribute('data-slot'), String(word));
    await view.select({ head });
    assert.equal(await view.page.locator('.word.hovered').count(), 0);
    await view.close();
  });

  it('reveals the clicked word in the editor', async () => {
    const view = await open();
    await view.page.click('.word[data-slot="5"]');
    assert.deepEqual(await view.called('revealToken'), [recorded.inspection.tokens.words.indexOf(5)]);
    await view.close();
  });

  it('is operated by keyboard: one word in the tab order, arrow keys, Enter, and says what a word attends to', async () => {
    const view = await open();
    assert.equal(await view.page.locator('.word[tabindex="0"]').count(), 1);
    await view.page.locator('.word[tabindex="0"]').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'End', 'ArrowLeft', 'Home', 'ArrowRight'])
      await view.page.keyboard.press(key);
    const focused = view.page.locator('.word:focus');
    assert.equal(await focused.getAttribute('data-slot'), '1');
    assert.match(
      (await focused.getAttribute('aria-label')) ?? '',
      /^little, obj of has; attends most to with 0\.81$/,
    );
    await view.page.keyboard.press('Enter');
    assert.deepEqual(await view.called('revealToken'), [recorded.inspection.tokens.words.indexOf(1)]);
    const description = await view.page.locator('.picture svg').getAttribute('aria-label');
    assert.match(
      description ?? '',
      /^Head 7\.10, dependent → head\. Agrees with 14 of 34 relations\. \d+ edges of at least 0\.15, strongest: /,
    );
    await view.close();
  });

  it('offers relations by falling count, lets the one stand out that the head follows best, and hides what is unticked', async () => {
    const view = await open();
    const shown = await view.page.$$eval('.relation', (nodes) =>
      nodes.map((node) => ({
        name: node.getAttribute('data-relation') ?? '',
        checked: node.querySelector('input')?.checked,
      })),
    );
    const count = (name: string) => parse().relations.filter((one) => one === name).length;
    shown.slice(1).forEach(({ name }, i) => assert.ok(count(name) <= count(shown[i].name)));
    assert.deepEqual(
      shown.filter(({ checked }) => !checked).map(({ name }) => name),
      ['punct'],
    );
    assert.equal(await view.page.locator('.relation-name[aria-pressed="true"] .name').textContent(), 'cc');

    await view.page.locator('.relation[data-relation="mark"] input').uncheck();
    await view.settled();
    const labels = () =>
      view.page.$$eval('.dependency-links .label', (nodes) => nodes.map((n) => n.textContent ?? ''));
    assert.ok(!(await labels()).includes('mark'));
    await view.page.getByRole('button', { name: 'none', exact: true }).click();
    await view.settled();
    assert.deepEqual(
      (await labels()).filter((label) => label !== 'root'),
      [],
    );
    await view.page.getByRole('button', { name: 'all', exact: true }).click();
    await view.settled();
    assert.equal((await labels()).length, parse().relations.length);
    await view.page.locator('.relation[data-relation="det"] .relation-name').click();
    const [selection] = await view.called(
      'select',
      (value) => (value as { relation?: string }).relation !== undefined,
    );
    assert.equal((selection as { relation?: string }).relation, 'det');
    await view.close();
  });

  it('looks for heads in the columns when the direction is turned round', async () => {
    const view = await open();
    const before = await links(view, 'edges');
    await view.page.locator('.dependency-toolbar vscode-dropdown').nth(1).click();
    await view.page.getByRole('option', { name: 'head → dependent' }).click();
    await view.settled();
    const strongest = strongestEdges(words(), 'head-to-dependent', 3);
    const expected = edgesOver(strongest, defaultThreshold(strongest, words().dims[0]));
    const drawn = await links(view, 'edges');
    assert.deepEqual(
      drawn.map(({ key }) => key).sort(),
      expected.map((edge) => `${edge.dependent}:${edge.other}`).sort(),
    );
    assert.notDeepEqual(drawn, before);
    await view.close();
  });

  it('opens a word into the pieces that the model reads, with the attention of each', async () => {
    const view = await open();
    const word = recorded.inspection.words.text.indexOf('toddler');
    await view.page.dblclick(`.word[data-slot="${word}"]`);
    await view.page.waitForSelector('.word[data-look="piece"]');
    const pieces = await view.page.$$eval('.word[data-look="piece"] .text', (nodes) =>
      nodes.map((n) => n.textContent),
    );
    assert.deepEqual(pieces, ['todd', '##ler']);
    await view.called('attention', (request) => (request as { level: string }).level === 'token');
    await view.close();
  });

  it('compares heads with linked hover, and draws their difference in the colour of the head that has more', async () => {
    const view = await open({ selection: { head, compared: [otherHead] }, height: 1200 });
    assert.equal(await view.page.locator('.panel').count(), 2);
    await view.page.hover('.panel:first-child .word[data-slot="3"]');
    await view.settled();
    assert.equal(await view.page.locator('.word.hovered[data-slot="3"]').count(), 2);
    await view.page.mouse.move(0, 0);

    await view.page.locator('.dependency-toolbar vscode-dropdown').nth(2).click();
    await view.page.getByRole('option', { name: 'Difference' }).click();
    await view.settled();
    assert.equal(await view.page.locator('.panel').count(), 1);
    const [a, b] = [words(), recorded.attention(otherHead, 'word')];
    const size = a.dims[1];
    const drawn = await links(view, 'edges');
    const colours = new Map<boolean, Set<string>>([
      [true, new Set()],
      [false, new Set()],
    ]);
    for (const { key, colour } of drawn) {
      const [dependent, other] = key.split(':').map(Number);
      const at = dependent * size + other;
      colours.get(a.data[at] > b.data[at])?.add(colour);
    }
    assert.deepEqual(
      [...colours.values()].map(({ size: different }) => different),
      [1, 1],
    );
    assert.notDeepEqual([...(colours.get(true) ?? [])], [...(colours.get(false) ?? [])]);
    await view.close();
  });

  it('draws attention alone where there is no parse, and says why', async () => {
    const { parse: _parse, ...inspection } = recorded.inspection;
    const view = await open({ recorded: { ...recorded, inspection } });
    assert.equal(await view.page.locator('.dependency-links .link').count(), 0);
    assert.ok((await view.page.locator('.edges .link').count()) > 30);
    assert.match((await view.page.locator('.notice').textContent()) ?? '', /no dependency parse.*CoNLL-U/);
    await view.page.getByRole('button', { name: /CoNLL-U/ }).click();
    assert.deepEqual(await view.called('run'), ['useRelations']);
    await view.close();
  });

  it('writes the names of relations in the tree of code where they hide no word and no other name', async () => {
    const engine = new Engine({
      modelsFolder: join(__dirname, '../../media/models'),
      events: { progress: () => undefined, log: () => undefined },
    });
    const text = [
      'function scale(values: number[], factor: number) {',
      '  return values.map((value) => value * factor);',
      '}',
      'console.log(scale([1, 2], 3));',
    ].join('\n');
    const inspection = await engine.inspect(1, {
      model: 'headlight-decoder',
      text,
      code: { language: 'typescript' },
    });
    const first: HeadRef = { block: 'self', layer: 2, head: 3 };
    const request = { inspection: inspection.id, heads: [first] };
    const [byWord] = await engine.attention(2, { ...request, level: 'word' });
    const [byToken] = await engine.attention(3, { ...request, level: 'token' });
    const view = await open({
      recorded: { inspection, attention: (_head, level) => (level === 'word' ? byWord : byToken) },
      selection: { head: first },
    });
    await view.page.locator('vscode-dropdown[aria-label="Layout"]').click();
    await view.page.locator('vscode-option', { hasText: 'Tree' }).click();
    await view.settled();
    const boxes = (selector: string) =>
      view.page.$$eval(selector, (elements) =>
        elements
          .map((element) => ({ text: element.textContent ?? '', box: element.getBoundingClientRect() }))
          .map(({ text: name, box }) => ({ name, x0: box.left, x1: box.right, y0: box.top, y1: box.bottom })),
      );
    const names = await boxes('.dependency-links text.label');
    const others = [...(await boxes('.word text')), ...names];
    assert.ok(names.length > 3, `${names.length} names`);
    for (const name of names)
      for (const other of others) {
        if (other === name) continue;
        // Letters do not fill their boxes: a pixel or two of them may meet.
        const wide = Math.min(name.x1, other.x1) - Math.max(name.x0, other.x0);
        const high = Math.min(name.y1, other.y1) - Math.max(name.y0, other.y0);
        assert.ok(wide < 3 || high < 4, `${name.name} on ${other.name}: ${wide} × ${high}`);
      }
    await view.close();
  });

  it('keeps the settings over a reload', async () => {
    const view = await open();
    await setThreshold(view, 140);
    await view.page.reload();
    await view.page.waitForSelector('.word');
    assert.equal(await view.page.locator('.slider output').textContent(), '0.49');
    await view.close();
  });
});

describe('relations with subtypes', () => {
  it('are coloured as the relation that they refine', () => {
    assert.equal(universalRelation('acl:relcl'), 'acl');
  });
});
