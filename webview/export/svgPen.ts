import { rgb } from 'd3';
import { svgElement } from '../element';
import { type Pen, type PenStyle, pathOf } from '../marks/pen';

/** Shapes that one picture may have; one with more is no use to any program that opens it. */
const mostShapes = 200_000;

/** A picture has more shapes than a vector file should have. */
export class TooManyShapes extends Error {}

type Style = Pick<Pen, PenStyle> & {
  readonly dash: readonly number[];
  readonly matrix: DOMMatrix;
  readonly group: SVGElement;
};

const anchors: Partial<Record<CanvasTextAlign, string>> = { center: 'middle', right: 'end', end: 'end' };
const baselines: Partial<Record<CanvasTextBaseline, string>> = {
  middle: 'central',
  top: 'hanging',
  hanging: 'hanging',
};

/** A pen that writes what is drawn with it as SVG elements: what the views use of a canvas, and no more. */
export class SvgPen implements Pen {
  globalAlpha = 1;
  globalCompositeOperation: GlobalCompositeOperation = 'source-over';
  strokeStyle: Pen['strokeStyle'] = '#000';
  fillStyle: Pen['fillStyle'] = '#000';
  lineWidth = 1;
  lineJoin: CanvasLineJoin = 'miter';
  lineCap: CanvasLineCap = 'butt';
  font = '10px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  imageSmoothingEnabled = true;
  #dash: readonly number[] = [];
  #matrix = new DOMMatrix();
  #group: SVGElement;
  #path = '';
  #shapes = 0;
  readonly #saved: Style[] = [];
  readonly #background: string;
  readonly #measuring = document.createElement('canvas').getContext('2d');

  /** @param background what lies behind the picture: where a canvas takes ink away, this comes to light */
  constructor(into: SVGElement, background: string) {
    this.#group = into;
    this.#background = background;
  }

  save(): void {
    const { globalAlpha, globalCompositeOperation, strokeStyle, fillStyle, lineWidth } = this;
    const { lineJoin, lineCap, font, textAlign, textBaseline } = this;
    this.#saved.push({
      ...{ globalAlpha, globalCompositeOperation, strokeStyle, fillStyle, lineWidth },
      ...{ lineJoin, lineCap, font, textAlign, textBaseline },
      dash: this.#dash,
      matrix: DOMMatrix.fromMatrix(this.#matrix),
      group: this.#group,
    });
  }

  restore(): void {
    const saved = this.#saved.pop();
    if (!saved) return;
    const { dash, matrix, group, ...style } = saved;
    Object.assign(this, style);
    this.#dash = dash;
    this.#matrix = matrix;
    this.#group = group;
  }

  translate(x: number, y: number): void {
    this.#matrix = this.#matrix.translate(x, y);
  }

  scale(x: number, y: number): void {
    this.#matrix = this.#matrix.scale(x, y);
  }

  /** @param angle in radians */
  rotate(angle: number): void {
    this.#matrix = this.#matrix.rotate((angle * 180) / Math.PI);
  }

  setLineDash(dash: Iterable<number>): void {
    this.#dash = [...dash];
  }

  beginPath(): void {
    this.#path = '';
  }

  closePath(): void {
    this.#path += 'Z';
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `${this.#path === '' ? 'M' : 'L'}${short(x)} ${short(y)}`;
  }

  quadraticCurveTo(bendX: number, bendY: number, x: number, y: number): void {
    this.#path += `Q${short(bendX)} ${short(bendY)} ${short(x)} ${short(y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  /** Clockwise, as the views draw all arcs. */
  arc(x: number, y: number, radius: number, start: number, end: number): void {
    const at = (angle: number) =>
      `${short(x + radius * Math.cos(angle))} ${short(y + radius * Math.sin(angle))}`;
    const turn = Math.min(2 * Math.PI, end - start);
    const half = start + turn / 2;
    this.#path += `${this.#path === '' ? 'M' : 'L'}${at(start)}`;
    for (const angle of [half, start + turn])
      this.#path += `A${short(radius)} ${short(radius)} 0 0 1 ${at(angle)}`;
  }

  /** What is drawn from now until {@link restore} is cut off outside the path. */
  clip(): void {
    const id = `clip-${crypto.randomUUID()}`;
    const outline = svgElement('path', { d: this.#path, ...this.#place() });
    const clipPath = svgElement('clipPath', { id });
    clipPath.append(outline);
    const group = svgElement('g', { 'clip-path': `url(#${id})` });
    this.#group.append(clipPath, group);
    this.#group = group;
  }

  stroke(shape?: Path2D): void {
    this.#append(svgElement('path', { d: this.#pathOf(shape), ...this.#stroked() }));
  }

  fill(shape?: Path2D | CanvasFillRule): void {
    this.#append(svgElement('path', { d: this.#pathOf(shape), ...this.#filled() }));
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#append(svgElement('rect', { x, y, width, height, ...this.#filled() }));
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#append(svgElement('rect', { x, y, width, height, ...this.#stroked() }));
  }

  fillText(text: string, x: number, y: number): void {
    this.#append(svgElement('text', { x, y, ...this.#lettered(), ...this.#filled() }, text));
  }

  strokeText(text: string, x: number, y: number): void {
    this.#append(svgElement('text', { x, y, ...this.#lettered(), ...this.#stroked() }, text));
  }

  measureText(text: string): TextMetrics {
    if (!this.#measuring) throw new Error('This browser cannot measure text.');
    this.#measuring.font = this.font;
    return this.#measuring.measureText(text);
  }

  /** A picture of cells, one pixel each, becomes a rectangle for every run of cells of one colour. */
  drawImage(image: CanvasImageSource, x: number, y: number, width?: number, height?: number): void {
    if (!(image instanceof HTMLCanvasElement) || image.width === 0 || image.height === 0) return;
    const pixels = image.getContext('2d')?.getImageData(0, 0, image.width, image.height);
    if (!pixels) return;
    const [cellWidth, cellHeight] = [
      (width ?? image.width) / image.width,
      (height ?? image.height) / image.height,
    ];
    const colours = new Uint32Array(pixels.data.buffer);
    for (let row = 0; row < image.height; row++) {
      for (let from = 0, to = 0; from < image.width; from = to) {
        const colour = colours[row * image.width + from];
        while (to < image.width && colours[row * image.width + to] === colour) to++;
        const [red, green, blue, alpha] = pixels.data.subarray(4 * (row * image.width + from));
        this.#append(
          svgElement('rect', {
            x: short(x + from * cellWidth),
            y: short(y + row * cellHeight),
            width: short((to - from) * cellWidth),
            height: short(cellHeight),
            fill: rgb(red, green, blue).formatHex(),
            'fill-opacity': short((this.globalAlpha * alpha) / 255),
            // Neighbours meet without a seam.
            'shape-rendering': 'crispEdges',
            ...this.#place(),
          }),
        );
      }
    }
  }

  #pathOf(shape: Path2D | CanvasFillRule | undefined): string {
    return shape instanceof Path2D ? pathOf(shape) : this.#path;
  }

  #append(shape: SVGElement): void {
    if (++this.#shapes > mostShapes) throw new TooManyShapes();
    this.#group.append(shape);
  }

  #place(): Record<string, string> {
    const { a, b, c, d, e, f, isIdentity } = this.#matrix;
    return isIdentity ? {} : { transform: `matrix(${[a, b, c, d, e, f].map(short).join(' ')})` };
  }

  #stroked(): Record<string, string | number> {
    return {
      fill: 'none',
      stroke: plainColour(this.strokeStyle),
      'stroke-width': short(this.lineWidth),
      'stroke-linejoin': this.lineJoin,
      'stroke-linecap': this.lineCap,
      ...(this.#dash.length > 0 ? { 'stroke-dasharray': this.#dash.join(' ') } : {}),
      ...this.#opacity(),
      ...this.#place(),
    };
  }

  #filled(): Record<string, string | number> {
    const takesAway = this.globalCompositeOperation === 'destination-out';
    return {
      fill: takesAway ? this.#background : plainColour(this.fillStyle),
      ...this.#opacity(),
      ...this.#place(),
    };
  }

  #opacity(): Record<string, number> {
    return this.globalAlpha < 1 ? { opacity: short(this.globalAlpha) } : {};
  }

  #lettered(): Record<string, string> {
    const [, weight, size, family] = /^(?:(\w+) )?([\d.]+px) (.*)$/.exec(this.font) ?? [];
    return {
      'text-anchor': anchors[this.textAlign] ?? 'start',
      'dominant-baseline': baselines[this.textBaseline] ?? 'auto',
      'font-size': size ?? '10px',
      'font-family': family ?? 'sans-serif',
      ...(weight ? { 'font-weight': weight } : {}),
      'xml:space': 'preserve',
    };
  }
}

/** A computed colour as older programs write it too: `color(srgb 0.5 0.5 0.5)` is known to browsers alone. */
function plainColour(colour: Pen['fillStyle']): string {
  const [, red, green, blue, alpha = '1'] =
    /^color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)$/.exec(String(colour)) ?? [];
  return red === undefined
    ? String(colour)
    : rgb(255 * Number(red), 255 * Number(green), 255 * Number(blue), Number(alpha)).formatRgb();
}

/** Three decimals are more than any screen shows. */
function short(value: number): number {
  return Math.round(value * 1000) / 1000;
}
