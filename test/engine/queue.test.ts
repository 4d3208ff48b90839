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

test('long work in pieces lets others in between, who keep their order, and gives up its place when it is cancelled', async () => {
  const queue = new WorkQueue(() => undefined);
  const order: string[] = [];
  const long = (call: number, name: string) =>
    queue.runInPieces(call, async (_work, turn) => {
      for (let piece = 1; piece <= 3; piece++)
        await turn(() => Promise.resolve(order.push(`${name}${piece}`)));
      return name;
    });
  const { open, passed } = gate();
  const held = queue.run(1, () => passed);
  const a = long(2, 'a');
  const short = queue.run(3, () => Promise.resolve(order.push('short')));
  const b = long(4, 'b');
  open();
  await held;
  assert.equal(await a, 'a');
  assert.equal(await b, 'b');
  await short;
  assert.deepEqual(order, ['a1', 'short', 'b1', 'a2', 'b2', 'a3', 'b3']);

  order.length = 0;
  const { open: go, passed: gone } = gate();
  const cancelled = queue.runInPieces(5, async (_work, turn) => {
    for (let piece = 1; ; piece++)
      await turn(async () => {
        order.push(`c${piece}`);
        if (piece === 2) await gone;
      });
  });
  const next = queue.run(6, () => Promise.resolve(order.push('next')));
  await next;
  queue.cancel(5);
  const after = queue.run(7, () => Promise.resolve(order.push('after')));
  await assert.rejects(cancelled, Cancelled);
  go();
  await after;
  await queue.run(8, () => Promise.resolve());
  assert.deepEqual(order, ['c1', 'next', 'c2', 'after']);
});
