import { UserError } from '../../errors';

/** Part of a text that a relation may be about. Offsets are in the unit of the file. */
export interface FileSpan {
  /** Half-open ranges in order; several where the span is in pieces. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
  /** What the file says stands there; what is checked against the text. */
  readonly text?: string;
  /** Where the word begins that stands for the span. */
  readonly head?: number;
  /** Line of the file, from 1. */
  readonly line: number;
}

/** A labelled pair of spans. */
export interface FilePair {
  /** Indices of spans. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** What a file of relations says, whatever its format. */
export interface FileRelations {
  readonly unit: 'utf-16' | 'code-point';
  readonly spans: readonly FileSpan[];
  readonly pairs: readonly FilePair[];
  /** Labels of relations without direction. */
  readonly symmetric: readonly string[];
  /** The text that the file is about, where it has it. */
  readonly text?: string;
}

/** More could not be looked at, and would only be there to fill the memory. */
export const mostSpans = 200_000;
export const mostPairs = 500_000;
export const longestLabel = 60;

/** @param fault goes on after “Line 3 of “x.ann” ” */
export function badLine(name: string, line: number, fault: string): UserError {
  return new UserError(
    `Line ${line} of “${name}” ${fault}. Correct it, or choose another file for the relations.`,
  );
}

/** A label as it can be drawn, or undefined for none. */
export function cleanLabel(label: unknown): string | undefined {
  if (typeof label !== 'string') return undefined;
  const clean = label.trim().replace(/\s+/g, ' ');
  return clean === '' || clean.length > longestLabel ? undefined : clean;
}
