import { select } from 'd3';
import { appendDrawing, appendGroup } from '../../marks/group';
import { labelledArcs } from '../../marks/labelledArcs';
import { weightedArcs } from '../../marks/weightedArcs';
import { type PlacedWord, wordRow } from '../../marks/wordRow';
import {
  labelledArc,
  numbersOf,
  type NumberText,
  type Scene,
  sceneOf,
  sizes,
  type View,
  weightedArc,
} from './arcsScene';
import { listen } from './interaction';
import { type CreatePicture, type Highlight, isLit, litSlots } from './picture';
import type { RowLayout } from './row';

/** Words in a row, dependencies as arcs over them, attention as arcs under them, scrolling sideways. */
export const createArcsPicture: CreatePicture = (events, textWidth) => {
  const element = document.createElement('div');
  element.className = 'picture picture-arcs';
  const scroller = document.createElement('div');
  scroller.className = 'picture-scroller';
  element.append(scroller);
  const drawing = appendDrawing(scroller);
  const svg = select(drawing).attr('role', 'group');
  const above = appendGroup(drawing, 'dependencies-above').attr('aria-hidden', 'true');
  const below = appendGroup(drawing, 'attention-below').attr('aria-hidden', 'true');
  const words = appendGroup(drawing, 'words').attr('role', 'toolbar').attr('aria-label', 'Words');
  const folds = appendGroup(drawing, 'folds');
  const numbers = appendGroup(drawing, 'numbers').attr('aria-hidden', 'true');

  let scene: Scene | undefined;
  let focusable = 0;
  let highlight: Highlight | undefined;
  let selected: number | undefined;
  let frame = 0;

  const focusSlot = (slot: number): void => {
    reveal(slot);
    draw();
    drawing.querySelector<SVGGElement>(`[data-slot="${slot}"]`)?.focus({ preventScroll: true });
  };
  listen(
    drawing,
    {
      ...events,
      focus: (slot) => {
        focusable = slot;
        words
          .selectAll<SVGGElement, PlacedWord>('g.word')
          .attr('tabindex', (w) => (w.slot === slot ? 0 : -1));
        events.focus(slot);
      },
    },
    () => scene?.model.slots.length ?? 0,
    focusSlot,
  );
  const scheduleDraw = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  scroller.addEventListener('scroll', scheduleDraw, { passive: true });
  const resized = new ResizeObserver(scheduleDraw);
  resized.observe(scroller);

  function reveal(slot: number): void {
    if (!scene || slot < 0 || slot >= scene.row.x.length) return;
    const half = scene.row.widths[slot] / 2 + 40;
    const [x0, x1] = [scene.row.x[slot] - half, scene.row.x[slot] + half];
    if (x0 < scroller.scrollLeft) scroller.scrollLeft = x0;
    else if (x1 > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = x1 - scroller.clientWidth;
  }

  /** Draws what is in view, and a little more at both sides. */
  function draw(): void {
    frame = 0;
    if (!scene) return;
    const current = scene;
    const { model, row } = current;
    const view: View = {
      from: scroller.scrollLeft,
      to: scroller.scrollLeft + (scroller.clientWidth || row.width),
    };
    scroller.dataset.more = [view.from > 1 ? 'left' : '', view.to < row.width - 1 ? 'right' : '']
      .join(' ')
      .trim();
    const near = (x0: number, x1: number) =>
      x1 >= view.from - sizes.overdraw && x0 <= view.to + sizes.overdraw;
    svg.attr('width', row.width).attr('height', current.height).attr('aria-label', model.description);

    const dependencies = row.dependencies.filter((arc) => near(arc.x0, arc.x1));
    labelledArcs(
      above,
      dependencies.map((arc) => labelledArc(arc, current, view, textWidth)),
      current.above,
    );
    drawRoots(current, near);
    weightedArcs(
      below,
      current.edges.filter((arc) => near(arc.x0, arc.x1)).map((arc) => weightedArc(arc, model)),
      current.below,
    );
    if (focusable >= model.slots.length) focusable = 0;
    const shown = model.slots.flatMap((slot, i): PlacedWord[] =>
      near(row.x[i] - row.widths[i], row.x[i] + row.widths[i]) || i === focusable
        ? [
            {
              slot: i,
              text: slot.text,
              x: row.x[i],
              y: current.wordY,
              width: row.widths[i],
              look: slot.folded ? 'folded' : model.units[slot.units[0]].piece ? 'piece' : 'word',
              description: model.describe(i),
              background: model.background(i),
            },
          ]
        : [],
    );
    wordRow(words, shown, { height: sizes.wordHeight, focusable });
    drawFolds(current, near);
    light();
  }

  function drawRoots({ row, model, above: scales }: Scene, near: (x0: number, x1: number) => boolean): void {
    const top = (lane: number) => scales.baseline - scales.height(lane + 1);
    const groups = above
      .selectAll<SVGGElement, RowLayout['roots'][number]>('g.root')
      .data(
        row.roots.filter((root) => near(row.x[root.slot], row.x[root.slot])),
        (root) => root.word,
      )
      .join((enter) => {
        const group = enter.append('g').attr('class', 'root');
        group.append('path').attr('class', 'line');
        group.append('path').attr('class', 'head');
        group.append('text').attr('class', 'label').text('root');
        return group;
      })
      .attr('data-slot-of', (root) => root.slot);
    groups.select('.line').attr('d', (root) => `M${row.x[root.slot]},${top(root.lane)}V${scales.baseline}`);
    groups.select('.head').attr('d', (root) => {
      const x = row.x[root.slot];
      return `M${x - 3},${scales.baseline - 6}H${x + 3}L${x},${scales.baseline}Z`;
    });
    groups
      .select('.label')
      .attr('x', (root) => row.x[root.slot])
      .attr('y', (root) => top(root.lane) - 4);
    groups.classed('emphasised', model.emphasised === 'root');
  }

  function drawFolds({ row, model, wordY: y }: Scene, near: (x0: number, x1: number) => boolean): void {
    const firsts = model.slots.flatMap((slot, i) =>
      model.sentences > 1 && !slot.folded && slot.sentence !== model.slots[i - 1]?.sentence
        ? [{ sentence: slot.sentence, x: row.x[i] - row.widths[i] / 2 - 11 }]
        : [],
    );
    const groups = folds
      .selectAll<SVGGElement, (typeof firsts)[number]>('g.fold')
      .data(
        firsts.filter(({ x }) => near(x, x)),
        ({ sentence }) => sentence,
      )
      .join((enter) => {
        const group = enter.append('g').attr('class', 'fold').attr('role', 'button').attr('tabindex', 0);
        group.append('rect').attr('x', -8).attr('y', -9).attr('width', 15).attr('height', 18).attr('rx', 3);
        group.append('path').attr('d', 'M2,-4L-3,0L2,4');
        return group;
      })
      .attr('data-fold', ({ sentence }) => sentence)
      .attr('aria-label', ({ sentence }) => `Fold sentence ${sentence + 1}`)
      .attr('transform', ({ x }) => `translate(${x},${y})`);
    groups.order();
  }

  /** Leaves only what is highlighted strong, and writes its numbers. */
  function light(): void {
    if (!scene) return;
    const { row, edges } = scene;
    const spans = [...row.dependencies, ...edges].map(({ span }) => span);
    const lit = litSlots(spans, highlight);
    svg.classed('hovering', highlight !== undefined);
    for (const group of [above, below]) {
      group
        .selectAll<SVGGElement, { left: number; right: number }>('g.arc')
        .classed('lit', (arc) => isLit(arc, highlight));
    }
    above
      .selectAll<SVGGElement, RowLayout['roots'][number]>('g.root')
      .classed(
        'lit',
        (root) => highlight !== undefined && 'slot' in highlight && root.slot === highlight.slot,
      );
    words
      .selectAll<SVGGElement, PlacedWord>('g.word')
      .classed('lit', (word) => lit.has(word.slot))
      .classed(
        'hovered',
        (word) => highlight !== undefined && 'slot' in highlight && word.slot === highlight.slot,
      )
      .classed('selected', (word) => word.slot === selected);
    drawNumbers(scene);
  }

  /** Weights of the lit edges under the words at their other ends; at the margin for words that are out of view. */
  function drawNumbers(current: Scene): void {
    const view: View = { from: scroller.scrollLeft, to: scroller.scrollLeft + scroller.clientWidth };
    const texts = numbersOf(current, highlight, view, textWidth);
    numbers
      .selectAll<SVGTextElement, NumberText>('text')
      .data(texts, (text) => text.key)
      .join('text')
      .attr('text-anchor', (text) => text.anchor)
      .attr('x', (text) => text.x)
      .attr('y', (text) => current.below.baseline + 10 + text.tier * 13)
      .text((text) => text.text);
  }

  return {
    element,
    render(model) {
      scene = sceneOf(model, textWidth);
      draw();
    },
    highlight(next, nextSelected) {
      highlight = next;
      selected = nextSelected;
      light();
    },
    reveal,
    dispose() {
      cancelAnimationFrame(frame);
      resized.disconnect();
      element.remove();
    },
  };
};
