import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { repository } from '../bed/lanes';
import { keepingEvidence, openWorkbench, type Workbench, type WorkbenchOptions } from './workbench';

/** The workspace that `npm start` opens. */
export const samples = join(repository, 'samples');

type Step = (name: string, body: (workbench: Workbench) => Promise<void>) => void;

/**
 * A group of tests in one window of VS Code, which is opened before the first and closed after the last. They run in
 * order and see what those before them have left, as a user does.
 */
export function scenario(title: string, options: WorkbenchOptions, define: (step: Step) => void): void {
  describe(title, () => {
    let workbench: Workbench | undefined;
    before(async () => {
      workbench = await openWorkbench(options);
    });
    after(() => workbench?.close());
    let failed: string | undefined;
    define((name, body) => {
      it(name, async () => {
        if (!workbench) throw new Error('The workbench did not open.');
        // What comes after a failure would only wait for what cannot come.
        if (failed) throw new Error(`Not tried, because "${failed}" failed.`);
        const open = workbench;
        try {
          await keepingEvidence(open, name.replace(/\W+/g, '-').slice(0, 60), () => body(open));
        } catch (error) {
          failed = name;
          throw error;
        }
      });
    });
  });
}
