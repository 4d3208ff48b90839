import type { ViewName } from '../../src/protocol/view';
import type { CreateView } from '../view';
import { createDependencies } from './dependencies/dependencies';
import { createHeads } from './heads/heads';

/** A view that can stand alone in its own tab, or be a part of the inspector. */
export interface ViewEntry {
  readonly name: Exclude<ViewName, 'inspector'>;
  /** As it stands on a tab. */
  readonly title: string;
  readonly create: CreateView;
}

/** The tabs beside the head overview, in their order. A tab exists only if its view stands here. */
export const detailViews: readonly ViewEntry[] = [
  { name: 'dependencies', title: 'Dependencies', create: createDependencies },
];

/** Every view that a document of its own may show. */
export const aloneViews: readonly ViewEntry[] = [
  { name: 'heads', title: 'Heads', create: createHeads },
  ...detailViews,
];
