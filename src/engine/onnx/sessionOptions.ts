import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';

/** What all sessions have in common. `session`: further entries of onnxruntime's configuration. */
export function sessionOptions(
  session: Readonly<Record<string, unknown>> = {},
): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: Math.max(1, Math.min(8, availableParallelism())),
    logSeverityLevel: 3,
    // Threads that wait by turning in circles take the processor from the editor, the views, and the engine's own JavaScript:
    // on two cores that doubles the time of a run.
    extra: { session: { intra_op: { allow_spinning: '0' }, ...session } },
  };
}
