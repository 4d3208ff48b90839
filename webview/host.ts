import { connectToHost } from '../src/protocol/rpc';
import type { HostCalls, ViewCalls } from '../src/protocol/view';
import type { Memory } from './store';

interface VsCodeApi extends Memory {
  postMessage(message: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface HostConnection {
  readonly host: HostCalls;
  /** Where VS Code keeps this webview's state over reloads. */
  readonly memory: Memory;
}

/** Connects this webview with the extension host. May be called once: VS Code hands its API out only once. */
export function connectHost(local: ViewCalls): HostConnection {
  const vscode = acquireVsCodeApi();
  const host = connectToHost(
    {
      post: (message) => vscode.postMessage(message),
      listen: (receive) => {
        const listener = (event: MessageEvent): void => receive(event.data);
        window.addEventListener('message', listener);
        return () => window.removeEventListener('message', listener);
      },
    },
    local,
  );
  return { host, memory: vscode };
}
