import { eventually } from './eventually';
import { fileRow, menuItem, statusItem, type Workbench } from './workbench';

/** The editor that a test works in: the one that is not a webview. */
const editor = '.editor-instance .monaco-editor';

/** Opens a file of the workspace for good (not as a preview). */
export async function openFile(workbench: Workbench, name: string): Promise<void> {
  await fileRow(workbench, name).dblclick();
  await workbench.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  await workbench.page.locator(`${editor} .view-line`).first().waitFor();
}

/**
 * Selects the first occurrence of a text (of one line), as a user would with the find box.
 *
 * @throws where the editor's text does not hold it.
 */
export async function selectText(workbench: Workbench, text: string): Promise<void> {
  const { page } = workbench;
  await focusEditor(workbench);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+F');
  const box = page.locator(`${editor} .find-widget.visible .find-part textarea`).first();
  await box.fill(text);
  await page
    .locator(`${editor} .find-widget.visible .matchesCount`)
    .filter({ hasText: /\d+ of/ })
    .waitFor();
  await box.press('Escape');
  // The status bar counts code points.
  await statusItem(workbench, `(${[...text].length} selected)`).waitFor();
}

/** Puts the cursor at a 1-based line and column. */
export async function goTo(workbench: Workbench, line: number, column: number): Promise<void> {
  const { page } = workbench;
  await focusEditor(workbench);
  await page.keyboard.press('Control+G');
  const box = page.locator('.quick-input-widget input').first();
  await box.fill(`:${line}:${column}`);
  await box.press('Enter');
  await statusItem(workbench, `Ln ${line}, Col ${column}`).waitFor();
}

export async function focusEditor({ page }: Workbench): Promise<void> {
  await page.locator(`${editor} .native-edit-context, ${editor} textarea.inputarea`).first().focus();
}

/** Right-clicks into the selection (or at the cursor, where nothing is selected) and chooses an entry. */
export async function chooseFromContextMenu(workbench: Workbench, title: string): Promise<void> {
  await openContextMenu(workbench);
  await chooseMenuItem(workbench, title);
}

/** Chooses an entry of the menu that is open. A menu that has just opened ignores the mouse for a moment. */
export async function chooseMenuItem(workbench: Workbench, title: string): Promise<void> {
  const item = menuItem(workbench, title);
  await item.waitFor();
  const click = async () => {
    if (await item.isVisible()) await item.click({ timeout: 1000 }).catch(() => undefined);
    return item.isVisible();
  };
  await eventually(workbench.page, click, (isOpen) => !isOpen);
}

/** Chooses an entry of a file's menu in the explorer; opens it again where the window has just begun and the extension is not known yet. */
export async function chooseFromExplorer(workbench: Workbench, file: string, title: string): Promise<void> {
  const { page } = workbench;
  const item = menuItem(workbench, title);
  const open = async () => {
    if (await item.isVisible()) return true;
    await page.keyboard.press('Escape');
    await fileRow(workbench, file).click({ button: 'right' });
    await page.locator('.monaco-menu .action-item').first().waitFor();
    return item.isVisible();
  };
  await eventually(page, open, (isThere) => isThere);
  await chooseMenuItem(workbench, title);
}

export async function openContextMenu({ page }: Workbench): Promise<void> {
  const boxes = async (selector: string) => {
    const all = await page.locator(`${editor} ${selector}`).all();
    return (await Promise.all(all.map((one) => one.boundingBox()))).filter((box) => box !== null);
  };
  // The widest: VS Code draws the rounded corners of a selection with the same class, beside what is selected.
  const selected = (await boxes('.selected-text')).sort((a, b) => b.width - a.width);
  const [box] = [...selected, ...(await boxes('.cursors-layer .cursor'))];
  if (!box) throw new Error('Neither a selection nor a cursor can be seen in the editor.');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2, { button: 'right' });
  await page.locator('.monaco-menu').waitFor();
}

/** One coloured stretch of an editor, as it is painted. */
export interface PaintedRange {
  /** Computed CSS colour. */
  readonly background: string;
  /** Computed CSS outline or border, where there is one. */
  readonly border: string;
  /** The characters that stand on it. */
  readonly text: string;
}

/**
 * What extensions have painted behind the editor's text, from left to right and top to bottom. VS Code draws such
 * decorations as boxes in a layer of their own; the text is found by asking which characters lie over each box.
 */
export function paintedRanges({ page }: Workbench): Promise<PaintedRange[]> {
  return page.evaluate((root) => {
    interface Glyph {
      readonly character: string;
      readonly x: number;
      readonly y: number;
    }
    const glyphs: Glyph[] = [];
    for (const line of document.querySelectorAll(`${root} .view-lines .view-line`)) {
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent ?? '';
        for (let start = 0; start < text.length;) {
          const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
          const range = document.createRange();
          range.setStart(node, start);
          range.setEnd(node, start + character.length);
          const box = range.getBoundingClientRect();
          glyphs.push({ character, x: box.left + box.width / 2, y: box.top + box.height / 2 });
          start += character.length;
        }
      }
    }
    const painted = [...document.querySelectorAll(`${root} .view-overlays [class*="ced-"]`)].flatMap(
      (element) => {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        if (box.width === 0) return [];
        const over = glyphs.filter(
          ({ x, y }) => x >= box.left && x < box.right && y >= box.top && y < box.bottom,
        );
        return [
          {
            background: style.backgroundColor,
            border:
              style.borderStyle === 'none'
                ? ''
                : `${style.borderWidth} ${style.borderStyle} ${style.borderColor}`,
            text: over
              .map(({ character }) => character)
              .join('')
              .replaceAll('\u00a0', ' '),
            left: box.left,
            top: box.top,
          },
        ];
      },
    );
    painted.sort((a, b) => a.top - b.top || a.left - b.left);
    return painted.map(({ background, border, text }) => ({ background, border, text }));
  }, editor);
}

/** The ranges with a colour behind them: not the frames and lines of hovered and selected tokens. */
export function coloured(ranges: readonly PaintedRange[]): PaintedRange[] {
  return ranges.filter(({ background }) => background !== 'rgba(0, 0, 0, 0)');
}

/** Waits until what is painted satisfies `condition`, and gives it. */
export async function paintedRangesWhere(
  workbench: Workbench,
  condition: (ranges: readonly PaintedRange[]) => boolean,
): Promise<PaintedRange[]> {
  return eventually(workbench.page, () => paintedRanges(workbench), condition);
}
