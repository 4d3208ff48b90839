import { hcl, interpolateRgb, rgb } from 'd3';
import type { ThemeKind } from './relations';
import type { Theme } from './theme';

/** Lightness and chroma (CIELCh) of the weakest and the strongest colour: weak ones lie near the background. */
interface Tones {
  readonly weak: readonly [lightness: number, chroma: number];
  readonly strong: readonly [lightness: number, chroma: number];
}

const roleTones: Readonly<Record<ThemeKind, Tones>> = {
  dark: { weak: [30, 12], strong: [70, 88] },
  light: { weak: [86, 14], strong: [46, 92] },
  // High contrast: even the weakest keeps a contrast of 3 : 1 against the background.
  'hc-dark': { weak: [46, 22], strong: [78, 80] },
  'hc-light': { weak: [59, 26], strong: [34, 90] },
};

/** CIELCh hues: red for semantic, blue for syntactic, and the way between them through purple. */
const semanticHue = 22;
const syntacticHue = -82;

/**
 * The colour of a head's role (views.md): hue from red (semantic − syntactic = 1) through purple to blue (−1), lightness
 * and chroma from the background towards full colour with the larger of the two.
 * @param semantic 0 to 1, NaN counts as 0
 * @param syntactic 0 to 1, NaN counts as 0
 * @returns `#rrggbb`
 */
export function roleColour(semantic: number, syntactic: number, theme: ThemeKind): string {
  const first = clamp(semantic);
  const second = clamp(syntactic);
  const difference = second - first;
  // Differences of real heads are mostly below a half: the root spreads them without moving the ends or the middle.
  const towardsSyntactic = (1 + Math.sign(difference) * Math.abs(difference) ** 0.65) / 2;
  const hue = mix(semanticHue, syntacticHue, towardsSyntactic);
  return toned(hue, Math.max(first, second), roleTones[theme]);
}

const measureHue = 185;
const measureTones: Readonly<Record<ThemeKind, Tones>> = {
  dark: { weak: [26, 6], strong: [80, 52] },
  light: { weak: [90, 8], strong: [42, 46] },
  'hc-dark': { weak: [46, 16], strong: [90, 48] },
  'hc-light': { weak: [58, 20], strong: [30, 40] },
};

/**
 * A sequential scale of one hue for any measure of heads.
 * @param share where the value lies in its domain, 0 to 1
 * @returns `#rrggbb`
 */
export function measureColour(share: number, theme: ThemeKind): string {
  return toned(measureHue, clamp(share), measureTones[theme]);
}

const againstHue = 50;

/**
 * A diverging scale for measures with a sign: the hue of {@link measureColour} above zero, orange below.
 * @param share value / largest absolute value, −1 to 1
 * @returns `#rrggbb`
 */
export function signedColour(share: number, theme: ThemeKind): string {
  return toned(share < 0 ? againstHue : measureHue, clamp(Math.abs(share)), measureTones[theme]);
}

function toned(hue: number, strength: number, { weak, strong }: Tones): string {
  return hcl(hue, mix(weak[1], strong[1], strength), mix(weak[0], strong[0], strength)).formatHex();
}

/** Share of the theme's colour in the strongest background: as in the editor, so that text stays readable on it. */
const strongestBackground = 0.55;

/**
 * Background of a token by its saliency.
 * @param share saliency / largest absolute saliency, −1 to 1; negative only for signed measures
 * @returns `#rrggbb`, the editor's background for 0
 */
export function saliencyColour(share: number, theme: Theme): string {
  const paint = share < 0 ? theme.saliencyNegative : theme.saliency;
  const strength = strongestBackground * clamp(Math.abs(share));
  return rgb(interpolateRgb(theme.background, paint)(strength)).formatHex();
}

/**
 * The text colour on a background: the theme's own while its contrast reaches 4.5 : 1, else black or white, the nearer one
 * first, so that neighbouring tokens do not flip from light to dark without need.
 */
export function textColour(background: string, theme: Theme): string {
  if (contrast(theme.foreground, background) >= 4.5) return theme.foreground;
  const [nearer, farther] = theme.isDark ? ['#ffffff', '#000000'] : ['#000000', '#ffffff'];
  return contrast(nearer, background) >= 4.5 ? nearer : farther;
}

/** Contrast of two opaque colours, 1 to 21. Source: WCAG 2.2, relative luminance. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const { r, g, b } = rgb(colour);
  const [red, green, blue] = [r, g, b].map((byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function clamp(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
}
