import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../src/engine/errors';
import { CallFailure, connectToHost, connectToView, toFailure } from '../../src/protocol/rpc';
import type { Channel } from '../../src/protocol/rpc';
import type { HostCalls, ViewCalls } from '../../src/protocol/view';

/** Bytes of typed arrays, apart from the JSON of everything else: what a webview's channel makes of a message. */
interface Wire {
  readonly json: string;
  readonly buffers: readonly ArrayBufferLike[];
}

/** As VS Code sends messages to webviews: JSON, with the whole buffer behind every typed array. */
function wireOf(message: unknown): Wire {
  const buffers: ArrayBufferLike[] = [];
  const json = JSON.stringify(message, (_key, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    buffers.push(value.buffer);
    return {
      type: value.constructor.name,
      buffer: buffers.length - 1,
      offset: value.byteOffset,
      bytes: value.byteLength,
    };
  });
  return { json, buffers };
}

function messageOf({ json, buffers }: Wire): unknown {
  return JSON.parse(
    json,
    (_key, value: { type?: string; buffer: number; offset: number; bytes: number } | null) => {
      if (value?.type !== 'Float32Array') return value;
      return new Float32Array(buffers[value.buffer] as ArrayBuffer, value.offset, value.bytes / 4);
    },
  );
}

/** Two ends of a webview's channel, and what went over it. */
function webviewChannel(): { readonly host: Channel; readonly view: Channel; readonly sent: Wire[] } {
  const receivers: Record<'host' | 'view', (message: unknown) => void> = {
    host: () => undefined,
    view: () => undefined,
  };
  const sent: Wire[] = [];
  const end = (own: 'host' | 'view', other: 'host' | 'view'): Channel => ({
    post: (message) => {
      const wire = wireOf(message);
      sent.push(wire);
      setImmediate(() => receivers[other](messageOf(wire)));
    },
    listen: (receive) => {
      receivers[own] = receive;
      return () => (receivers[own] = () => undefined);
    },
  });
  return { host: end('host', 'view'), view: end('view', 'host'), sent };
}

const noCalls = {} as HostCalls;

describe('the connection of a view', () => {
  it('brings numbers over that JSON does not know', async () => {
    const { host, view } = webviewChannel();
    const start = {
      view: 'heads',
      settings: {},
      selection: {},
      failure: undefined,
      numbers: [NaN, -Infinity, Infinity, 0.5],
    };
    connectToView(host, { ...noCalls, ready: () => Promise.resolve(start as never) });
    const received: unknown = await connectToHost(view, {} as ViewCalls).ready();
    assert.deepEqual(received, {
      view: 'heads',
      settings: {},
      selection: {},
      numbers: [NaN, -Infinity, Infinity, 0.5],
    });
  });

  it('sends of a row of a matrix the row, not the matrix', async () => {
    const { host, view, sent } = webviewChannel();
    const matrix = Float32Array.from({ length: 1_000_000 }, (_, i) => i);
    connectToView(host, {
      ...noCalls,
      attention: () => Promise.resolve([{ data: matrix.subarray(1000, 1003), dims: [3] }]),
    });
    const request = { inspection: '1', heads: [], level: 'token' } as const;
    assert.deepEqual(await connectToHost(view, {} as ViewCalls).attention(request), [
      { data: Float32Array.of(1000, 1001, 1002), dims: [3] },
    ]);
    assert.deepEqual(
      sent.flatMap(({ buffers }) => buffers.map((buffer) => buffer.byteLength)),
      [12],
    );
  });

  it('tells nothing any more as undefined, not as null', async () => {
    const { host, view } = webviewChannel();
    const told = new Promise((resolve) => connectToHost(view, { failed: resolve } as unknown as ViewCalls));
    void connectToView(host, noCalls).failed(undefined);
    assert.equal(await told, undefined);
  });

  it('brings failures over with their kind', async () => {
    const { host, view } = webviewChannel();
    connectToView(host, {
      ...noCalls,
      attention: () => Promise.reject(new UserError('Too old. Inspect again.', 'input')),
    });
    const call = connectToHost(view, {} as ViewCalls).attention({
      inspection: '1',
      heads: [],
      level: 'token',
    });
    await assert.rejects(
      call,
      (error) =>
        error instanceof CallFailure && error.kind === 'input' && error.message === 'Too old. Inspect again.',
    );
  });
});

describe('a failure', () => {
  it('that was written for the user keeps its sentence, and its cause goes to the log', () => {
    const cause = new Error('ENOENT');
    const failure = toFailure(new UserError('The file is missing. Choose another.', 'model', { cause }));
    assert.equal(failure.kind, 'model');
    assert.equal(failure.message, 'The file is missing. Choose another.');
    assert.match(failure.detail ?? '', /ENOENT/);
  });

  it('that nobody foresaw is called a defect, whatever was thrown', () => {
    assert.equal(toFailure(new RangeError('out of range')).kind, 'failed');
    assert.match(toFailure('a string').message, /a string/);
    // A system error has a `code`, not a `kind`; one with a strange kind is none of ours.
    assert.equal(toFailure(Object.assign(new Error('x'), { kind: 'strange' })).kind, 'failed');
  });
});
