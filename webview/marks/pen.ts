/** What the views draw with: a canvas on the screen, or a vector picture that is being saved. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'save'
  | 'restore'
  | 'translate'
  | 'scale'
  | 'rotate'
  | 'beginPath'
  | 'closePath'
  | 'moveTo'
  | 'lineTo'
  | 'quadraticCurveTo'
  | 'arc'
  | 'rect'
  | 'clip'
  | 'stroke'
  | 'fill'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'strokeText'
  | 'measureText'
  | 'drawImage'
  | 'setLineDash'
  | 'imageSmoothingEnabled'
  | PenStyle
>;

/** How a pen draws, which is saved and restored with it. */
export type PenStyle =
  | 'globalAlpha'
  | 'globalCompositeOperation'
  | 'strokeStyle'
  | 'fillStyle'
  | 'lineWidth'
  | 'lineJoin'
  | 'lineCap'
  | 'font'
  | 'textAlign'
  | 'textBaseline';

const painters = new WeakMap<HTMLCanvasElement, (pen: Pen) => void>();

/**
 * Says how a canvas is drawn, so that what it shows can be drawn again as shapes.
 * @param paint draws what the canvas shows now, in CSS pixels from its corner
 */
export function paintedBy(canvas: HTMLCanvasElement, paint: (pen: Pen) => void): void {
  painters.set(canvas, paint);
}

export function painterOf(canvas: HTMLCanvasElement): ((pen: Pen) => void) | undefined {
  return painters.get(canvas);
}

const outlines = new WeakMap<Path2D, string>();

/** A shape that is drawn again and again: a canvas takes it as it is, other pens read its path with {@link pathOf}. @param path as SVG writes it */
export function outline(path: string): Path2D {
  const shape = new Path2D(path);
  outlines.set(shape, path);
  return shape;
}

/** The path of an {@link outline}, as SVG writes it. */
export function pathOf(shape: Path2D): string {
  return outlines.get(shape) ?? '';
}
