import { svgElement } from '../element';
import { painterOf } from '../marks/pen';
import { SvgPen, TooManyShapes } from './svgPen';

/** A drawing that stands by itself: every colour and font is inside it, as they are on screen now. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** Whether parts of it are pictures of a canvas, which do not scale. */
  readonly hasBitmaps: boolean;
}

/** Pixels around what is drawn. */
const margin = 12;

/** What of an SVG element's style the drawing needs. */
const properties = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'visibility',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'letter-spacing',
] as const;

/** Draws elements of the page, their text and all, as one SVG with the background of the theme. */
export function drawElements(elements: readonly Element[], background: string): Drawing {
  const shown = elements.filter((one) => one.getBoundingClientRect().width > 0);
  const boxes = shown.map((one) => one.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left)) - margin;
  const top = Math.min(...boxes.map((box) => box.top)) - margin;
  const width = Math.ceil(Math.max(...boxes.map((box) => box.right)) + margin - left);
  const height = Math.ceil(Math.max(...boxes.map((box) => box.bottom)) + margin - top);
  const root = svgElement('svg', { width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(svgElement('rect', { width, height, fill: background }));
  const scene = new Scene(left, top, background);
  for (const one of shown) scene.draw(one, root);
  return { svg: new XMLSerializer().serializeToString(root), width, height, hasBitmaps: scene.hasBitmaps };
}

/** A drawing as PNG. @param scale pixels of the picture per CSS pixel */
export async function pngOf({ svg, width, height }: Drawing, scale = 2): Promise<Uint8Array> {
  const picture = new Image(width * scale, height * scale);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * scale, height * scale];
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) throw new Error('The picture is too large for this browser. Make the view smaller.');
  return new Uint8Array(await blob.arrayBuffer());
}

class Scene {
  hasBitmaps = false;
  readonly #left: number;
  readonly #top: number;
  readonly #background: string;

  constructor(left: number, top: number, background: string) {
    this.#left = left;
    this.#top = top;
    this.#background = background;
  }

  draw(source: Element, into: SVGElement): void {
    const style = getComputedStyle(source);
    if (style.display === 'none' || style.visibility === 'hidden') return;
    const box = source.getBoundingClientRect();
    const place = { x: box.left - this.#left, y: box.top - this.#top, width: box.width, height: box.height };
    if (source instanceof SVGSVGElement) {
      const copy = styledCopy(source);
      for (const [name, value] of Object.entries(place)) copy.setAttribute(name, String(value));
      into.append(copy);
      return;
    }
    if (source instanceof HTMLCanvasElement) {
      if (this.#drawCanvas(source, place, into)) return;
      this.hasBitmaps = true;
      into.append(svgElement('image', { ...place, href: source.toDataURL() }));
      return;
    }
    const target = isClipping(style) ? into.appendChild(this.#window(place)) : into;
    const offset = target === into ? undefined : place;
    const inner = offset ? new Scene(box.left, box.top, this.#background) : this;
    this.#drawBox(style, place, into, target);
    for (const child of source.childNodes) {
      if (child instanceof Element) inner.draw(child, target);
      else if (child instanceof Text) inner.#drawText(child, style, target);
    }
    this.hasBitmaps ||= inner.hasBitmaps;
  }

  /** Draws again, as shapes, what a canvas shows. @returns false where that cannot be done, or would be too many shapes */
  #drawCanvas(
    canvas: HTMLCanvasElement,
    place: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>,
    into: SVGElement,
  ): boolean {
    const paint = painterOf(canvas);
    if (!paint) return false;
    const window = this.#window(place);
    try {
      paint(new SvgPen(window, this.#background));
    } catch (error) {
      if (error instanceof TooManyShapes) return false;
      throw error;
    }
    into.append(window);
    return true;
  }

  /** An inner viewport cuts off what is scrolled out of view. */
  #window(place: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>): SVGSVGElement {
    return svgElement('svg', { ...place, overflow: 'hidden' });
  }

  #drawBox(
    style: CSSStyleDeclaration,
    place: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>,
    into: SVGElement,
    before: SVGElement,
  ): void {
    const fill = style.backgroundColor;
    const shapes: SVGElement[] = bordersOf(style, place);
    if (!isTransparent(fill)) {
      shapes.unshift(svgElement('rect', { ...place, fill, rx: parseFloat(style.borderRadius) || 0 }));
    }
    for (const shape of shapes) {
      if (style.opacity !== '1') shape.setAttribute('opacity', style.opacity);
      if (before === into) into.append(shape);
      else into.insertBefore(shape, before);
    }
  }

  /** A text element for every line that the text is broken into. */
  #drawText(text: Text, style: CSSStyleDeclaration, into: SVGElement): void {
    const range = document.createRange();
    let line = '';
    let start: DOMRect | undefined;
    const flush = (): void => {
      if (start && line.trim() !== '') into.append(this.#line(line, start, style));
      line = '';
      start = undefined;
    };
    for (let i = 0; i < text.data.length; i++) {
      range.setStart(text, i);
      range.setEnd(text, i + 1);
      const box = range.getClientRects()[0];
      if (!box) continue;
      if (start && Math.abs(box.top - start.top) > box.height / 2) flush();
      start ??= box;
      line += text.data[i];
    }
    flush();
  }

  #line(line: string, box: DOMRect, style: CSSStyleDeclaration): SVGTextElement {
    return svgElement(
      'text',
      {
        x: box.left - this.#left,
        y: box.top - this.#top + box.height / 2,
        fill: style.color,
        'dominant-baseline': 'central',
        'font-family': style.fontFamily,
        'font-size': style.fontSize,
        'font-weight': style.fontWeight,
        'xml:space': 'preserve',
      },
      line,
    );
  }
}

/** A line for each side that has a border; the keys of legends are made of them. */
function bordersOf(
  style: CSSStyleDeclaration,
  { x, y, width, height }: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>,
): SVGElement[] {
  const sides = {
    top: [x, y, x + width, y, 0, 0.5],
    right: [x + width, y, x + width, y + height, -0.5, 0],
    bottom: [x, y + height, x + width, y + height, 0, -0.5],
    left: [x, y, x, y + height, 0.5, 0],
  } as const;
  return Object.entries(sides).flatMap(([side, [x1, y1, x2, y2, inwardsX, inwardsY]]) => {
    const thickness = parseFloat(style.getPropertyValue(`border-${side}-width`));
    const colour = style.getPropertyValue(`border-${side}-color`);
    const pattern = style.getPropertyValue(`border-${side}-style`);
    if (!(thickness > 0) || pattern === 'none' || isTransparent(colour)) return [];
    // The stroke lies inside the box, as a border does.
    const [dx, dy] = [inwardsX * thickness, inwardsY * thickness];
    const line = svgElement('line', { x1: x1 + dx, y1: y1 + dy, x2: x2 + dx, y2: y2 + dy });
    line.setAttribute('stroke', colour);
    line.setAttribute('stroke-width', String(thickness));
    if (pattern === 'dashed' || pattern === 'dotted') {
      const dash = pattern === 'dashed' ? 2 * thickness : thickness;
      line.setAttribute('stroke-dasharray', `${dash} ${dash}`);
    }
    return [line];
  });
}

function isClipping({ overflowX, overflowY }: CSSStyleDeclaration): boolean {
  return overflowX !== 'visible' || overflowY !== 'visible';
}

function isTransparent(colour: string): boolean {
  return colour === 'transparent' || /[,/] ?0\)$/.test(colour);
}

/** A copy whose style is its own: no variable and no rule of the page's style sheets is left to be resolved. */
function styledCopy(source: SVGSVGElement): SVGSVGElement {
  const copy = source.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [elementsOf(source), elementsOf(copy)];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    const target = copies[i];
    if (style.display === 'none') {
      target.remove();
      return;
    }
    target.removeAttribute('class');
    target.removeAttribute('style');
    for (const property of properties) {
      const value = style.getPropertyValue(property);
      if (value) target.setAttribute(property, value);
    }
    if (style.transform !== 'none' && !original.hasAttribute('transform')) {
      target.setAttribute('transform', style.transform);
    }
  });
  return copy;
}

function elementsOf(root: SVGSVGElement): SVGElement[] {
  return [root, ...root.querySelectorAll<SVGElement>('*')];
}
