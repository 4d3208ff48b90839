import type { SavedFile } from '../../src/protocol/view';
import { painterOf } from '../marks/pen';
import { readTheme } from '../marks/theme';
import { shownHeads } from '../shownHeads';
import type { ViewContext } from '../view';
import type { ViewEntry } from '../views/table';
import { type Cell, csvOf, edgesTable, headsTable, saliencyTable, tokenTable, wordTable } from './csv';
import { changesTable, surprisalTable } from './promptTables';
import { drawElements, pngOf, type Drawing } from './picture';

/** A view as it can be saved. */
export type SavableView = ViewEntry['name'];

/** Formats that a view in a document can write by itself. */
export type SavedFormat = Exclude<SavedFile['extension'], 'html'>;

/** What of a view is its picture: all but its controls. */
const pictureParts: Readonly<Record<SavableView, string>> = {
  heads: '.head-scroller, .legends',
  dependencies: '.panel, .readout',
  saliency: '.token-strip, .bars',
  attention: '.attention-heading, .sheet-scroller',
  graph: 'canvas',
  matrix: '.sheet-scroller, .matrix-legend',
  compare: '.compare-said, .compare-section',
  prompt: '.prompt-totals, .prompt-text, .next-list, .branches',
  changes: '.changes-sum, .edits',
};

/**
 * Hands the picture or the numbers of a view to the host, which asks where to keep them.
 * @param root the view's own element
 */
export async function saveView(
  view: SavableView,
  format: SavedFormat,
  root: Element,
  context: ViewContext,
): Promise<void> {
  const content = await contentOf(view, format, root, context);
  if (content !== undefined) context.host.save({ name: nameOf(view, context), extension: format, content });
}

/** Whether the view's picture consists of shapes only, so that it can be an SVG. */
export function isVector(root: Element): boolean {
  return [...root.querySelectorAll('canvas')].every((canvas) => painterOf(canvas) !== undefined);
}

async function contentOf(
  view: SavableView,
  format: SavedFormat,
  root: Element,
  context: ViewContext,
): Promise<string | Uint8Array | undefined> {
  if (format === 'csv') {
    const table = await tableOf(view, context);
    return table && csvOf(table);
  }
  const drawing = drawingOf(view, root);
  if (!drawing) return undefined;
  return format === 'svg' ? drawing.svg : pngOf(drawing);
}

function drawingOf(view: SavableView, root: Element): Drawing | undefined {
  const parts = [...root.querySelectorAll(pictureParts[view])];
  return parts.length > 0 ? drawElements(parts, readTheme(document).background) : undefined;
}

async function tableOf(view: SavableView, context: ViewContext): Promise<Cell[][] | undefined> {
  const { store, attention } = context;
  const { inspection, selection } = store;
  if (!inspection) return undefined;
  if (view === 'heads') return headsTable(inspection);
  if (view === 'saliency') return saliencyTable(inspection);
  if (view === 'prompt') return surprisalTable(inspection, context);
  if (view === 'changes') return changesTable(inspection, context);
  const heads = shownHeads(inspection, selection);
  if (heads.length === 0) return undefined;
  if (view === 'dependencies') return wordTable(inspection, await attention.get(heads[0], 'word'));
  if (view === 'matrix') return tokenTable(inspection, heads[0], await attention.get(heads[0], 'token'));
  const shown = view === 'graph' ? heads.slice(0, 1) : heads;
  const edges = shown.map(async (head) => ({ head, attention: await attention.get(head, 'token') }));
  return edgesTable(inspection, await Promise.all(edges));
}

/** `headlight-dependencies-7.10`: heads count from 0, as in every file. */
function nameOf(view: SavableView, { store: { inspection, selection } }: ViewContext): string {
  const [head] = inspection ? shownHeads(inspection, selection) : [];
  const isOfHead = !['heads', 'saliency', 'prompt', 'changes'].includes(view);
  return `headlight-${view}${head && isOfHead ? `-${head.layer}.${head.head}` : ''}`;
}
