import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import { svgOf, svgViews, type SvgView } from '../../src/export/svg';
import { escaped } from '../../src/export/svg/drawing';
import type { Inspection } from '../../src/protocol/inspection';

const engine = new Engine({
  modelsFolder: join(__dirname, '../../media/models'),
  events: { progress: () => undefined, log: () => undefined },
});
const count = (svg: string, pattern: RegExp): number => svg.match(pattern)?.length ?? 0;

describe('pictures without a browser', () => {
  let inspection: Inspection;
  const draw = (view: SvgView): Promise<string> =>
    svgOf(view, inspection, (request) => engine.attention(1, request));
  before(async () => {
    inspection = await engine.inspect(1, {
      model: 'headlight-encoder-sentiment',
      text: 'The plot is thin. <b>&"\u0000',
    });
  });

  test('the overview has a ring for every head', async () => {
    const [block] = inspection.blocks;
    assert.equal(count(await draw('heads'), /<circle /g), block.layers * block.heads);
  });

  test('the dependency view has an arc for every dependency and one for every word that attends to another', async () => {
    const svg = await draw('dependencies');
    const dependencies = Array.from(inspection.parse?.heads ?? []).filter((head) => head >= 0).length;
    const paths = count(svg, /<path /g);
    assert.ok(paths > dependencies && paths <= dependencies + inspection.words.text.length, String(paths));
    for (const relation of inspection.parse?.relations ?? [])
      if (relation !== 'root') assert.ok(svg.includes(`>${relation}<`), relation);
  });

  test('the saliency view has a box for every token, the strongest in the strongest colour', async () => {
    const svg = await draw('saliency');
    assert.equal(count(svg, /<rect [^>]*rx=/g), inspection.tokens.ids.length);
    const scores = Array.from(inspection.saliency['gradient-l1'] ?? []);
    const fills = Array.from(svg.matchAll(/<rect [^>]*rx="3" fill="([^"]+)"/g), ([, fill]) => fill);
    assert.equal(new Set(fills).size > 1, true);
    const strongest = scores.indexOf(Math.max(...scores));
    assert.equal(fills.filter((fill) => fill === fills[strongest]).length, 1);
  });

  test('the matrix has a cell for every weight that can be seen', async () => {
    const svg = await draw('matrix');
    const head = /head (\d+)\.(\d+)/.exec(svg);
    const [{ data }] = await engine.attention(1, {
      inspection: inspection.id,
      heads: [{ block: 'self', layer: Number(head?.[1]), head: Number(head?.[2]) }],
      level: 'token',
    });
    assert.equal(count(svg, /fill-opacity=/g), data.filter((weight) => weight >= 0.005).length);
  });

  test('texts are texts in every view: no markup of theirs gets in, nothing that XML cannot hold', async () => {
    for (const view of svgViews) {
      const svg = await draw(view);
      assert.doesNotMatch(svg, /<b>/, view);
      assert.ok(!svg.includes('\u0000'), view);
      assert.match(svg, /^<\?xml[^]*<\/svg>\n$/, view);
    }
    assert.equal(escaped('<&"\u0001\ud800a'), '&lt;&amp;&quot;\ufffd\ufffda');
    assert.equal(escaped('👩‍💻'), '👩‍💻');
  });
});
