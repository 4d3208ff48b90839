import type { HeadRef, Inspection } from '../protocol/inspection';
import type { Selection, ViewSettings } from '../protocol/view';

/** What a saved page holds besides attention, in the element of {@link startId}. */
export interface SavedStart {
  readonly inspection: Inspection;
  readonly settings: ViewSettings;
  readonly selection: Selection;
}

/** A weight of 1 as the page writes it. */
export const fullWeight = 65535;

/** The element of a page with its {@link SavedStart} as JSON. */
export const startId = 'headlight-start';

/** The element of a page with the attention of one head. */
export function attentionId({ block, layer, head }: HeadRef): string {
  return `headlight-attention-${block}-${layer}-${head}`;
}
