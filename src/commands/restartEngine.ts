import type { App } from '../app';

/** Starts the engine afresh; what it was doing is begun again, and the picture stays. */
export async function restartEngine({ engine, inspections, log }: App): Promise<void> {
  log.info('The engine is restarted on request.');
  await engine.restart();
  if (inspections.failure !== undefined) await inspections.again({});
}
