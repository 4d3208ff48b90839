import type { DataSetBlock, DataSetScores, RelationRanking } from '../../../src/protocol/dataSet';
import type { DataSetState, ScoringState } from '../../../src/protocol/dataSetView';
import type { HeadRef } from '../../../src/protocol/inspection';
import { percent } from '../../../src/protocol/numbers';
import type { HostCalls, Selection } from '../../../src/protocol/view';
import { button } from '../../controls';
import { element } from '../../element';
import { headName, sameHead } from '../../marks/names';

/** What the table of relations is drawn from. */
export interface RelationsContent {
  readonly state: DataSetState;
  readonly scores: DataSetScores | undefined;
  readonly countFrom: 0 | 1;
  choose(head: HeadRef, relation: string): void;
}

/** Marks the head and relation that are selected; the buttons stay, and with them the focus. */
export function markRelations(root: HTMLElement, { head, relation }: Selection): void {
  for (const chip of root.querySelectorAll<HTMLElement>('.head-chip')) {
    const own = JSON.parse(chip.dataset.head ?? '') as HeadRef;
    const isChosen = chip.dataset.relation === relation && head !== undefined && sameHead(head, own);
    chip.setAttribute('aria-pressed', String(isChosen));
  }
}

/** Which heads find which relation best (Clark et al. 2019, table 1); without scores, how to get them. */
export function relationsTable(host: HostCalls, content: RelationsContent): readonly Node[] {
  const { scores, state } = content;
  if (!state.scores) return [invitation(host, state)];
  const progress = scoringProgress(host, state, state.scores);
  return scores ? [progress, ...tables(content, scores)] : [progress];
}

function tables(content: RelationsContent, scores: DataSetScores): readonly Node[] {
  const notes = scores.notes.map((note) => element('p', 'hint', note));
  const blocks = scores.blocks.filter(({ relations }) => relations.length > 0);
  if (blocks.length === 0) {
    return [
      ...notes,
      element(
        'p',
        'hint',
        'No relation occurs often enough in these texts to be measured, or they are not English prose. Score a larger data set.',
      ),
    ];
  }
  const counts = `${scores.parsed.toLocaleString('en')} texts with a parse, ${scores.words.toLocaleString('en')} words`;
  const caption = `A head finds a relation where the word that it attends to most is the one at the other end (Clark et al. 2019). Over ${counts}.`;
  return [
    element('p', 'hint', caption),
    ...notes,
    ...blocks.map((block) => tableOf(block, content, blocks.length > 1)),
  ];
}

function invitation(host: HostCalls, { activity }: DataSetState): HTMLElement {
  const score = button('Score Heads over This Data Set', () => host.scoreHeads(), 'primary');
  score.disabled = activity === 'opening';
  return element(
    'div',
    'relations-empty',
    element(
      'p',
      '',
      'Which head finds subjects, which one objects? The heads’ attention is compared with the dependencies of every text, and all measures of heads are averaged. The head overview can then show these means instead of one text.',
    ),
    element(
      'p',
      'hint',
      'Every text is run again, with gradients, and parsed: this takes longer than the predictions.',
    ),
    score,
  );
}

/** How far the heads are scored, and what can be done about it. */
function scoringProgress(
  host: HostCalls,
  { rows }: DataSetState,
  { activity, done, progress, failure }: ScoringState,
): HTMLElement {
  const count = `Heads scored on ${done.toLocaleString('en')} of ${rows.toLocaleString('en')} texts`;
  const isBeginning = activity === 'opening' || (activity === 'running' && done === 0);
  const said = element('span', 'run-said', isBeginning ? (progress?.message ?? 'Beginning') : count);
  said.role = 'status';
  const line = element('div', 'run scoring', said);
  if (activity === 'running') line.append(button('Pause', () => host.pauseScoring()));
  if (activity === 'paused') line.append(button('Continue', () => host.scoreHeads(), 'primary'));
  if (failure) line.append(element('span', 'scoring-failure', failure));
  line.hidden = activity === 'finished';
  return line;
}

function tableOf(block: DataSetBlock, content: RelationsContent, isNamed: boolean): HTMLElement {
  const titles = ['Relation', 'Count', 'Direction', 'Best fixed offset', 'Best heads'];
  const head = element('tr', '', ...titles.map((title) => headCell(title, 'col')));
  const rows = block.relations.map((ranking) => rowOf(block, ranking, content));
  const table = element(
    'table',
    'relations-table',
    element('thead', '', head),
    element('tbody', '', ...rows),
  );
  if (isNamed) table.prepend(element('caption', 'section-title', block.name));
  return element('div', 'relations-scroller', table);
}

function headCell(text: string, scope: 'col' | 'row'): HTMLElement {
  const cell = element('th', '', text);
  cell.scope = scope;
  return cell;
}

function rowOf(block: DataSetBlock, ranking: RelationRanking, content: RelationsContent): HTMLElement {
  const { relation, count, direction, baseline, heads } = ranking;
  const offset = baseline.offset > 0 ? `+${baseline.offset}` : String(baseline.offset).replace('-', '−');
  const guess = element('td', 'number', `${percent(baseline.accuracy)} (${offset})`);
  guess.title = `Always guessing the word ${offset} away is right in ${percent(baseline.accuracy)}`;
  const chips = heads.map(({ layer, head, accuracy }) => {
    const ref: HeadRef = { block: block.name, layer, head };
    const { countFrom } = content;
    const name = headName({ ...ref, block: 'self' }, countFrom);
    const chip = element('button', 'head-chip', element('b', '', name), ` ${percent(accuracy)}`);
    chip.type = 'button';
    chip.classList.toggle('below', accuracy <= baseline.accuracy);
    chip.title = `Head ${name} finds ${relation} in ${percent(accuracy)} of ${count.toLocaleString('en')} cases${accuracy <= baseline.accuracy ? ', no better than the best fixed offset' : ''}. Select it in all views`;
    chip.dataset.relation = relation;
    chip.dataset.head = JSON.stringify(ref);
    chip.addEventListener('click', () => content.choose(ref, relation));
    return chip;
  });
  return element(
    'tr',
    '',
    headCell(relation, 'row'),
    element('td', 'number', count.toLocaleString('en')),
    element('td', 'direction', direction),
    guess,
    element('td', 'head-chips', ...chips),
  );
}
