import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDodrio } from './dodrio';
import { onBench, skip, type ViewBench } from './harness';

let bench: ViewBench;
onBench((started) => (bench = started));

test('a view starts without a complaint of the browser', { skip }, async () => {
  const view = await bench.open({ recorded: await readDodrio() });
  assert.deepEqual(view.complaints, []);
  await view.close();
});
