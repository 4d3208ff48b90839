import * as vscode from 'vscode';
import type { App } from '../app';
import { selectedRegion } from '../editor/region';
import { UserError } from '../engine/errors';
import { subjectOf } from '../subject';

/** Inspects the string literal whose lens was clicked. @param argument `{ uri, range }`, offsets in the document */
export async function inspectPrompt({ inspections, panels }: App, argument: unknown): Promise<void> {
  const place = placeOf(argument);
  if (!place)
    throw new UserError('Put the cursor into a string and choose “Headlight: Inspect Selection” instead.');
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri));
  const [, end] = place.range;
  panels.show('inspector');
  await inspections.inspect(
    subjectOf(document, { ...selectedRegion(place.range, end), kind: 'string', focus: place.range }),
  );
}

function placeOf(
  argument: unknown,
): { readonly uri: string; readonly range: readonly [number, number] } | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if (!('uri' in argument) || !('range' in argument) || !Array.isArray(argument.range)) return undefined;
  const [start, end] = argument.range as unknown[];
  const { uri } = argument;
  if (typeof uri !== 'string' || typeof start !== 'number' || typeof end !== 'number') return undefined;
  return { uri, range: [start, end] };
}
