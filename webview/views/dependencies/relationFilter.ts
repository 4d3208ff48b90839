import { select } from 'd3';
import { relationPaint } from '../../marks/relations';
import type { RelationCount } from './edges';

export interface RelationFilterEvents {
  /** Other relations are drawn now. */
  hide(hidden: readonly string[]): void;
  /** The relation's name was clicked: it shall stand out everywhere; undefined: none. */
  choose(relation: string | undefined): void;
}

export interface RelationFilter {
  readonly element: HTMLElement;
  show(relations: readonly RelationCount[], hidden: readonly string[], emphasised: string | undefined): void;
}

/** A check box per relation, most frequent first, with how many of its dependents the head agrees with. */
export function createRelationFilter(events: RelationFilterEvents): RelationFilter {
  const element = document.createElement('div');
  element.className = 'relation-filter';
  element.role = 'group';
  element.ariaLabel = 'Relations';
  let names: readonly string[] = [];
  let hiddenNames = new Set<string>();
  const all = link('all', 'Draws all relations', () => events.hide([]));
  const none = link('none', 'Draws no relation', () => events.hide(names));
  const chips = document.createElement('div');
  chips.className = 'relation-chips';
  element.append(chips, all, none);

  const toggle = (name: string, shown: boolean): void => {
    const next = new Set(hiddenNames);
    if (shown) next.delete(name);
    else next.add(name);
    events.hide([...next]);
  };

  return {
    element,
    show(relations, hidden, emphasised) {
      names = relations.map(({ name }) => name);
      hiddenNames = new Set(hidden);
      element.hidden = relations.length === 0;
      const rows = select(chips)
        .selectAll<HTMLElement, RelationCount>('.relation')
        .data(relations, ({ name }) => name)
        .join((enter) => {
          const row = enter.append('span').attr('class', 'relation');
          const box = row.append('label');
          box
            .append('input')
            .attr('type', 'checkbox')
            .on('change', (event: Event, { name }) =>
              toggle(name, (event.target as HTMLInputElement).checked),
            );
          const name = row.append('button').attr('type', 'button').attr('class', 'relation-name');
          name.append('span').attr('class', 'name');
          name.append('span').attr('class', 'count');
          name.on('click', function (_event, relation) {
            events.choose(this.getAttribute('aria-pressed') === 'true' ? undefined : relation.name);
          });
          return row;
        })
        .attr('data-relation', ({ name }) => name)
        .classed('agreed', ({ agreed }) => agreed > 0)
        .style('--paint', ({ name }) => relationPaint(name))
        .order();
      rows
        .select<HTMLInputElement>('input')
        .property('checked', ({ name }) => !hiddenNames.has(name))
        .attr('aria-label', ({ name, count }) => `Draw ${name}, ${count} times`);
      rows
        .select('.relation-name')
        .attr('aria-pressed', ({ name }) => String(name === emphasised))
        .attr(
          'title',
          ({ name, count, agreed }) =>
            `${name}: the head agrees with ${agreed} of ${count}; click to let it stand out`,
        );
      rows.select('.name').text(({ name }) => name);
      rows.select('.count').text(({ count, agreed }) => (agreed > 0 ? `${agreed}/${count}` : String(count)));
    },
  };
}

function link(text: string, title: string, action: () => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'text-button';
  button.textContent = text;
  button.title = title;
  button.addEventListener('click', action);
  return button;
}
