import type { App } from '../app';
import { adoptModel } from '../models/adoptModel';

/** Uses the model that was clicked in the list of models. */
export async function useModel(app: App, argument: unknown): Promise<void> {
  const reference = referenceOf(argument);
  if (reference !== undefined) await adoptModel(app, reference);
}

/** Takes a model off the list; its files stay. */
export async function forgetModel({ model }: App, argument: unknown): Promise<void> {
  const reference = referenceOf(argument);
  if (reference !== undefined) await model.forget(reference);
}

function referenceOf(argument: unknown): string | undefined {
  const hasReference = typeof argument === 'object' && argument !== null && 'reference' in argument;
  return hasReference && typeof argument.reference === 'string' ? argument.reference : undefined;
}
