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
  | 'globalAlpha'
  | 'globalCompositeOperation'
  | 'strokeStyle'
  | 'fillStyle'
  | 'lineWidth'
  | 'lineJoin'
  | 'lineCap'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'imageSmoothingEnabled'
>;

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
