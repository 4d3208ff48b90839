import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttentionRequest } from '../../src/protocol/engine';
import type { HeadRef, Inspection } from '../../src/protocol/inspection';
import type { Tensor } from '../../src/protocol/tensor';
import type { Selection } from '../../src/protocol/view';
import { AttentionCache } from '../../webview/attention';
import { type State, ViewStore } from '../../webview/store';

const settings = { saliency: 'gradient-l1', level: 'token', countFrom: 0, live: false } as const;
const head = (layer: number, index: number): HeadRef => ({ block: 'self', layer, head: index });

/** A store with what it has announced, and the memory behind it. */
function storeWith(
  initial: Partial<State> = {},
  memory: { state?: unknown } = {},
): { store: ViewStore; announced: Selection[]; changes: (keyof State)[][] } {
  const announced: Selection[] = [];
  const changes: (keyof State)[][] = [];
  const store = new ViewStore(
    { selection: {}, settings, ...initial },
    {
      getState: () => memory.state,
      setState: (state) => {
        memory.state = JSON.parse(JSON.stringify(state));
      },
    },
    (selection) => announced.push(selection),
  );
  store.subscribe((changed) => changes.push([...changed]));
  return { store, announced, changes };
}

describe('the store of a view', () => {
  it('tells listeners which keys changed, and nothing where nothing did', () => {
    const { store, changes } = storeWith();
    store.update({ busy: { message: 'Running' }, failure: undefined });
    store.update({ busy: { message: 'Running' } });
    store.update({ settings: { ...settings } });
    assert.deepEqual(changes, [['busy']]);
  });

  it('announces what is selected here, but not what the host selects', () => {
    const { store, announced } = storeWith();
    store.select({ head: head(1, 2) });
    store.update({ selection: { token: 4 } });
    assert.deepEqual(announced, [{ head: head(1, 2) }]);
    assert.deepEqual(store.selection, { token: 4 });
  });

  it('keeps the rest of a selection, and clears what is given as undefined', () => {
    const { store, announced } = storeWith({ selection: { head: head(0, 0), relation: 'nsubj' } });
    store.select({ hoveredToken: 3 });
    store.select({ hoveredToken: undefined });
    store.select({ hoveredToken: undefined });
    assert.equal(announced.length, 2);
    assert.deepEqual(JSON.parse(JSON.stringify(store.selection)), { head: head(0, 0), relation: 'nsubj' });
  });

  it('remembers values of a view over reloads, but none of another type', () => {
    const memory = {};
    storeWith({}, memory).store.viewState<number>('graph.threshold', 0.1).value = 0.4;
    const { store } = storeWith({}, memory);
    assert.equal(store.viewState<number>('graph.threshold', 0.1).value, 0.4);
    assert.equal(store.viewState<string>('graph.threshold', 'high').value, 'high');
    assert.equal(store.viewState<boolean>('graph.pinned', true).value, true);
  });
});

/** A cache over a host that answers with the head's number, four bytes each. */
function cacheWith(maxBytes?: number): {
  cache: AttentionCache;
  requests: AttentionRequest[];
  show(inspection: string | undefined): void;
} {
  const requests: AttentionRequest[] = [];
  let shown: Inspection['id'] | undefined = 'first';
  const host = {
    attention: async (request: AttentionRequest): Promise<Tensor[]> => {
      requests.push(request);
      if (request.heads.some(({ layer }) => layer === 99)) throw new Error('There is no such head.');
      return request.heads.map((one) => ({ data: Float32Array.of(one.layer * 10 + one.head), dims: [1, 1] }));
    },
  };
  const cache = new AttentionCache(host, () => shown, maxBytes);
  return {
    cache,
    requests,
    show: (inspection) => {
      shown = inspection;
    },
  };
}

describe('the attention of a view', () => {
  it('is fetched in one request for what is asked in one go, and each head once', async () => {
    const { cache, requests } = cacheWith();
    const wanted = [head(1, 1), head(2, 3), head(1, 1)];
    const fetched = await Promise.all(wanted.map((one) => cache.get(one, 'token')));
    assert.deepEqual(
      fetched.map(({ data }) => data[0]),
      [11, 23, 11],
    );
    assert.equal(requests.length, 1);
    assert.equal(requests[0].heads.length, 2);
    assert.equal((await cache.get(head(2, 3), 'token')).data[0], 23);
    assert.equal(cache.peek(head(2, 3), 'token')?.data[0], 23);
    assert.equal(requests.length, 1);
  });

  it('is of the inspection and the level that are asked for', async () => {
    const { cache, requests, show } = cacheWith();
    await Promise.all([cache.get(head(0, 0), 'token'), cache.get(head(0, 0), 'word')]);
    show('second');
    assert.equal(cache.peek(head(0, 0), 'token'), undefined);
    await cache.get(head(0, 0), 'token');
    assert.deepEqual(
      requests.map(({ inspection, level }) => [inspection, level]),
      [
        ['first', 'token'],
        ['first', 'word'],
        ['second', 'token'],
      ],
    );
  });

  it('is forgotten beyond its bytes, the least recently used first', async () => {
    const { cache } = cacheWith(8);
    for (const layer of [1, 2]) await cache.get(head(layer, 0), 'token');
    cache.peek(head(1, 0), 'token');
    await cache.get(head(3, 0), 'token');
    assert.equal(cache.peek(head(2, 0), 'token'), undefined);
    assert.ok(cache.peek(head(1, 0), 'token') && cache.peek(head(3, 0), 'token'));
  });

  it('fails for all who asked, and is asked for again afterwards', async () => {
    const { cache, requests, show } = cacheWith();
    const both = await Promise.allSettled([cache.get(head(99, 0), 'token'), cache.get(head(99, 0), 'token')]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(cache.get(head(99, 0), 'token'), /no such head/);
    assert.equal(requests.length, 2);
    show(undefined);
    await assert.rejects(cache.get(head(0, 0), 'token'), /There is no inspection yet/);
  });
});
