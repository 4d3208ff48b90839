import type { Agreement } from '../protocol/agreement';
import type {
  DataSetBlock,
  DataSetScores,
  InstanceColumns,
  OpenedDataSet,
  RelationRanking,
} from '../protocol/dataSet';
import type { Inspection } from '../protocol/inspection';
import { percent } from '../protocol/numbers';
import { escaped } from './htmlDocument';
import { pageDocument, type PageBundle } from './page';

/** What a report of a data set shows. */
export interface DataSetReport {
  readonly opened: OpenedDataSet;
  readonly instances: InstanceColumns;
  readonly agreement: Agreement | undefined;
  readonly scores: DataSetScores | undefined;
  /** Instances that a relation needs for a place in the table. */
  readonly leastInstances: number;
}

/** Of which heads of a relation the table tells. */
const headsTold = 3;

/**
 * A document with the interactive overview of heads, where they were measured, and tables of what was found; everything is inside it,
 * and its policy allows nothing else.
 */
export function dataSetPage(report: DataSetReport, bundle: PageBundle): string {
  const { opened, instances, scores } = report;
  const notes = [...opened.notes, ...(instances.notes ?? []), ...(scores?.notes ?? [])];
  const title = `${opened.name}: ${opened.model.name} on ${whole(instances.done)} texts`;
  const first = [
    `<h1>${escaped(opened.name)}</h1>`,
    `<p>${escaped(opened.model.name)} on ${whole(instances.done)} texts, ${whole(instances.tokens.reduce((sum, count) => sum + count, 0))} tokens.</p>`,
    ...notes.map((note) => `<p class="report-note">${escaped(note)}</p>`),
    agreementTable(report),
  ];
  const content = [
    `<header class="report report-first">${first.join('\n')}${scores === undefined ? '' : headsTitle(scores)}</header>`,
    scores === undefined
      ? ''
      : `<section class="report report-last">${scores.blocks.map((block) => relationTable(block, report)).join('\n')}</section>`,
  ];
  const start = {
    inspection: meanInspection(report, title),
    selection: {},
    settings: { saliency: 'gradient-l1', level: 'word', countFrom: 0, live: false },
  } as const;
  // Without heads there is nothing to interact with: the page's own script gives it the theme, and that is all.
  const scripts = scores === undefined ? bundle.scripts.slice(0, 1) : bundle.scripts;
  return pageDocument({
    title: `Headlight: ${title}`,
    view: 'heads',
    start,
    bundle: { scripts, styles: [...bundle.styles, reportStyle] },
    content: content.join('\n'),
  });
}

/** The means as the overview takes them: heads of an inspection without tokens. */
function meanInspection({ opened, scores }: DataSetReport, text: string): Inspection {
  return {
    id: 'data-set',
    model: opened.model,
    text,
    start: 0,
    notes: [],
    tokens: {
      ids: new Int32Array(0),
      pieces: [],
      offsets: new Int32Array(0),
      special: new Uint8Array(0),
      words: new Int32Array(0),
    },
    words: { text: [], offsets: new Int32Array(0), sentences: new Int32Array(0) },
    blocks: (scores?.blocks ?? []).map(({ name, layers, heads, measures }) => ({
      name,
      layers,
      heads,
      queries: 'tokens',
      keys: 'tokens',
      measures,
      thumbnails: { edges: new Uint16Array(0), weights: new Uint8Array(0), perHead: 0 },
    })),
    saliency: {},
    timings: { load: 0, tokenize: 0, forward: 0, backward: 0, parse: 0, measures: 0, total: 0 },
  };
}

function headsTitle({ texts }: DataSetScores): string {
  return `<h2>Heads</h2><p>Every measure is its mean over ${whole(texts)} texts; the syntactic score is that of the data set.</p>`;
}

function agreementTable({ agreement, opened, instances }: DataSetReport): string {
  if (agreement === undefined) return predictionTable(opened, instances);
  const { accuracy, right, labelled, labels } = agreement;
  const rows = labels.map(
    ({ label, count, predicted, precision, recall, f1 }) =>
      `<tr><th scope="row">${escaped(label)}</th>${[whole(count), whole(predicted), percent(precision), percent(recall), percent(f1)].map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  );
  return `<h2>Accuracy ${percent(accuracy)}</h2>
<p>${whole(right)} of ${whole(labelled)} rows with a label were predicted right.</p>
<div class="report-table" tabindex="0" role="region" aria-label="Accuracy per label"><table><thead><tr><th scope="col">Label</th><th scope="col">Rows</th><th scope="col">Predicted</th><th scope="col">Precision</th><th scope="col">Recall</th><th scope="col">F1</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** How often each class was predicted, where no labels are known. */
function predictionTable({ labels }: OpenedDataSet, { predicted, done }: InstanceColumns): string {
  const counts = new Uint32Array(labels.length);
  for (const index of predicted) if (index >= 0) counts[index]++;
  const rows = labels.flatMap((label, index) =>
    counts[index] === 0
      ? []
      : [
          `<tr><th scope="row">${escaped(label)}</th><td>${whole(counts[index])}</td><td>${percent(counts[index] / done)}</td></tr>`,
        ],
  );
  if (rows.length === 0) return '';
  return `<h2>Predictions</h2>
<div class="report-table" tabindex="0" role="region" aria-label="Predictions per label"><table><thead><tr><th scope="col">Label</th><th scope="col">Rows</th><th scope="col">Share</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function relationTable(block: DataSetBlock, { scores, leastInstances }: DataSetReport): string {
  const ranked = block.relations.filter(({ count, heads }) => count >= leastInstances && heads.length > 0);
  const where = scores?.blocks.length === 1 ? '' : ` (${block.name})`;
  if (block.relations.length === 0) return '';
  if (ranked.length === 0)
    return `<h2>Relations${where}</h2><p>No relation has ${whole(leastInstances)} instances in ${whole(scores?.words ?? 0)} words. Run more texts.</p>`;
  const names = [...new Set(ranked.map(({ relation }) => relation))];
  const bodies = names.map((relation) => {
    const directions = ranked.filter((one) => one.relation === relation);
    const rows = directions.map((ranking, at) => {
      const named =
        at > 0
          ? ''
          : `<th scope="rowgroup" rowspan="${directions.length}">${escaped(relation)}</th><td class="count" rowspan="${directions.length}">${whole(ranking.count)}</td>`;
      return `<tr>${named}${rankingCells(ranking)}</tr>`;
    });
    return `<tbody>${rows.join('\n')}</tbody>`;
  });
  return `<h2>Relations${where}</h2>
<p>How often a head attends most to the word that the dependency tree has (Clark et al. 2019), over ${whole(scores?.words ?? 0)} words of ${whole(scores?.parsed ?? 0)} parsed texts; relations with at least ${whole(leastInstances)} instances. The best guess always points the same number of words away; heads in bold beat it.</p>
<div class="report-table" tabindex="0" role="region" aria-label="Relations and their best heads"><table class="report-relations"><thead><tr><th scope="col">Relation</th><th scope="col" class="count">Instances</th><th scope="col" class="words">Direction</th><th scope="col" class="words">Best heads</th><th scope="col">Best guess</th></tr></thead>
${bodies.join('\n')}</table></div>`;
}

/** Direction, best heads and baseline of a relation, as cells. */
function rankingCells({ direction, baseline, heads }: RelationRanking): string {
  const best = heads.slice(0, headsTold).map(({ layer, head, accuracy }) => {
    const name = `${layer}.${head}`;
    const isBetter = accuracy > baseline.accuracy;
    return `<span class="best">${isBetter ? `<strong>${name}</strong>` : name} ${percent(accuracy)}</span>`;
  });
  const offset = `${baseline.offset > 0 ? '+' : '−'}${Math.abs(baseline.offset)}`;
  return `<td class="words">${escaped(direction)}</td><td class="words">${best.join(' ')}</td><td>${percent(baseline.accuracy)} (${offset})</td>`;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}

/** What the tables of the report need besides the views' own style: the theme's colours, one column. */
const reportStyle = `
body { display: flex; flex-direction: column; }
.report { padding: 0 var(--headlight-gutter); max-width: 960px; }
.report-first { order: 0; padding-top: 16px; }
body > .view { order: 1; min-height: 0; height: auto; }
.report-last { order: 2; padding-bottom: 32px; }
.report h1 { font-size: 20px; font-weight: 600; margin: 0 0 4px; }
.report h2 { font-size: 15px; font-weight: 600; margin: 24px 0 4px; }
.report p { color: var(--headlight-muted); max-width: 70ch; margin-bottom: 8px; }
.report-table { overflow-x: auto; }
.report table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.report th, .report td { padding: 4px 16px 4px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--headlight-border); }
.report th:first-child, .report .words { text-align: left; }
.report tr > :last-child { padding-right: 0; }
.report tbody th { font-weight: normal; }
.report thead th { font-weight: 600; vertical-align: bottom; }
.report-relations tbody > tr > * { vertical-align: top; }
.report-relations .best { display: inline-block; min-width: 11ch; white-space: nowrap; }
/* Nothing can be computed anew, and there is no text whose attention could be compared. */
.head-eye, .heads .hint, body > .view .heads-title > .section-title { display: none; }
body > .view .heads-title { justify-content: end; }
@media (max-width: 640px) {
  .report th, .report td { padding-right: 4px; font-size: 12px; }
  .report-relations .words { white-space: normal; }
  .report-relations .count { display: none; }
}
`;
