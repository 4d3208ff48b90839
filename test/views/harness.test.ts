import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readDodrio } from './dodrio';
import { skip, ViewBench } from './harness';

let bench: ViewBench;
before(async () => {
  if (!skip) bench = await ViewBench.start();
});
after(() => bench?.stop());

test('a view starts without a complaint of the browser', { skip }, async () => {
  const view = await bench.open({ recorded: await readDodrio() });
  assert.deepEqual(view.complaints, []);
  await view.close();
});
