/** Lengths that a bar beside the text can have, on each side of zero. */
export const barSteps = 10;

/** Colours of a kind of theme. A picture beside the text cannot name a colour of the theme, so these are the defaults of package.json. */
export const barColours = {
  dark: { positive: '#f2994a', negative: '#4a9ff2', axis: '#808080' },
  light: { positive: '#f08c00', negative: '#2f80ed', axis: '#808080' },
} as const;
export type ThemeKind = keyof typeof barColours;

/** How a bar is drawn. */
export interface Bar {
  /** −10 to 10, never 0: length and strength; the sign says for or against the target. */
  readonly step: number;
  /** Bars of a measure with signs grow from the middle to both sides, others from the left. */
  readonly isSigned: boolean;
  /** Bars of the lines of one paragraph touch. */
  readonly isJoined: boolean;
  readonly theme: ThemeKind;
  /** Colours of the user's own, where he chose some. */
  readonly own?: { readonly positive?: string; readonly negative?: string };
}

const width = 20;
const weakest = 0.4;

/** A bar as an SVG document that fills whatever room a line has beside it. */
export function barPicture({ step, isSigned, isJoined, theme, own }: Bar): string {
  const share = Math.min(barSteps, Math.abs(step)) / barSteps;
  const colours = barColours[theme];
  const colour = step < 0 ? (own?.negative ?? colours.negative) : (own?.positive ?? colours.positive);
  const room = isSigned ? width / 2 - 1 : width - 2;
  const length = share * room;
  const left = !isSigned ? 1 : step < 0 ? width / 2 - length : width / 2;
  const [top, height] = isJoined ? [0, width] : [1.5, width - 3];
  const opacity = weakest + (1 - weakest) * share;
  const axis = isSigned
    ? `<rect x="${width / 2 - 0.4}" y="0" width="0.8" height="${width}" fill="${colours.axis}" fill-opacity="0.6"/>`
    : '';
  const bar = `<rect x="${digits(left)}" y="${top}" width="${digits(length)}" height="${height}" fill="${colour}" fill-opacity="${digits(opacity)}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${width}" viewBox="0 0 ${width} ${width}" ` +
    `preserveAspectRatio="none">${axis}${bar}</svg>`
  );
}

/** A colour as it may stand in a picture; anything else is no colour of the user's. */
export function plainColour(value: unknown): string | undefined {
  return typeof value === 'string' && /^#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i.test(value)
    ? value
    : undefined;
}

function digits(value: number): string {
  return String(Math.round(100 * value) / 100);
}
