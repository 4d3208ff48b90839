import { aggregationNames } from '../../../src/engine/measures/aggregate';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { twoDigits } from '../../../src/protocol/numbers';
import { textLevels, type TextLevel } from '../../../src/protocol/textLevel';
import { dropdown } from '../../controls';
import { element } from '../../element';
import { mount } from '../../mount';
import { shownSaliency } from '../../marks/saliency';
import { saliencyColour } from '../../marks/scales';
import { readTheme } from '../../marks/theme';
import type { CreateView } from '../../view';
import { createPassage } from './passage';
import { scoredUnits, type ScoredUnit } from './units';

const levelLabels: Readonly<Record<TextLevel, string>> = {
  token: 'Tokens',
  word: 'Words',
  line: 'Lines',
  sentence: 'Sentences',
  paragraph: 'Paragraphs',
};

/** Levels whose units are too long for a column of names. */
const wideLevels: ReadonlySet<TextLevel> = new Set(['line', 'sentence', 'paragraph']);

type Order = 'text' | 'score';

/** The coloured text, and below it the scores as bars: by token, word, line, sentence or paragraph, as the editor shows them. */
export const createSaliency: CreateView = (root, context) => {
  root.classList.add('saliency-view');
  const { store, host } = context;
  const order = store.viewState<Order>('saliency.order', 'text');
  const passage = mount(root, createPassage, context);
  const levels = dropdown<TextLevel>('What the bars and the colours in the editor stand for', (value) =>
    host.chooseLevel(value),
  );
  const sorted = dropdown<Order>('Order of the bars', (value) => {
    order.value = value;
    drawBars();
  });
  const rule = element('span', 'hint');
  const legend = element('span', 'hint before-legend', element('i'), 'before the interventions');
  const controls = element('div', 'section-head bar-controls', levels.element, sorted.element, rule, legend);
  const list = element('ol', 'bars');
  root.append(controls, list);
  let rows: { readonly unit: ScoredUnit; readonly row: HTMLElement }[] = [];

  function drawBars(): void {
    const { inspection, settings } = store;
    const { level } = settings;
    const shown = inspection && shownSaliency(inspection, settings.saliency);
    controls.hidden = list.hidden = shown === undefined;
    if (!inspection || !shown) return;
    const { isSigned, aggregation, unit: unitName } = saliencyMeasures[shown.name];
    levels.show(
      textLevels.map((value) => ({ value, label: levelLabels[value] })),
      level,
    );
    sorted.show(
      [
        { value: 'text', label: 'As in the text' },
        { value: 'score', label: 'Highest first' },
      ],
      order.value,
    );
    rule.textContent = level === 'token' ? '' : `${aggregationNames[aggregation]} over tokens`;
    const units = scoredUnits(inspection, shown, level);
    if (order.value === 'score') units.sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
    const scoresBefore = inspection.before?.saliency[shown.name];
    const before = new Map(
      (scoresBefore ? scoredUnits(inspection, { ...shown, scores: scoresBefore }, level) : []).map(
        ({ token, score }) => [token, score],
      ),
    );
    legend.hidden = before.size === 0;
    const scores = [...units.map(({ score }) => score), ...before.values()];
    const largest = scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0) || 1;
    const theme = readTheme(document);
    list.classList.toggle('signed', isSigned);
    list.classList.toggle('wide', wideLevels.has(level));
    rows = units.map((unit) => {
      const bar = element('span', 'bar');
      const share = unit.score / largest;
      bar.style.width = `${(Math.abs(share) * (isSigned ? 50 : 100)).toFixed(1)}%`;
      if (isSigned) bar.style.left = `${(50 + 50 * Math.min(0, share)).toFixed(1)}%`;
      bar.style.backgroundColor = saliencyColour(share < 0 ? -1 : 1, theme);
      const written = (score: number): string =>
        `${isSigned && score > 0 ? '+' : ''}${twoDigits(score)}${unitName ? ` ${unitName}` : ''}`;
      const was = before.get(unit.token);
      const mark = element('span', 'bar-before');
      mark.hidden = was === undefined;
      if (was !== undefined) {
        const end = was / largest;
        mark.style.left = `${(isSigned ? 50 + 50 * end : 100 * Math.abs(end)).toFixed(1)}%`;
      }
      const spoken = element('span', 'only-read', was === undefined ? '' : `, before ${written(was)}`);
      const row = element(
        'li',
        'bar-row',
        element('span', 'bar-label', unit.label),
        element('span', 'bar-track', bar, mark),
        element('span', 'bar-value', written(unit.score), spoken),
      );
      row.title = was === undefined ? unit.label : `${unit.label}, before the interventions ${written(was)}`;
      row.addEventListener('pointerenter', () => store.select({ hoveredToken: unit.token }));
      row.addEventListener('pointerleave', () => store.select({ hoveredToken: undefined }));
      row.addEventListener('click', () => host.revealToken(unit.token));
      return { unit, row };
    });
    list.replaceChildren(...rows.map(({ row }) => row));
    mark();
  }

  function mark(): void {
    const { hoveredToken } = store.selection;
    for (const { unit, row } of rows) row.classList.toggle('hovered', unit.token === hoveredToken);
  }

  return {
    render(changed) {
      if (changed.has('inspection') || changed.has('settings')) drawBars();
      else mark();
    },
    dispose: () => passage.dispose(),
  };
};
