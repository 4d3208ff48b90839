import { hcl } from 'd3';

/** The four kinds of VS Code theme. */
export const themeKinds = ['dark', 'light', 'hc-dark', 'hc-light'] as const;
export type ThemeKind = (typeof themeKinds)[number];

/** What a dependency relation does, by the columns and rows of the table of Universal Dependencies. */
export type RelationFamily =
  'core' | 'clause' | 'nominal' | 'modifier' | 'function' | 'joining' | 'code' | 'other';

/**
 * Family and hue (CIELCh, degrees) of every relation of Universal Dependencies 2. Relations of one family have
 * neighbouring hues, so that a picture shows its kinds of structure before any label is read; those that are frequent
 * in one sentence are kept apart.
 */
const relations: Readonly<Record<string, readonly [RelationFamily, number]>> = {
  nsubj: ['core', 275],
  obj: ['core', 245],
  iobj: ['core', 260],
  csubj: ['clause', 225],
  ccomp: ['clause', 215],
  xcomp: ['clause', 200],
  acl: ['clause', 190],
  advcl: ['clause', 182],
  obl: ['nominal', 312],
  nmod: ['nominal', 335],
  appos: ['nominal', 322],
  nummod: ['nominal', 300],
  vocative: ['nominal', 305],
  expl: ['nominal', 290],
  dislocated: ['nominal', 295],
  amod: ['modifier', 145],
  advmod: ['modifier', 122],
  discourse: ['modifier', 160],
  det: ['function', 75],
  case: ['function', 55],
  mark: ['function', 40],
  aux: ['function', 92],
  cop: ['function', 105],
  clf: ['function', 65],
  conj: ['joining', 12],
  cc: ['joining', 358],
  compound: ['joining', 28],
  flat: ['joining', 20],
  fixed: ['joining', 5],
  list: ['joining', 350],
  parataxis: ['joining', 344],
  parent: ['code', 250],
  sibling: ['code', 145],
  'def-use': ['code', 55],
  'call-site': ['code', 330],
  'same-name': ['code', 85],
};

/** Relations that say nothing about a head, or nothing in particular. */
const neutral: ReadonlySet<string> = new Set([
  'punct',
  'dep',
  'root',
  'orphan',
  'goeswith',
  'reparandum',
  '',
]);

/** Hues of relations that a file of the user's names; neighbours in a file seldom share one. */
const otherHues = [250, 55, 145, 330, 190, 12, 290, 100];

/** One of {@link otherHues} for a name, the same in every session: FNV-1a of its code units. */
function otherHue(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % otherHues.length;
}

/** Lightness and chroma (CIELCh): every hue reaches a contrast of 4.5 : 1 against the backgrounds of the theme's kind. */
const tones: Readonly<Record<ThemeKind, { readonly lightness: number; readonly chroma: number }>> = {
  dark: { lightness: 72, chroma: 62 },
  light: { lightness: 41, chroma: 62 },
  'hc-dark': { lightness: 82, chroma: 70 },
  'hc-light': { lightness: 30, chroma: 60 },
};

/** The relation without its subtype: `nsubj` for `nsubj:pass`; subtypes share their relation's colour. */
export function universalRelation(relation: string): string {
  return relation.split(':', 1)[0];
}

export function relationFamily(relation: string): RelationFamily {
  const name = universalRelation(relation);
  return Object.hasOwn(relations, name) ? relations[name][0] : 'other';
}

/**
 * The colour of a relation, `#rrggbb`: the same in every sentence, view and session. Relations outside the table (of a
 * file of the user's) have one of a few hues by their name; `punct` and its like a neutral grey.
 */
export function relationColour(relation: string, theme: ThemeKind): string {
  const { lightness, chroma } = tones[theme];
  const name = universalRelation(relation);
  if (neutral.has(name)) return hcl(0, 0, lightness).formatHex();
  const hue = Object.hasOwn(relations, name) ? relations[name][1] : otherHues[otherHue(name)];
  return hcl(hue, chroma, lightness).formatHex();
}

/** A CSS value that is the relation's colour in whichever theme is on; see {@link installRelationColours}. */
export function relationPaint(relation: string): string {
  const name = universalRelation(relation);
  if (neutral.has(name)) return 'var(--headlight-relation-other)';
  // A name from a file may be anything: only those of the table become part of a variable's name.
  return `var(--headlight-relation-${Object.hasOwn(relations, name) ? name : `other-${otherHue(name)}`})`;
}

/** Hues of heads that are compared, by their place in the comparison. */
const headHues = [258, 62, 150, 320, 20, 100];

/** One colour per compared head, the same in every view, in whichever theme is on; see {@link installPaints}. */
export function headPaint(place: number): string {
  return `var(--headlight-head-${place % headHues.length})`;
}

/** The colour behind {@link headPaint}, `#rrggbb`. */
export function headColour(place: number, theme: ThemeKind): string {
  const { lightness, chroma } = tones[theme];
  return hcl(headHues[place % headHues.length], chroma, lightness).formatHex();
}

const themeSelectors: Readonly<Record<ThemeKind, string>> = {
  dark: 'body',
  light: 'body.vscode-light',
  'hc-dark': 'body.vscode-high-contrast',
  'hc-light': 'body.vscode-high-contrast-light',
};

const painted = new WeakSet<Document>();

/**
 * Defines the CSS variables of {@link relationPaint} and {@link headPaint} for all kinds of theme, once per document, so
 * that a change of theme repaints by itself.
 */
export function installPaints(document: Document): void {
  if (painted.has(document)) return;
  painted.add(document);
  const rules = themeKinds.map((theme) => {
    const variables = [
      ...Object.keys(relations).map((name) => `--headlight-relation-${name}:${relationColour(name, theme)}`),
      `--headlight-relation-other:${relationColour('', theme)}`,
      ...otherHues.map((hue, i) => {
        const { lightness, chroma } = tones[theme];
        return `--headlight-relation-other-${i}:${hcl(hue, chroma, lightness).formatHex()}`;
      }),
      ...headHues.map((_, place) => `--headlight-head-${place}:${headColour(place, theme)}`),
    ];
    return `${themeSelectors[theme]}{${variables.join(';')}}`;
  });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules.join('\n'));
  document.adoptedStyleSheets.push(sheet);
}
