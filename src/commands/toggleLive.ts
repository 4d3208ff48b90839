import type { App } from '../app';
import { UserError } from '../engine/errors';

/** Switches between inspecting at every keystroke and on request only. */
export function toggleLive({ inspections }: App): undefined {
  if (!inspections.shown) throw new UserError('There is nothing to follow live. Inspect some text first.');
  inspections.setLive(!inspections.live);
}
