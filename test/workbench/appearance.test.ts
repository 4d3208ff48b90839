import assert from 'node:assert/strict';
import { join } from 'node:path';
import { artifacts } from './bed/lanes';
import { chooseFromContextMenu, openFile, selectText } from './driver/editor';
import { eventually } from './driver/eventually';
import { samples, scenario } from './driver/scenario';
import { paintedPixels, panel, panelFrames, parts, resizePanel } from './driver/webview';
import { chooseTheme, runCommand, themes, type ThemeName } from './driver/workbench';

const sentence =
  'The film is slow, but its quiet performances and its careful eye for detail make it a small masterpiece.';
const widths = [400, 900] as const;
/** Tall enough for the whole inspector at either width. */
const height = 1500;

scenario('the look of the inspector', { workspace: samples, viewport: { width: 1300, height } }, (step) => {
  step('is ready to be looked at', async (workbench) => {
    await openFile(workbench, 'reviews.txt');
    await selectText(workbench, sentence);
    await chooseFromContextMenu(workbench, 'Headlight: Inspect Selection');
    await parts.attentionArcs(panel(workbench)).first().waitFor({ state: 'attached' });
    await runCommand(workbench, 'View: Toggle Primary Side Bar Visibility');
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    for (const width of widths) {
      step(`${theme}, ${width} px: fits, and its heads are painted`, async (workbench) => {
        await chooseTheme(workbench, theme);
        await resizePanel(workbench, width, height);
        const frame = panel(workbench);
        const overflow = await eventually(
          workbench.page,
          () => frame.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth),
          (pixels) => pixels <= 0,
        );
        assert.ok(overflow <= 0, `${overflow} px stick out to the right`);
        const { share } = await paintedPixels(parts.glyphs(frame));
        assert.ok(share > 0.03, `${share} of the overview is painted`);
        await workbench.page
          .locator(panelFrames)
          .first()
          .screenshot({ path: join(artifacts, `inspector-${theme}-${width}.png`) });
      });
    }
  }
});
