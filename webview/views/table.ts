import type { Inspection } from '../../src/protocol/inspection';
import type { ViewName } from '../../src/protocol/view';
import type { CreateView } from '../view';
import { createAttention } from './attention/attention';
import { createCompare } from './compare/compare';
import { createChanges } from './changes/changes';
import { createDependencies } from './dependencies/dependencies';
import { createGraph } from './graph/graph';
import { createHeads } from './heads/heads';
import { createInstances } from './instances/instances';
import { createMatrix } from './matrix/matrix';
import { createPrompt } from './prompt/prompt';
import { createSaliency } from './saliency/saliency';

/** Views that are about something else than an inspection. */
export type IndependentName = 'instances';

/** A view that can stand alone in its own tab, or be a part of the inspector. */
export interface ViewEntry {
  readonly name: Exclude<ViewName, 'inspector' | IndependentName>;
  /** As it stands on a tab. */
  readonly title: string;
  readonly create: CreateView;
  /** The view says by itself what to do where nothing is inspected yet. */
  readonly beginsEmpty?: boolean;
  /** Whether the view has anything to say of an inspection; left out: of all. */
  readonly isFor?: (inspection: Inspection) => boolean;
}

/** The tabs beside the head overview, in their order. A tab exists only if its view stands here. */
export const detailViews: readonly ViewEntry[] = [
  { name: 'dependencies', title: 'Dependencies', create: createDependencies },
  { name: 'attention', title: 'Attention', create: createAttention },
  { name: 'graph', title: 'Graph', create: createGraph },
  { name: 'matrix', title: 'Matrix', create: createMatrix },
  {
    name: 'prompt',
    title: 'Prompt',
    create: createPrompt,
    isFor: ({ model, attentionFile }) => model.task === 'causal-lm' && attentionFile === undefined,
  },
  {
    name: 'changes',
    title: 'Changes',
    create: createChanges,
    isFor: ({ target, attentionFile, text }) =>
      target !== undefined && target.kind !== 'norm' && attentionFile === undefined && text !== '',
  },
];

/** Every view that a document of its own may show. */
export const aloneViews: readonly ViewEntry[] = [
  { name: 'heads', title: 'Heads', create: createHeads },
  { name: 'saliency', title: 'Saliency', create: createSaliency },
  ...detailViews,
  { name: 'compare', title: 'Compare', create: createCompare, beginsEmpty: true },
];

/** Views that need no inspection, with their own progress, failures and beginning; always alone in a document. */
export const independentViews: Readonly<Record<IndependentName, CreateView>> = {
  instances: createInstances,
};
