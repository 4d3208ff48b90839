import assert from 'node:assert/strict';
import { chooseFromExplorer } from './driver/editor';
import { eventually } from './driver/eventually';
import { scenario } from './driver/scenario';
import { viewFrame } from './driver/webview';
import type { Workbench } from './driver/workbench';

/** More than are run before anybody can press a button; results are kept on disk in pieces of 1024. */
const count = 12_000;
const [subjects, verbs, objects] = [
  ['The film', 'Her second novel', 'This album', 'The long evening', 'Nobody', 'My brother', 'The cast'],
  ['won me over', 'was far too long', 'made no sense', 'stayed with me', 'fell apart', 'is a small wonder'],
  ['from the first scene', 'in spite of the music', 'and I laughed', 'for no reason at all', 'once more'],
] as const;
const text = Array.from(
  { length: count },
  (_, i) =>
    `${subjects[i % subjects.length]} ${verbs[i % verbs.length]} ${objects[i % objects.length]}, number ${i}.`,
).join('\n');

const doneIn = (said: string): number => Number(/([\d,]+) of/.exec(said)?.[1].replaceAll(',', '') ?? NaN);

/** What the view says of the run, once that is of this kind. */
async function said(workbench: Workbench, kind: RegExp): Promise<string> {
  const frame = await viewFrame(workbench, 'instances');
  return eventually(
    workbench.page,
    () => frame.locator('.run-said').innerText(),
    (words) => kind.test(words),
  );
}

scenario('a long run is paused and continued', { workspace: { 'reviews.txt': text } }, (step) => {
  let done = 0;

  step('it is paused where it is', async (workbench) => {
    await chooseFromExplorer(workbench, 'reviews.txt', 'Headlight: Open Data Set…');
    const frame = await viewFrame(workbench, 'instances');
    await eventually(
      workbench.page,
      () => frame.locator('.run-said').innerText(),
      (words) => doneIn(words) >= 1500,
    );
    await frame.getByRole('button', { name: 'Pause' }).click();
    done = doneIn(await said(workbench, /^Paused/));
    assert.ok(done >= 1500 && done < count, `${done}`);
    await frame.getByRole('button', { name: 'Continue' }).waitFor();
    await workbench.screenshot('instances-paused');
  });

  step('after a reload it is still paused, with every whole piece that was done', async (workbench) => {
    await workbench.reload('headlight.instances');
    const kept = doneIn(await said(workbench, /^Paused · [\d,]+ of 12,000 done$/));
    assert.equal(kept, 1024 * Math.floor(kept / 1024));
    assert.ok(kept >= 1024 && kept <= done, `${kept} of ${done} were kept`);
    done = kept;
  });

  step('opened again from the explorer, it goes on from there', async (workbench) => {
    const frame = await viewFrame(workbench, 'instances');
    // Every state that the view says from now on.
    await frame.evaluate(() => {
      const line = document.querySelector('.run-said');
      const heard: string[] = [];
      new MutationObserver(() => heard.push(line?.textContent ?? '')).observe(document.body, {
        characterData: true,
        childList: true,
        subtree: true,
      });
      Object.assign(window, { heard });
    });
    await chooseFromExplorer(workbench, 'reviews.txt', 'Headlight: Open Data Set…');
    await eventually(
      workbench.page,
      () => frame.locator('.run-said').innerText(),
      (words) => /^[\d,]+ of 12,000 done$/.test(words) && doneIn(words) >= done + 200,
    );
    const heard = await frame.evaluate(() => (window as unknown as { heard: string[] }).heard);
    const counts = heard.filter((words) => / done$/.test(words)).map(doneIn);
    assert.ok(counts.length > 0 && Math.min(...counts) >= done, `${Math.min(...counts)}, not ${done}`);
    await frame.getByRole('button', { name: 'Pause' }).click();
    await said(workbench, /^Paused/);
    assert.deepEqual(workbench.problems, []);
  });
});
