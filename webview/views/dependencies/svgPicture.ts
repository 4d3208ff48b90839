import { select } from 'd3';
import { appendDrawing, appendGroup } from '../../marks/group';
import { labelledLinks, weightedLinks } from '../../marks/links';
import { type PlacedWord, wordRow } from '../../marks/wordRow';
import { listen } from './interaction';
import { type NumberText, type PlaceWords, type Scene, type Shapes, type View, wordHeight } from './layout';
import { type CreatePicture, type Highlight, isLit, litSlots, type PictureModel } from './picture';

/** Free pixels that a word keeps at its sides when it is scrolled into view. */
const scrollMargin = 40;

/** A picture whose words and links stand where `place` puts them; it scrolls where it is wider than its panel. */
export function createSvgPicture(name: string, place: PlaceWords): CreatePicture {
  return (events, textWidth) => {
    const element = document.createElement('div');
    element.className = `picture picture-${name}`;
    const scroller = document.createElement('div');
    scroller.className = 'picture-scroller';
    element.append(scroller);
    const drawing = appendDrawing(scroller);
    const svg = select(drawing).attr('role', 'group');
    const edges = appendGroup(drawing, 'edges').attr('aria-hidden', 'true');
    const dependencies = appendGroup(drawing, 'dependency-links').attr('aria-hidden', 'true');
    const words = appendGroup(drawing, 'words').attr('role', 'toolbar').attr('aria-label', 'Words');
    const folds = appendGroup(drawing, 'folds');
    const numbers = appendGroup(drawing, 'numbers').attr('aria-hidden', 'true');

    let model: PictureModel | undefined;
    let scene: Scene | undefined;
    /** The slot that is in the tab order. */
    let focusable = 0;
    let highlight: Highlight | undefined;
    let selected: number | undefined;
    let frame = 0;

    listen(
      drawing,
      {
        ...events,
        focus(slot) {
          focusable = slot;
          words
            .selectAll<SVGGElement, PlacedWord>('g.word')
            .attr('tabindex', (word) => (word.slot === slot ? 0 : -1));
        },
      },
      () => model?.slots.length ?? 0,
      (slot) => {
        reveal(slot);
        draw();
        drawing.querySelector<SVGGElement>(`[data-slot="${slot}"]`)?.focus({ preventScroll: true });
      },
    );
    const scheduleDraw = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    scroller.addEventListener(
      'scroll',
      () => {
        scheduleDraw();
        events.scroll(scroller.scrollLeft);
      },
      { passive: true },
    );
    const resized = new ResizeObserver(scheduleDraw);
    resized.observe(scroller);

    function reveal(slot: number): void {
      if (!scene || !model || slot < 0 || slot >= model.slots.length) return;
      const scale = scaleOf(scene);
      const { from, to } = scene.extent(slot);
      const view = viewOf(scene);
      if (from - scrollMargin < view.from) scroller.scrollLeft = (from - scrollMargin) * scale;
      else if (to + scrollMargin > view.to)
        scroller.scrollLeft = (to + scrollMargin) * scale - scroller.clientWidth;
    }

    function scaleOf({ width, smallestScale }: Scene): number {
      return Math.max(smallestScale, Math.min(1, (scroller.clientWidth || width) / width));
    }

    /** In pixels of the picture. */
    function viewOf(current: Scene): View {
      const scale = scaleOf(current);
      const from = scroller.scrollLeft / scale;
      return { from, to: from + (scroller.clientWidth || current.width) / scale };
    }

    function draw(): void {
      frame = 0;
      if (!scene || !model) return;
      const view = viewOf(scene);
      const scale = scaleOf(scene);
      const shapes = scene.shapes(view);
      const more = [view.from > 1 ? 'left' : '', view.to < scene.width - 1 ? 'right' : ''];
      const goesOn = more.join(' ').trim();
      if (scroller.dataset.more !== goesOn) scroller.dataset.more = goesOn;
      svg
        .attr('viewBox', `0 0 ${Math.ceil(scene.width)} ${Math.ceil(scene.height)}`)
        .attr('width', Math.ceil(scene.width * scale))
        .attr('height', Math.ceil(scene.height * scale))
        .attr('aria-label', model.description);
      weightedLinks(edges, shapes.edges);
      labelledLinks(dependencies, shapes.dependencies);
      if (!shapes.words.some((word) => word.slot === focusable)) focusable = shapes.words[0]?.slot ?? 0;
      wordRow(words, shapes.words, { height: wordHeight, focusable });
      drawFolds(shapes.folds);
      light();
    }

    function drawFolds(shown: Shapes['folds']): void {
      folds
        .selectAll<SVGGElement, Shapes['folds'][number]>('g.fold')
        .data(shown, ({ sentence }) => sentence)
        .join((enter) => {
          const group = enter.append('g').attr('class', 'fold').attr('role', 'button').attr('tabindex', 0);
          group.append('rect').attr('x', -8).attr('y', -9).attr('width', 15).attr('height', 18).attr('rx', 3);
          group.append('path').attr('d', 'M-4,-2L0,2L4,-2');
          return group;
        })
        .attr('data-fold', ({ sentence }) => sentence)
        .attr('aria-label', ({ sentence }) => `Fold sentence ${sentence + 1}`)
        .attr('transform', ({ x, y }) => `translate(${x},${y})`)
        .order();
    }

    /** Leaves only what is highlighted strong, and writes its numbers. */
    function light(): void {
      if (!scene) return;
      const lit = litSlots(scene.spans, highlight);
      const isEdited = (left: number, right: number): boolean =>
        model?.edited.links.has(`${Math.min(left, right)} ${Math.max(left, right)}`) === true;
      const hovered = highlight && 'slot' in highlight ? highlight.slot : undefined;
      svg.classed('hovering', highlight !== undefined);
      for (const group of [edges, dependencies]) {
        group
          .selectAll<SVGGElement, { left: number; right: number }>('g.link')
          .classed('lit', (link) => isLit(link, highlight))
          .classed('edited', ({ left, right }) => group === edges && isEdited(left, right));
      }
      words
        .selectAll<SVGGElement, PlacedWord>('g.word')
        .classed('lit', (word) => lit.has(word.slot))
        .classed('hovered', (word) => word.slot === hovered)
        .classed('edited', (word) => model?.edited.slots.has(word.slot) === true)
        .classed('selected', (word) => word.slot === selected);
      numbers
        .selectAll<SVGTextElement, NumberText>('text')
        .data(highlight ? scene.numbers(highlight, viewOf(scene)) : [], (number) => number.key)
        .join('text')
        .attr('text-anchor', (number) => number.anchor)
        .attr('x', (number) => number.x)
        .attr('y', (number) => number.y)
        .text((number) => number.text);
    }

    return {
      element,
      render(next) {
        model = next;
        scene = place(next, textWidth);
        draw();
      },
      highlight(next, nextSelected) {
        highlight = next;
        selected = nextSelected;
        light();
      },
      reveal,
      scrollTo(left) {
        if (scroller.scrollLeft !== left) scroller.scrollLeft = left;
      },
      dispose() {
        cancelAnimationFrame(frame);
        resized.disconnect();
        element.remove();
      },
    };
  };
}
