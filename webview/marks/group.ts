import { select, type Selection } from 'd3';

/** An SVG group that a mark draws into. Marks are functions `(group, data, scales) => void`. */
export type Group = Selection<SVGGElement, unknown, null, undefined>;

const namespace = 'http://www.w3.org/2000/svg';

/** A new group at the end of `parent`. */
export function appendGroup(parent: SVGElement, className: string): Group {
  const group = document.createElementNS(namespace, 'g');
  parent.append(group);
  return select<SVGGElement, unknown>(group).attr('class', className);
}

/** A new drawing inside `parent`. */
export function appendDrawing(parent: HTMLElement): SVGSVGElement {
  const svg = document.createElementNS(namespace, 'svg');
  parent.append(svg);
  return svg;
}
