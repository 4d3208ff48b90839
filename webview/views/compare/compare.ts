import './compare.css';
import { headMeasures } from '../../../src/engine/measures/definitions';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import type { SavedFile } from '../../../src/protocol/view';
import type { HeadMeasureName, HeadRef, Inspection, SaliencyName } from '../../../src/protocol/inspection';
import { checkbox, dropdown, progressRing, signButton, type DropdownControl } from '../../controls';
import { element, setText } from '../../element';
import { csvOf } from '../../export/csv';
import { saveMenu } from '../../export/menu';
import { Saver } from '../../export/saver';
import { readTheme } from '../../marks/theme';
import { Tooltip } from '../../marks/tooltip';
import type { CreateView } from '../../view';
import { firstHead, presentMeasures } from '../heads/encoding';
import {
  commonBlocks,
  commonMeasures,
  commonSaliency,
  hasHeadIn,
  saliencyChange,
  wordColumns,
  type AlignedLevel,
  type Pair,
  type SaliencyScale,
} from './changes';
import { comparisonTable } from './comparisonTable';
import { headSentence, predictionSentence, saliencySentence, textSentence } from './describe';
import { DetailPart } from './detailPart';
import { comparisonSteps } from './empty';
import { OverviewPart } from './overviewPart';
import { sidePaint, type SideName } from './paints';
import { predictionRows } from './predictionPart';
import { SaliencyPart } from './saliencyPart';
import { chosenSides, PinnedInspections, shownKey, sideChoices, type Chosen } from './sides';

interface Options {
  readonly chosen: Chosen;
  readonly measure: HeadMeasureName;
  readonly saliency: SaliencyName | '';
  readonly level: AlignedLevel | '';
  readonly scale: SaliencyScale | '';
  readonly areBoth: boolean;
}

const initial: Options = {
  chosen: { a: '', b: '' },
  measure: 'confidence',
  saliency: '',
  level: '',
  scale: '',
  areBoth: false,
};

/** Two inspections side by side, and what has changed from A to B: the prediction, the text, its saliency, heads and attention. */
export const createCompare: CreateView = (root, context) => {
  root.classList.add('compare');
  const { store, host } = context;
  const kept = store.viewState<Partial<Options>>('compare', initial);
  let options: Options = { ...initial, ...kept.value };
  const pinned = new PinnedInspections(host);
  const tooltip = new Tooltip(root);
  let pair: Pair | undefined;
  let head: HeadRef | undefined;
  let asked = -1;
  let loading = 0;

  const change = (partial: Partial<Options>): void => {
    options = { ...options, ...partial };
    kept.value = options;
    draw();
  };
  const sides = {
    a: dropdown('A: what it is compared with', (a) => choose({ ...current(), a })),
    b: dropdown('B: what has changed', (b) => choose({ ...current(), b })),
  };
  const swap = signButton('⇄', 'Swap A and B', () => choose({ a: current().b, b: current().a }));
  const said = element('ul', 'compare-said');
  const saying = element('div', '', said);
  saying.role = 'status';
  const outcomes = element('ol', 'outcomes');
  const saliencies = dropdown<SaliencyName>('Saliency measure', (saliency) => change({ saliency }));
  const levels = dropdown<AlignedLevel>('Words or pieces', (level) => change({ level }));
  const scales = dropdown<SaliencyScale>('Scale of the scores', (scale) => change({ scale }));
  const measures = dropdown<HeadMeasureName>('Measure of heads', (measure) => change({ measure }));
  const both = checkbox('Side by side', false, (areBoth) => change({ areBoth }));
  const saliency = new SaliencyPart((units) => {
    const [unit] = units;
    detail.point(unit);
    saliency.mark(unit);
  });
  const overview = new OverviewPart(tooltip, (chosen) => store.select({ head: chosen, compared: undefined }));
  const apart = element('p', 'hint');
  const detail = new DetailPart(context, {
    point: (side, token) => saliency.mark(token === undefined ? undefined : { side, token }),
    reveal: (side, token) => {
      if (isShown(side)) host.revealToken(token);
    },
  });
  const waiting = element('p', 'waiting-message');
  waiting.role = 'status';
  const wait = element('div', 'empty-state loading', progressRing(), waiting);
  const failure = element('p', 'notice compare-failure');
  failure.role = 'alert';
  const steps = element('div', 'compare-steps');
  const section = (
    title: string,
    tools: readonly HTMLElement[],
    ...content: readonly HTMLElement[]
  ): HTMLElement => {
    const name = element('h2', 'section-title', title);
    const part = element(
      'section',
      'compare-section',
      element('div', 'section-head', name, ...tools),
      ...content,
    );
    part.ariaLabel = title;
    return part;
  };
  const parts = {
    prediction: section('Prediction', [], outcomes),
    saliency: section(
      'Text and saliency',
      [saliencies.element, levels.element, scales.element],
      saliency.element,
    ),
    heads: section('Heads', [measures.element, both.element], apart, overview.element),
    detail: detail.element,
  };
  const body = element('div', 'compare-body', saying, ...Object.values(parts));
  const saver = new Saver(context, () => ({ name: 'compare', root }));
  const menu = saveMenu(() => [
    { label: 'Comparison as SVG', name: 'svg', save: () => save('svg') },
    { label: 'Comparison as PNG', name: 'png', save: () => save('png') },
    { label: 'Comparison as CSV', name: 'csv', save: () => save('csv') },
  ]);
  const choosing = element('div', 'compare-choosing', sideField('a', sides.a), swap, sideField('b', sides.b));
  const header = element('header', 'compare-header', choosing, menu);
  root.append(header, failure, wait, steps, body);
  const resized = new ResizeObserver(() => drawOverview());
  resized.observe(overview.element);

  function current(): Chosen {
    return chosenSides(options.chosen, sideChoices(store.pins, store.inspection)) ?? options.chosen;
  }

  function isShown(side: SideName): boolean {
    return current()[side] === shownKey || pair?.[side].id === store.inspection?.id;
  }

  function choose(chosen: Chosen): void {
    options = { ...options, chosen };
    kept.value = options;
    void load();
  }

  /** Fetches both sides and draws them; what was asked for later wins. */
  async function load(): Promise<void> {
    const mine = ++loading;
    const choices = sideChoices(store.pins, store.inspection);
    const chosen = chosenSides(options.chosen, choices);
    header.hidden = chosen === undefined;
    steps.hidden = chosen !== undefined;
    failure.hidden = true;
    if (!chosen) {
      pair = undefined;
      body.hidden = wait.hidden = true;
      steps.replaceChildren(comparisonSteps(context, store.pins));
      return;
    }
    sides.a.show(choices, chosen.a);
    sides.b.show(choices, chosen.b);
    wait.hidden = pair !== undefined;
    body.hidden = pair === undefined;
    waiting.textContent = 'Computing what was pinned';
    try {
      const [a, b] = await Promise.all([inspectionOf(chosen.a), inspectionOf(chosen.b)]);
      if (mine !== loading) return;
      pair = { a, b };
      draw();
    } catch (error) {
      if (mine !== loading) return;
      failure.hidden = false;
      setText(failure, error instanceof Error ? error.message : String(error));
    } finally {
      if (mine === loading) wait.hidden = true;
    }
  }

  function inspectionOf(key: string): Inspection | Promise<Inspection> {
    return key === shownKey && store.inspection ? store.inspection : pinned.get(key);
  }

  function draw(): void {
    if (!pair) return;
    body.hidden = false;
    const { countFrom } = store.settings;
    head = headOf(pair);
    const rows = predictionRows(pair);
    outcomes.replaceChildren(...rows);
    parts.prediction.hidden = rows.length === 0;
    const change = drawSaliency(pair);
    const [block] = commonBlocks(pair);
    drawOverview();
    const columns = wordColumns(pair);
    detail.draw(pair, columns, head);
    const sentences = [
      predictionSentence(pair),
      textSentence(pair, columns),
      change ? saliencySentence(change) : '',
      block && commonMeasures(block).includes(measureOf(pair))
        ? headSentence(block, measureOf(pair), countFrom)
        : '',
    ].filter(Boolean);
    said.replaceChildren(...sentences.map((text) => element('li', '', text)));
  }

  function drawSaliency(of: Pair): ReturnType<typeof saliencyChange> {
    const names = commonSaliency(of);
    parts.saliency.hidden = names.length === 0;
    if (names.length === 0) return undefined;
    const { level, scale } = unitsOf(of);
    const wanted = options.saliency || store.settings.saliency;
    const change = saliencyChange(of, wanted, level, scale);
    if (!change) return undefined;
    saliencies.show(
      names.map((value) => ({ value, label: saliencyMeasures[value].label })),
      change.name,
    );
    levels.show(
      [
        { value: 'word', label: 'Words' },
        { value: 'piece', label: 'Pieces' },
      ],
      level,
    );
    scales.show(
      [
        { value: 'scores', label: 'Scores as they are' },
        { value: 'shares', label: 'Shares of the text' },
      ],
      scale,
    );
    saliency.draw(change);
    return change;
  }

  /** Pieces of two vocabularies are not the same pieces, nor are scores of two models on one scale. */
  function unitsOf({ a, b }: Pair): { readonly level: AlignedLevel; readonly scale: SaliencyScale } {
    const isOneModel = a.model.reference === b.model.reference;
    return {
      level: options.level || (isOneModel ? 'piece' : 'word'),
      scale: options.scale || (isOneModel ? 'scores' : 'shares'),
    };
  }

  function save(format: SavedFile['extension']): void {
    if (format !== 'csv') return saver.save(format);
    if (!pair) {
      failure.hidden = false;
      return setText(failure, 'There is nothing to save yet: choose what is compared.');
    }
    const { level, scale } = unitsOf(pair);
    const content = csvOf(comparisonTable(pair, level, scale));
    host.save({ name: 'headlight-comparison', extension: 'csv', content });
  }

  function measureOf({ a }: Pair): HeadMeasureName {
    const [block] = a.blocks;
    const names = block ? presentMeasures(block) : [];
    return names.find((name) => name === options.measure) ?? names.at(0) ?? 'confidence';
  }

  function drawOverview(): void {
    if (!pair || overview.element.clientWidth === 0) return;
    const [block] = commonBlocks(pair);
    const theme = readTheme(document);
    const { countFrom } = store.settings;
    const name = measureOf(pair);
    const [blockA] = pair.a.blocks;
    const [blockB] = pair.b.blocks;
    const names = block ? commonMeasures(block) : presentMeasures(blockA);
    measures.show(
      names.map((value) => ({ value, label: headMeasures[value].label })),
      name,
    );
    both.element.hidden = block === undefined;
    both.checked = options.areBoth;
    apart.hidden = block !== undefined;
    setText(
      apart,
      block
        ? ''
        : `The models differ in their heads (${blockA.layers} × ${blockA.heads} and ${blockB.layers} × ${blockB.heads}), so that none can be subtracted from another; both are shown.`,
    );
    if (block && !options.areBoth) overview.drawChange(block, pair.b, name, theme, countFrom);
    else {
      const sidesOf = {
        a: { inspection: pair.a, block: block?.a ?? blockA },
        b: { inspection: pair.b, block: block?.b ?? blockB },
      };
      overview.drawBoth(sidesOf, name, theme, countFrom);
    }
    overview.mark(head);
  }

  /** The head that is selected everywhere, where both have it, else the one that says most in A. */
  function headOf(of: Pair): HeadRef | undefined {
    const selected = store.selection.head ?? head;
    if (selected && hasHeadIn(of, selected)) return selected;
    const first = firstHead(of.a);
    return first && hasHeadIn(of, first) ? first : undefined;
  }

  return {
    save,
    render(changed) {
      const count = store.pins?.asked?.count ?? 0;
      if (count !== asked) {
        const { pin } = store.pins?.asked ?? {};
        // What was asked for before this document was made has been answered by its own state.
        if (pin !== undefined && (asked >= 0 || options.chosen.a === ''))
          options = { ...options, chosen: { a: pin, b: '' } };
        kept.value = options;
        asked = count;
      }
      if (changed.has('inspection') || changed.has('pins')) return void load();
      if (changed.has('settings')) return draw();
      const next = pair && headOf(pair);
      if (pair && JSON.stringify(next) !== JSON.stringify(head)) draw();
    },
    dispose() {
      resized.disconnect();
      detail.dispose();
      tooltip.dispose();
    },
  };
};

function sideField(side: SideName, control: DropdownControl<string>): HTMLElement {
  const letter = element('span', 'side-letter', side.toUpperCase());
  letter.style.setProperty('--side', sidePaint[side]);
  return element('div', `side-field side-${side}`, letter, control.element);
}
