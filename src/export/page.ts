import { createHash } from 'node:crypto';
import type { Inspection } from '../protocol/inspection';
import type { Selection, ViewName, ViewSettings } from '../protocol/view';
import { packAttention, type FetchAttention } from './attention';
import { htmlDocument } from './htmlDocument';
import { toPageJson } from './json';
import { attentionId, startId, type SavedStart } from './savedPage';

/** The scripts and style sheets that make a page, as they are built into `dist/webview`. */
export interface PageBundle {
  /** Run one after another. */
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

export interface PageContent {
  readonly inspection: Inspection;
  readonly attention: FetchAttention;
  readonly bundle: PageBundle;
  readonly settings?: Partial<ViewSettings>;
  readonly selection?: Selection;
  /** Characters that attention may take. */
  readonly mostCharacters?: number;
}

/**
 * A document that shows an inspection in the interactive views wherever it is opened, without any network: everything is
 * inside it, and its policy allows nothing else. What the user wrote stands in it as JSON only, never as markup.
 * Heads that would make it too large are left out, and a note on the page says so.
 */
export async function inspectionPage(content: PageContent): Promise<string> {
  const { attention, bundle, settings, selection, mostCharacters } = content;
  const { heads, left } = await packAttention(content.inspection, attention, mostCharacters);
  const inspection = withNote(content.inspection, heads.length, left.length);
  const start: SavedStart = {
    inspection,
    // Hovering is of the moment.
    selection: { ...selection, hoveredToken: undefined },
    settings: {
      saliency: 'gradient-l1',
      level: 'word',
      countFrom: 0,
      ...settings,
      live: false,
      canFollow: false,
    },
  };
  const attentions = heads.map(
    ({ head, dims, weights }) =>
      `<script type="application/json" id="${attentionId(head)}">${toPageJson({ dims, weights })}</script>`,
  );
  return pageDocument({
    title: titleOf(inspection),
    view: 'inspector',
    start,
    bundle,
    content: attentions.join('\n'),
  });
}

/** What a page of any views is made of. */
export interface PageParts {
  readonly title: string;
  readonly view: ViewName;
  readonly start: SavedStart;
  readonly bundle: PageBundle;
  /** Further elements of the body, as markup: whatever a user wrote stands in it {@link escaped}. */
  readonly content: string;
}

/** The document itself: its policy allows what stands in it and nothing else. */
export function pageDocument({ title, view, start, bundle, content }: PageParts): string {
  const scripts = bundle.scripts.map((script) => withoutMap(script).replaceAll('</script', '<\\/script'));
  const styles = bundle.styles.map((style) => withoutMap(style).replaceAll('</style', '<\\/style'));
  // The UI toolkit adds style elements of its own, which carry this nonce.
  const nonce = hashOf(start.inspection.text).slice(0, 22);
  return htmlDocument({
    title,
    policy: [
      "default-src 'none'",
      `script-src ${scripts.map((script) => `'sha256-${hashOf(script)}'`).join(' ')}`,
      `style-src ${styles.map((style) => `'sha256-${hashOf(style)}'`).join(' ')} 'nonce-${nonce}'`,
      'img-src data: blob:',
      "base-uri 'none'",
      "form-action 'none'",
    ],
    nonce,
    view,
    head: [
      '<meta name="color-scheme" content="light dark">',
      ...styles.map((style) => `<style>${style}</style>`),
    ],
    body: [
      `<script type="application/json" id="${startId}">${toPageJson(start)}</script>`,
      content,
      ...scripts.map((script) => `<script>${script}</script>`),
    ],
  });
}

function withNote(inspection: Inspection, kept: number, left: number): Inspection {
  if (left === 0) return inspection;
  const note = `This page has the attention of ${kept} of ${kept + left} heads, the most important ones: with all of them it would be too large. Inspect a shorter text to have all.`;
  return { ...inspection, notes: [...inspection.notes, note] };
}

/** `Headlight: The film is slow, but its quiet performances…` */
function titleOf({ text, model }: Inspection): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const letters = Array.from(line);
  const shown = letters.length > 60 ? `${letters.slice(0, 59).join('')}…` : line;
  return `Headlight: ${shown || model.name}`;
}

/** Browsers would ask for the map that a development build names. */
function withoutMap(source: string): string {
  return source.replace(/\n(?:\/\/|\/\*)# sourceMappingURL=.*\s*$/, '\n');
}

function hashOf(source: string): string {
  return createHash('sha256').update(source, 'utf8').digest('base64');
}
