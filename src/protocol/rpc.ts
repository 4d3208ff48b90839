import { createBirpc } from 'birpc';
import type { BirpcReturn } from 'birpc';
import type { EngineCalls, EngineEvents, EngineFailure, FailureKind } from './engine';
import type { HostCalls, ViewCalls } from './view';

/**
 * A pipe for messages that keeps their order: an engine process, or a webview. Typed arrays cross it as bytes.
 * `post` throws or rejects where the message cannot be sent; `listen` returns what stops the listening.
 */
export interface Channel {
  post(message: unknown): unknown;
  listen(receive: (message: unknown) => void): () => void;
}

/** The other side's functions, as promises. */
export type Connection<Remote extends object> = BirpcReturn<Remote, object>;

/** What an engine process is started with: its one argument, as JSON. */
export interface EngineStart {
  /** Folder of the built-in models. */
  readonly modelsFolder: string;
  /** Folder that the engine may write to; without it, it writes nothing. */
  readonly storage?: string;
  /** Bytes that stored inspections and warm sessions may take together. */
  readonly memoryBudget?: number;
}

/** What the engine process answers: the engine's calls, and a sign of life. */
export interface EngineProcessCalls extends EngineCalls {
  /** Answers as soon as the process takes messages, so not while it is inside a run. */
  alive(): Promise<void>;
}

/** A failure that came across the border, as an exception again. */
export class CallFailure extends Error implements EngineFailure {
  readonly kind: FailureKind;
  readonly detail?: string;

  constructor(failure: EngineFailure) {
    super(failure.message);
    this.name = 'CallFailure';
    this.kind = failure.kind;
    this.detail = failure.detail;
  }
}

const failureKinds: readonly string[] = [
  'input',
  'forgotten',
  'model',
  'untrusted',
  'cancelled',
  'crashed',
  'failed',
] satisfies FailureKind[];

/**
 * Any thrown value as it crosses the border. Errors that carry a `kind` were written for the user and keep their
 * sentence; every other error is a defect of ours, is called so, and keeps its stack for the log.
 */
export function toFailure(thrown: unknown): EngineFailure {
  if (thrown instanceof Error) {
    const kind = 'kind' in thrown ? String(thrown.kind) : '';
    if (failureKinds.includes(kind)) {
      const detail = 'detail' in thrown && typeof thrown.detail === 'string' ? thrown.detail : undefined;
      return { kind: kind as FailureKind, message: thrown.message, detail: detail ?? causeOf(thrown) };
    }
    return {
      kind: 'failed',
      message: `Headlight met an error of its own: ${thrown.message}. The log has the details.`,
      detail: thrown.stack,
    };
  }
  return { kind: 'failed', message: `Headlight met an error of its own: ${String(thrown)}.` };
}

function causeOf(error: Error): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : undefined;
}

/** The functions of `T` that nobody waits for: those that return nothing. */
type EventOf<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => infer Result
    ? undefined extends Result
      ? K
      : never
    : never;
}[keyof T];

const engineCallEvents = ['cancel'] satisfies EventOf<EngineProcessCalls>[];
const engineEvents = ['progress', 'log'] satisfies EventOf<EngineEvents>[];
const hostEvents = [
  'select',
  'revealToken',
  'retarget',
  'measureHeads',
  'stopMeasuring',
  'chooseModel',
  'chooseSaliency',
  'chooseLevel',
  'setLive',
  'run',
  'save',
  'runDataSet',
  'pauseDataSet',
  'scoreHeads',
  'pauseScoring',
  'useChosenModel',
  'inspectRow',
  'stop',
  'insertAfter',
  'revealRange',
] satisfies EventOf<HostCalls>[];
const viewEvents = [
  'show',
  'busy',
  'failed',
  'select',
  'configure',
  'save',
  'showDataSet',
  'measuring',
  'measured',
  'progressed',
] satisfies EventOf<ViewCalls>[];

/** The client's end of an engine process. */
export function connectToEngine(channel: Channel, local: EngineEvents): Connection<EngineProcessCalls> {
  return connect<EngineProcessCalls>(channel, local, engineCallEvents);
}

/** The engine process's end. */
export function connectToEngineClient(channel: Channel, local: EngineProcessCalls): Connection<EngineEvents> {
  return connect<EngineEvents>(channel, local, engineEvents);
}

/** A view's end, inside the webview. */
export function connectToHost(channel: Channel, local: ViewCalls): Connection<HostCalls> {
  return connect<HostCalls>(throughJson(channel), local, hostEvents);
}

/** The extension host's end of one view. */
export function connectToView(channel: Channel, local: HostCalls): Connection<ViewCalls> {
  return connect<ViewCalls>(throughJson(channel), local, viewEvents);
}

interface Message {
  /** Arguments of a request. */
  readonly a?: readonly unknown[];
  /** Identity; events have none. */
  readonly i?: string;
  /** Error of an answer. */
  readonly e?: unknown;
}

function connect<Remote extends object>(
  channel: Channel,
  local: object,
  events: readonly (keyof Remote)[],
): Connection<Remote> {
  let stop: (() => void) | undefined;
  return createBirpc<Remote, object>(local, {
    bind: 'functions',
    // Runs may take minutes; who is tired of waiting cancels.
    timeout: -1,
    eventNames: [...events],
    post: async (message: Message) => {
      try {
        await channel.post(message);
      } catch (error) {
        // Nobody waits for an event, so nobody could take its rejection; a closed channel is noticed elsewhere.
        if (message.i !== undefined) throw error;
      }
    },
    on: (receive) => {
      stop = channel.listen(receive);
    },
    off: () => stop?.(),
    serialize: (message: Message) => ('e' in message ? { ...message, e: toFailure(message.e) } : message),
    deserialize: received,
    // An answer that cannot be sent (its channel closed) concerns nobody any more. Without a name it is a call's own rejection.
    onGeneralError: (_error, name) => name !== undefined,
  });
}

/** Undoes what the channel did to a message: failures become exceptions, and the `null`s of JSON are missing arguments again. */
function received(message: Message): Message {
  if ('e' in message && message.e) return { ...message, e: new CallFailure(message.e as EngineFailure) };
  if (message.a) return { ...message, a: message.a.map((argument) => argument ?? undefined) };
  return message;
}

/** A webview's channel, which writes everything but typed arrays as JSON, made to bring over all numbers. */
function throughJson(channel: Channel): Channel {
  return {
    post: (message) => channel.post(packed(message)),
    listen: (receive) => channel.listen((message) => receive(unpacked(message))),
  };
}

/** How a number that JSON does not know (NaN, the infinities) is written. */
interface NonFinite {
  readonly nonFinite: string;
}

/**
 * A value as a webview's channel can send it. Typed arrays get buffers of their own: the channel sends the whole buffer
 * behind an array, and arrays from the engine are windows on one received message, so that a row would drag megabytes along.
 */
function packed(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { nonFinite: String(value) } satisfies NonFinite;
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === value.buffer.byteLength || value instanceof DataView) return value;
    return (value as Uint8Array).slice();
  }
  return eachItem(value, packed);
}

function unpacked(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'nonFinite' in value) return Number(value.nonFinite);
  return ArrayBuffer.isView(value) ? value : eachItem(value, unpacked);
}

/** The items of an array or record, changed; anything else as it is. */
function eachItem(value: unknown, change: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null || value instanceof ArrayBuffer) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}
