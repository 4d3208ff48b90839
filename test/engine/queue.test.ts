import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../src/engine/errors';
import { WorkQueue } from '../../src/engine/session/queue';

const gate = (): { open: () => void; passed: Promise<void> } => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
};

test('work runs one after the other, in the order it came, and a failure does not stop what follows', async () => {
  const queue = new WorkQueue(() => undefined);
  const { open, passed } = gate();
  const order: string[] = [];
  const first = queue.run(1, async () => {
    await passed;
    order.push('first');
  });
  const second = queue.run(2, () => {
    order.push('second');
    return Promise.reject(new Error('no'));
  });
  const third = queue.run(3, () => Promise.resolve(order.push('third')));
  open();
  await first;
  await assert.rejects(second, /no/);
  await third;
  assert.deepEqual(order, ['first', 'second', 'third']);
});

test('cancelling rejects at once, even while the work is inside a run, and what has not begun never begins', async () => {
  const reported: string[] = [];
  const queue = new WorkQueue((call, { message }) => reported.push(`${call} ${message}`));
  const { open, passed } = gate();
  let reachedEnd = false;
  const running = queue.run(1, async (work) => {
    work.report({ message: 'begun' });
    await passed;
    work.report({ message: 'not to be heard' });
    work.check();
    reachedEnd = true;
  });
  let begun = false;
  const waiting = queue.run(2, () => Promise.resolve((begun = true)));
  await Promise.resolve();
  queue.cancel(1);
  queue.cancel(2);
  await assert.rejects(running, Cancelled);
  await assert.rejects(waiting, Cancelled);
  open();
  await queue.run(3, () => Promise.resolve());
  assert.equal(reachedEnd, false);
  assert.equal(begun, false);
  assert.deepEqual(reported, ['1 begun']);
});
