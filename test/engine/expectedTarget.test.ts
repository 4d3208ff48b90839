import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Engine } from '../../src/engine/session/engine';
import type { ModelInspection } from '../../src/protocol/inspection';

const model = 'headlight-encoder-sentiment';
const praise = 'A warm, funny film with a wonderful cast.';
const praiseAgain = 'A warm, funny film with a wonderful, brave cast.';
const blame = 'A dull and tedious mess that never ends.';

function newEngine(): Engine {
  return new Engine({
    modelsFolder: join(__dirname, '../../media/models'),
    events: { progress: () => undefined, log: () => undefined },
  });
}

/** Inspects the texts one after the other in one engine. */
async function inTurn(...texts: readonly string[]): Promise<ModelInspection[]> {
  const engine = newEngine();
  const inspections: ModelInspection[] = [];
  for (const [run, text] of texts.entries())
    inspections.push(await engine.inspect(run + 1, { model, text, parse: 'none' }));
  return inspections;
}

function close(a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined, what: string): void {
  assert.ok(a && b && a.length === b.length, what);
  const largest = Math.max(...Array.from(b, Math.abs));
  for (let i = 0; i < a.length; i++)
    assert.ok(Math.abs(a[i] - b[i]) <= 1e-5 * largest, `${what} ${i}: ${a[i]}, ${b[i]}`);
}

function sameNumbers(warm: ModelInspection, fresh: ModelInspection): void {
  assert.deepEqual([warm.target.id, warm.target.label], [fresh.target.id, fresh.target.label]);
  assert.ok(Math.abs(warm.target.value - fresh.target.value) < 1e-5);
  for (const name of ['gradient-l1', 'gradient-l2', 'input-x-gradient'] as const)
    close(warm.saliency[name], fresh.saliency[name], name);
  for (const name of ['confidence', 'importance', 'semantic'] as const)
    close(warm.blocks[0].measures[name], fresh.blocks[0].measures[name], name);
}

describe('a text inspected with the target of the one before', () => {
  test('has the numbers of an inspection of its own where the class stays', async () => {
    const [, warm] = await inTurn(praise, praiseAgain);
    const [fresh] = await inTurn(praiseAgain);
    sameNumbers(warm, fresh);
  });

  test('and where it changes, there and back', async () => {
    const [first, there, back] = await inTurn(praise, blame, praise);
    const [fresh] = await inTurn(blame);
    assert.notEqual(first.target.id, there.target.id);
    sameNumbers(there, fresh);
    sameNumbers(back, first);
  });

  test('follows another target that is asked for', async () => {
    const engine = newEngine();
    const { prediction } = await engine.inspect(1, { model, text: praise, parse: 'none' });
    const target = { id: prediction.candidates[1].id };
    const warm = await engine.inspect(2, { model, text: praise, parse: 'none', target });
    const fresh = await newEngine().inspect(1, { model, text: praise, parse: 'none', target });
    assert.equal(warm.target.id, target.id);
    sameNumbers(warm, fresh);
  });
});
