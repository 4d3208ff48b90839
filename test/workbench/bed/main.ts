// npm run bed: installs what tests in VS Code need (HEADLIGHT_LANE=current for the newer one) and says where it is.
// With the word "chromium", only the browser.
import { ensureChromium } from './chromium';
import { installBed } from './install';
import { chosenLane } from './lanes';

async function main(): Promise<void> {
  console.log(`Chromium: ${ensureChromium()}`);
  if (process.argv[2] === 'chromium') return;
  const bed = await installBed(chosenLane());
  console.log(`VS Code ${bed.lane.vscode}: ${bed.entry}\nNode: ${bed.node}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
