import { factorAt, withFactor, type AttentionEdit, type EditPlace } from '../../src/protocol/edits';
import type { HeadRef } from '../../src/protocol/inspection';
import type { HostCalls } from '../../src/protocol/view';
import { sameHead } from '../marks/names';
import type { ViewStore } from '../store';

type Wanting = { readonly store: ViewStore; readonly host: HostCalls };

/** Heads that are off, or will be as soon as the engine has an answer. */
export function headsOff({ asked, inspection }: ViewStore): readonly HeadRef[] {
  return asked?.heads ?? inspection?.ablated ?? [];
}

/** Edits of attention that are made, or will be as soon as the engine has an answer. */
export function editsMade({ asked, inspection }: ViewStore): readonly AttentionEdit[] {
  return asked?.edits ?? inspection?.edits ?? [];
}

export function isOff(store: ViewStore, head: HeadRef): boolean {
  return headsOff(store).some((other) => sameHead(other, head));
}

/** Switches a head off, or on again. */
export function switchHead({ store, host }: Wanting, head: HeadRef): void {
  const off = headsOff(store);
  const others = off.filter((other) => !sameHead(other, head));
  const heads = others.length < off.length ? others : [...others, head];
  store.update({ asked: { ...store.asked, heads } });
  host.switchHeads(heads);
}

/** Multiplies the weights at some places with a factor, from now on; 1 takes their edits away. */
export function setFactor({ store, host }: Wanting, places: readonly EditPlace[], factor: number): void {
  const made = editsMade(store);
  if (places.every((place) => factorAt(made, place) === factor)) return;
  const edits = places.reduce<readonly AttentionEdit[]>((all, place) => withFactor(all, place, factor), made);
  store.update({ asked: { ...store.asked, edits } });
  host.editAttention(edits);
}

/** The model as it is. */
export function resetInterventions({ store, host }: Wanting): void {
  store.update({ asked: { heads: [], edits: [] } });
  host.run('resetInterventions');
}

/** Whether interventions can be made: attention that was read from a file has no model behind it. */
export function canIntervene({ inspection }: ViewStore): boolean {
  return inspection !== undefined && inspection.attentionFile === undefined;
}
