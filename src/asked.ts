import type { CallOptions, EngineClient } from './engineClient';
import type { OpenAttentionRequest } from './protocol/engine';
import type { InspectRequest, Inspection } from './protocol/inspection';

/** What an inspection was made from, as plain values that outlive a reload: by it the same can be made again. */
export type Asked = { readonly inspect: InspectRequest } | { readonly open: OpenAttentionRequest };

/** Has an inspection made: a model is run, or a file with attention is opened. */
export function ask(engine: EngineClient, asked: Asked, options: CallOptions): Promise<Inspection> {
  return 'open' in asked ? engine.openAttention(asked.open, options) : engine.inspect(asked.inspect, options);
}
