import './changes.css';
import { hasPrediction, type ModelInspection } from '../../../src/protocol/inspection';
import { probability, signedDigits, twoDigits } from '../../../src/protocol/numbers';
import type { ChangesSince, Since, TextEdit } from '../../../src/protocol/prompt';
import { button, dropdown } from '../../controls';
import { element, setText } from '../../element';
import { pointsChange } from '../../marks/change';
import { saliencyColour } from '../../marks/scales';
import { readTheme } from '../../marks/theme';
import { visibleToken } from '../../marks/tokenText';
import { describeOnHover, Tooltip } from '../../marks/tooltip';
import { sentenceOf, type Run } from '../../runs';
import type { CreateView } from '../../view';

/** Characters of an edit that its row shows. */
const longestEdit = 80;

/** What the edits since an earlier version did to the target: before and after, and each edit's part in it. */
export const createChanges: CreateView = (root, context) => {
  root.classList.add('changes-view');
  const { store, host, runs } = context;
  const chosen = store.viewState<Since | 'default'>('changes.since', 'default');
  const tooltip = new Tooltip(root);
  const since = dropdown<Since>('The earlier version that the text is compared with', (value) => {
    chosen.value = value;
    compare();
  });
  const mark = button('Mark as Reference', () => host.run('markReference'));
  mark.title = 'Compare later versions of the text with what it is now';
  const sum = element('p', 'changes-sum');
  const message = element('p', 'hint');
  message.role = 'status';
  const heading = element('span', 'field-label', 'Effect of each edit');
  heading.tabIndex = 0;
  describeOnHover(tooltip, heading, () => definition());
  const list = element('ol', 'edits');
  const field = element('div', 'field', element('span', 'field-label', 'Compared with'), since.element);
  root.append(element('div', 'section-head', field, mark), sum, message, heading, list);
  let shown: ChangesSince | undefined;
  let run: Run<ChangesSince> | undefined;
  let asked: string | undefined;

  function compare(): void {
    const { inspection } = store;
    if (!inspection) return;
    run?.stop();
    asked = inspection.id;
    const wanted = chosen.value === 'default' ? undefined : chosen.value;
    const started = runs.start(
      (number) => host.changes(number, inspection.id, wanted),
      ({ message: words }) => say(words),
    );
    run = started;
    started.answer.then(
      (changes) => {
        if (run !== started) return;
        if (!changes) {
          asked = undefined;
          return;
        }
        shown = changes;
        draw();
      },
      (error: unknown) => {
        if (run !== started) return;
        shown = undefined;
        draw();
        say(sentenceOf(error));
      },
    );
  }

  function say(words: string): void {
    setText(message, words);
    message.hidden = words === '';
  }

  function draw(): void {
    const marked = shown?.marked;
    since.show(
      [
        { value: 'saved', label: 'Saved file' },
        {
          value: 'reference',
          label: marked === undefined ? 'Reference version' : `Reference of ${timeOf(marked)}`,
        },
      ],
      shown?.since ?? (chosen.value === 'reference' ? 'reference' : 'saved'),
    );
    heading.hidden = list.hidden = !shown || shown.edits.length === 0;
    sum.hidden = !shown;
    if (!shown) return;
    const { before, after, edits, target, notes } = shown;
    const version = shown.since === 'saved' ? 'the saved file' : 'the reference version';
    say(edits.length === 0 ? `The text is the same as in ${version}.` : notes.join(' '));
    const label = `“${visibleToken(target.label)}”`;
    const values = target.contrast
      ? [
          `${label} rather than “${visibleToken(target.contrast.label)}”: `,
          element('b', '', `${twoDigits(before.value)} → ${twoDigits(after.value)}`),
          ` (${signedDigits(after.value - before.value)}, difference of logits)`,
        ]
      : [
          `${label}: `,
          element('b', '', `${probability(before.probability)} → ${probability(after.probability)}`),
          ` (${pointsChange(before.probability, after.probability)} points)`,
        ];
    sum.replaceChildren(...values);
    const largest = edits.reduce((most, { effect }) => Math.max(most, Math.abs(effect)), 0) || 1;
    const sorted = [...edits].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
    list.replaceChildren(...sorted.map((edit) => row(edit, largest)));
  }

  function row(edit: TextEdit, largest: number): HTMLElement {
    const theme = readTheme(document);
    const share = edit.effect / largest;
    const bar = element('span', 'bar');
    bar.style.width = `${(50 * Math.abs(share)).toFixed(1)}%`;
    bar.style.left = `${(50 + 50 * Math.min(0, share)).toFixed(1)}%`;
    bar.style.backgroundColor = saliencyColour(share < 0 ? -1 : 1, theme);
    const words = element('span', 'edit-words', ...wordsOf(edit));
    const choose = element(
      'button',
      'edit-row',
      words,
      element('span', 'bar-track', bar),
      element('span', 'bar-value', signedDigits(edit.effect)),
    );
    choose.type = 'button';
    describeOnHover(tooltip, choose, () => details(edit));
    choose.addEventListener('click', () => host.revealRange(...edit.range));
    return element('li', '', choose);
  }

  function details({ removed, inserted, without, alone, effect, effectAlone }: TextEdit): HTMLElement[] {
    const of = (label: string, p: number): HTMLElement =>
      element(
        'div',
        'measure-row',
        element('span', 'measure-label', label),
        element('span'),
        element('span', 'measure-value', probability(p)),
      );
    const rows = shown
      ? [
          of('before all edits', shown.before.probability),
          of('with this edit only', alone.probability),
          of('with all but this edit', without.probability),
          of('after all edits', shown.after.probability),
        ]
      : [];
    return [
      element('div', 'tooltip-title', inserted ? `now ${shownWords(inserted)}` : 'removed'),
      element('p', 'tooltip-text', removed ? `was ${shownWords(removed)}` : 'nothing stood there'),
      element('div', 'measure-rows', ...rows),
      element('p', 'tooltip-source', `effect ${signedDigits(effect)}, alone ${signedDigits(effectAlone)}`),
    ];
  }

  return {
    render(changed) {
      const { inspection } = store;
      const isComparable = inspection !== undefined && isFor(inspection);
      root.hidden = !isComparable;
      if (!isComparable) return;
      if (changed.has('inspection') && asked !== inspection.id) compare();
      draw();
    },
    dispose() {
      run?.stop();
      tooltip.dispose();
    },
  };
};

function isFor(inspection: Parameters<typeof hasPrediction>[0]): inspection is ModelInspection {
  return hasPrediction(inspection) && inspection.target.kind !== 'norm';
}

function wordsOf({ removed, inserted }: TextEdit): HTMLElement[] {
  const words: HTMLElement[] = [];
  if (removed) words.push(element('del', '', shortened(removed)));
  if (inserted) words.push(element('ins', '', shortened(inserted)));
  return words;
}

function shownWords(text: string): string {
  return `“${shortened(text)}”`;
}

function shortened(text: string): string {
  const shown = visibleToken(text);
  return shown.length > longestEdit ? `${shown.slice(0, longestEdit - 1)}…` : shown;
}

function timeOf(marked: number): string {
  const date = new Date(marked);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return isToday ? time : `${date.toLocaleDateString()} ${time}`;
}

function definition(): HTMLElement[] {
  return [
    element('div', 'tooltip-title', 'Effect of an edit'),
    element(
      'p',
      'tooltip-text',
      'log p(target | the text) − log p(target | the text without this edit), natural logarithm. Each edit is taken back alone and the model run again, so that effects of edits that work together need not add up. For a contrast: the difference of logits.',
    ),
    element('p', 'tooltip-text', 'Higher: the edit made the target more likely.'),
    element('p', 'tooltip-source', 'Leave one out, as occlusion (Zeiler & Fergus 2014; Li et al. 2016).'),
  ];
}
