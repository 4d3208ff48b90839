import { constants, setPriority } from 'node:os';
import { Engine } from './session/engine';
import { serve } from './serve';

// Whoever types goes first: on a busy machine the editor and the views get the processor, and the engine what is left. Threads take this
// over from the one that makes them, so it comes before onnxruntime has any.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that does not let a process step back loses nothing but that.
}

serve((start, events) => new Engine({ ...start, events }));
