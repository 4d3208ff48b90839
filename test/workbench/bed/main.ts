// npm run bed: installs the test bed (HEADLIGHT_LANE=current for the newer VS Code) and says where it is.
import { installBed } from './install';
import { chosenLane } from './lanes';

installBed(chosenLane()).then(
  (bed) =>
    console.log(`VS Code ${bed.lane.vscode}: ${bed.entry}\nNode: ${bed.node}\nChromium: ${bed.chromium}`),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
