import { readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../test/workbench/bed/chromium';

/** A picture on a sheet, with what stands over it. */
export interface Picture {
  readonly path: string;
  readonly caption: string;
}

/** Lays pictures out on contact sheets, in a Chromium. */
export class Sheets {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Sheets> {
    return new Sheets(
      await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox', '--disable-gpu'] }),
    );
  }

  /** Writes a sheet of these rows of pictures, at their own size, as a PNG. */
  async write(path: string, rows: readonly (readonly Picture[])[]): Promise<void> {
    const page = await this.#browser.newPage();
    try {
      await page.setContent(
        '<style>body{margin:0;padding:8px;width:max-content;background:#777;font:bold 13px sans-serif}' +
          'div{display:flex;gap:8px;align-items:start}figure{margin:0 0 8px}img{display:block}</style>',
      );
      const pictures = rows.map((row) =>
        row.map(({ path: file, caption }) => ({
          caption,
          source: `data:image/png;base64,${readFileSync(file).toString('base64')}`,
        })),
      );
      await page.evaluate(async (drawn) => {
        for (const row of drawn) {
          const line = document.createElement('div');
          for (const { caption, source } of row) {
            const figure = document.createElement('figure');
            const image = new Image();
            image.src = source;
            await image.decode();
            figure.append(caption, image);
            line.append(figure);
          }
          document.body.append(line);
        }
      }, pictures);
      const { width, height } = await page.evaluate(
        () => document.body.getBoundingClientRect().toJSON() as DOMRect,
      );
      await page.setViewportSize({ width: Math.ceil(width), height: Math.ceil(height) });
      await page.screenshot({ path });
    } finally {
      await page.close();
    }
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
