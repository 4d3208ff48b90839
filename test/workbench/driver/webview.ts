import type { FrameLocator } from 'playwright-core';
import { repository } from '../bed/lanes';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workbench } from './workbench';

const { publisher, name } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  publisher: string;
  name: string;
};

/** The identifier under which VS Code knows the extension. */
export const extensionId = `${publisher}.${name}`;

const ours = `iframe.webview.ready[src*="extensionId=${extensionId}"]`;
const isSideView = '[src*="purpose=webviewView"]';

/** CSS selector of the outer frames of panels (webviews in the editor area). */
export const panelFrames = `${ours}:not(${isSideView})`;

/** The document of the panel that is open (of the first one, where there are several). */
export function panel({ page }: Workbench): FrameLocator {
  return page.frameLocator(panelFrames).first().frameLocator('iframe#active-frame');
}

/** The document of the view in the side bar. */
export function sideView({ page }: Workbench): FrameLocator {
  return page.frameLocator(`${ours}${isSideView}`).first().frameLocator('iframe#active-frame');
}
