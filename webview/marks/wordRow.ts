import type { Group } from './group';

/** A word that is drawn and can be reached by keyboard. */
export interface PlacedWord {
  /** Its place in the row. */
  readonly slot: number;
  readonly text: string;
  /** Middle of the word. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Degrees by which the word is turned around its middle. */
  readonly turn?: number;
  readonly look: 'word' | 'piece' | 'folded';
  /** What is read aloud. */
  readonly description: string;
  /** A CSS colour behind the word. */
  readonly background?: string;
  /** A CSS colour of the text that can be read on the background. */
  readonly ink?: string;
  /** A second line below the word, in a colour of its own. */
  readonly note?: { readonly text: string; readonly paint: string };
}

export interface WordScales {
  /** Height of a word's box in pixels. */
  readonly height: number;
  /** The slot that is in the tab order. */
  readonly focusable: number;
}

/** Draws words as buttons into a group: one `g.word[data-slot]` each. */
export function wordRow(
  selection: Group,
  words: readonly PlacedWord[],
  { height, focusable }: WordScales,
): void {
  const groups = selection
    .selectAll<SVGGElement, PlacedWord>('g.word')
    .data(words, (word) => word.slot)
    .join((enter) => {
      const group = enter.append('g').attr('class', 'word').attr('role', 'button');
      group.append('rect').attr('rx', 3);
      group.append('text').attr('class', 'text').attr('dy', '0.34em');
      return group;
    })
    .attr('data-slot', (word) => word.slot)
    .attr('data-look', (word) => word.look)
    .attr('aria-label', (word) => word.description)
    .attr('tabindex', (word) => (word.slot === focusable ? 0 : -1))
    .attr(
      'transform',
      (word) =>
        `translate(${word.x.toFixed(2)},${word.y.toFixed(2)})${word.turn ? ` rotate(${word.turn.toFixed(2)})` : ''}`,
    );
  groups
    .select('rect')
    .attr('x', (word) => -word.width / 2)
    .attr('y', -height / 2)
    .attr('width', (word) => word.width)
    .attr('height', height)
    .style('--background', (word) => word.background ?? null);
  groups.style('--ink', (word) => word.ink ?? null);
  groups.select('.text').text((word) => word.text);
  groups
    .selectAll<SVGTextElement, PlacedWord>('text.note')
    .data((word) => (word.note ? [word.note] : []))
    .join((enter) => enter.append('text').attr('class', 'note'))
    .attr('y', height / 2 + 10)
    .style('fill', (note) => note.paint)
    .text((note) => note.text);
  groups.order();
}
