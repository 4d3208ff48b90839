import './prompt.css';
import { saliencyMeasures } from '../../../src/engine/measures/saliencies';
import { hasPrediction, type ModelInspection } from '../../../src/protocol/inspection';
import { checkbox, dropdown } from '../../controls';
import { element, setText } from '../../element';
import { visibleToken } from '../../marks/tokenText';
import { describeOnHover, Tooltip } from '../../marks/tooltip';
import { mount, type Mounted } from '../../mount';
import { sentenceOf, type Run } from '../../runs';
import type { CreateView } from '../../view';
import { createChanges } from '../changes/changes';
import { saliencyDefinition } from '../saliency/describe';
import { Continuations } from './branches';
import { NextTokenList } from './nextTokens';
import { PromptText, type PromptColour } from './text';

/** A prompt while it is written: what each token and line costs, what comes next and why, how it may go on, and what edits did. */
export const createPrompt: CreateView = (root, context) => {
  root.classList.add('prompt-view');
  const { store, host, runs } = context;
  const colour = store.viewState<PromptColour>('prompt.colour', 'surprisal');
  const borders = store.viewState('prompt.borders', false);
  const areChangesOpen = store.viewState('prompt.changes', false);
  const tooltip = new Tooltip(root);
  const text = new PromptText(context, tooltip);
  const next = new NextTokenList(context);
  const continuations = new Continuations(context);
  const colours = dropdown<PromptColour>('What the tokens are coloured by', (value) => {
    colour.value = value;
    drawText();
  });
  const label = element('span', 'field-label', 'Colour');
  label.tabIndex = 0;
  describeOnHover(tooltip, label, () =>
    saliencyDefinition(colour.value === 'surprisal' ? 'surprisal' : store.settings.saliency),
  );
  const edges = checkbox('Token borders', borders.value, (checked) => {
    borders.value = checked;
    text.element.classList.toggle('bordered', checked);
  });
  text.element.classList.toggle('bordered', borders.value);
  const failure = element('p', 'hint');
  const elsewhere = element('p', 'prompt-elsewhere');
  const changes = element('details', 'prompt-changes', element('summary', 'section-title', 'What changed'));
  const content = element(
    'div',
    'prompt-content',
    element(
      'section',
      'prompt-passage',
      text.totals,
      element(
        'div',
        'section-head',
        element('div', 'field', label, colours.element),
        text.ramp,
        edges.element,
        text.messages.foldAll,
      ),
      failure,
      text.element,
    ),
    next.element,
    continuations.element,
    changes,
  );
  root.append(elsewhere, content);
  let mounted: Mounted | undefined;
  let bits: { readonly of: string; readonly values: Float32Array } | undefined;
  let run: Run<Float32Array> | undefined;

  changes.open = areChangesOpen.value;
  changes.addEventListener('toggle', () => {
    areChangesOpen.value = changes.open;
    showChanges();
  });
  next.onExplain = () => {
    colour.value = 'saliency';
    drawText();
  };

  function showChanges(): void {
    if (changes.open) mounted ??= mount(changes, createChanges, context);
    if (mounted) mounted.visible = changes.open;
  }

  function prompt(): ModelInspection | undefined {
    const { inspection } = store;
    return inspection && hasPrediction(inspection) && inspection.model.task === 'causal-lm'
      ? inspection
      : undefined;
  }

  function drawText(): void {
    const inspection = prompt();
    if (!inspection) return;
    const { target } = inspection;
    const contrast = target.contrast ? ` rather than “${visibleToken(target.contrast.label)}”` : '';
    const method = saliencyMeasures[store.settings.saliency].label;
    colours.show(
      [
        { value: 'surprisal', label: 'Surprisal' },
        { value: 'saliency', label: `${method} for “${visibleToken(target.label)}”${contrast}` },
      ],
      colour.value,
    );
    text.draw(inspection, bits?.of === inspection.id ? bits.values : undefined, colour.value);
  }

  /** Asks for the surprisal of a new inspection, where that did not come with it. */
  function measure(inspection: ModelInspection): void {
    run?.stop();
    setText(failure, '');
    failure.hidden = true;
    const known = inspection.saliency.surprisal;
    if (known) {
      bits = { of: inspection.id, values: known };
      return;
    }
    const asked = runs.start((number) => host.surprisal(number, inspection.id));
    run = asked;
    asked.answer.then(
      (values) => {
        if (run !== asked || !values) return;
        bits = { of: inspection.id, values };
        drawText();
      },
      (error: unknown) => {
        if (run !== asked) return;
        setText(failure, sentenceOf(error));
        failure.hidden = false;
      },
    );
  }

  /** The token that what comes next follows: the one before the cursor. */
  function positionOf({ tokens }: ModelInspection): number {
    const last = tokens.ids.length - 1;
    const { precedingToken, token } = store.selection;
    const position = precedingToken ?? (token === undefined ? last : token - 1);
    return Math.min(last, position);
  }

  return {
    render(changed) {
      const inspection = prompt();
      content.hidden = inspection === undefined;
      elsewhere.hidden = inspection !== undefined;
      if (!inspection) {
        setText(
          elsewhere,
          `${store.inspection?.model.name ?? 'This model'} does not predict the next token. Choose a causal language model, such as headlight-decoder, to see what a prompt costs and how it goes on.`,
        );
        return;
      }
      if (changed.has('inspection')) measure(inspection);
      if (changed.has('inspection') || changed.has('settings')) drawText();
      text.mark(store.selection.hoveredToken, store.selection.token);
      const position = positionOf(inspection);
      next.show(inspection, position);
      if (changed.has('inspection')) next.markTarget(inspection);
      continuations.place(inspection, position);
      showChanges();
    },
    dispose() {
      run?.stop();
      next.dispose();
      continuations.dispose();
      mounted?.dispose();
      tooltip.dispose();
    },
  };
};
