import './dependencies.css';
import './picture.css';
import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import { relationsOf } from '../../../src/protocol/relations';
import type { Tensor } from '../../../src/protocol/tensor';
import type { Changed } from '../../store';
import type { CreateView } from '../../view';
import { placeInRow } from './arcsLayout';
import { createSvgPicture } from './svgPicture';
import { placeInTree } from './treeLayout';
import { placeOnCircle } from './radialLayout';
import { EditedHead } from '../../interventions/edited';
import { WeightEditor } from '../../interventions/editor';
import { editsMade } from '../../interventions/wanted';
import { agreements, countRelations, sentenceCount, strongestRelation } from './edges';
import { isWithinText, otherHeadShown, shownHeads } from '../../shownHeads';
import { editedPicture, pickedWeights } from './edited';
import { headerOf } from './header';
import {
  difference,
  differenceModel,
  type HeadAttention,
  headAttention,
  headModel,
  type Setting,
  thresholdOf,
  type Words,
  wordsOf,
} from './model';
import { completeOptions, defaultOptions, initiallyFolded, type Layout, type Options } from './options';
import type { CreatePicture, Highlight, Picture, PictureEvents, PictureModel } from './picture';
import { createReadout } from './readout';
import { createRelationFilter } from './relationFilter';
import { wordBackground } from './saliency';
import { measureTexts } from './textWidth';
import { createToolbar } from './toolbar';

const createPicture: Readonly<Record<Layout, CreatePicture>> = {
  arcs: createSvgPicture('arcs', placeInRow),
  tree: createSvgPicture('tree', placeInTree),
  radial: createSvgPicture('radial', placeOnCircle),
};

/** A picture with its head line. */
interface Panel {
  readonly element: HTMLElement;
  readonly header: HTMLElement;
  readonly layout: Layout;
  readonly picture: Picture;
}

/**
 * The words of the text with their dependencies above and a head's strongest edges below; an edge that follows a
 * dependency has its relation's colour in both places, all else is grey.
 */
export const createDependencies: CreateView = (root, context) => {
  const { store, host, attention } = context;
  root.classList.add('dependencies');
  const stored = store.viewState<Partial<Options>>('dependencies', defaultOptions);
  let options = completeOptions(stored.value);
  const toolbar = createToolbar({
    change,
    chooseRelations: (choice) => host.chooseRelations(choice),
    findDefinition: () => host.run('whichHeadFindsTheDefinition'),
  });
  const filter = createRelationFilter({
    hide: (hidden) => change({ hidden }),
    choose: (relation) => store.select({ relation }),
  });
  const notice = document.createElement('p');
  notice.className = 'notice';
  const panelArea = document.createElement('div');
  panelArea.className = 'pictures';
  const readout = createReadout();
  root.append(toolbar.element, filter.element, notice, panelArea, readout.element);

  const editor = new WeightEditor(root, context);
  const texts = measureTexts(root);
  const panels: Panel[] = [];
  let words: Words | undefined;
  let opened = new Set<number>();
  let folded = new Set<number>();
  let models: PictureModel[] = [];
  let drawnHeads: readonly HeadRef[] = [];
  /** Counts drawings: attention that arrives for an older one is not drawn. */
  let drawing = 0;
  let highlight: Highlight | undefined;
  let drawnSelection = '';
  let followedToken: number | undefined;

  function change(partial: Partial<Options>): void {
    options = { ...options, ...partial };
    stored.value = options;
    if (partial.pieces !== undefined) openPieces();
    arrange();
    void draw();
  }

  /** Makes the row of words anew: after another text, and after words were opened or sentences folded. */
  function arrange(): void {
    const { inspection } = store;
    words = inspection && wordsOf(inspection, opened, folded);
  }

  function openPieces(): void {
    opened = new Set(options.pieces ? store.inspection?.words.text.keys() : []);
  }

  function takeInspection(): void {
    const { inspection, selection } = store;
    const sentences = inspection?.words.sentences ?? new Int32Array();
    const before = words?.inspection.words;
    const same =
      before !== undefined &&
      inspection !== undefined &&
      sentenceCount(before) === sentenceCount(inspection.words);
    if (!same) {
      const focus =
        inspection && selection.token !== undefined ? inspection.tokens.words[selection.token] : -1;
      folded = initiallyFolded(sentences, sentences[Math.max(0, focus)] ?? 0);
    }
    openPieces();
    arrange();
  }

  async function draw(): Promise<void> {
    const mine = ++drawing;
    const { inspection } = store;
    if (!inspection || !words) return;
    const heads = shownHeads(inspection, store.selection, isWithinText);
    const needsTokens = words.units.some((unit) => unit.piece);
    const fetched = heads.map((head) => [
      attention.peek(head, 'word') ?? attention.get(head, 'word'),
      needsTokens ? (attention.peek(head, 'token') ?? attention.get(head, 'token')) : undefined,
    ]);
    // What is here already is drawn within this frame: a drag of the slider must not flicker.
    const arrived = fetched.flat().some((one) => one instanceof Promise)
      ? await settle(fetched)
      : (fetched as (Tensor | undefined)[][]);
    if (mine !== drawing || !arrived) return;
    show(inspection, words, heads, arrived);
  }

  async function settle(
    fetched: (Tensor | Promise<Tensor> | undefined)[][],
  ): Promise<(Tensor | undefined)[][] | undefined> {
    try {
      return await Promise.all(fetched.map((pair) => Promise.all(pair)));
    } catch (error) {
      notice.textContent = error instanceof Error ? error.message : String(error);
      notice.hidden = false;
      return undefined;
    }
  }

  function show(
    inspection: Inspection,
    current: Words,
    heads: readonly HeadRef[],
    tensors: (Tensor | undefined)[][],
  ): void {
    const attentions = tensors.flatMap(([word, token], i): HeadAttention[] =>
      word ? [headAttention(heads[i], word, token, current.units)] : [],
    );
    if (attentions.length === 0) return;
    const [first, second] = attentions;
    const asDifference = options.comparison === 'difference' && attentions.length === 2;
    const threshold = thresholdOf(
      asDifference ? difference(first.units, second.units) : first.units,
      options,
    );
    const setting: Setting = {
      words: current,
      options,
      threshold,
      relation: store.selection.relation,
      countFrom: store.settings.countFrom,
      edited: editedPicture(new EditedHead(editsMade(store), heads[0]), current),
      background: options.saliency
        ? wordBackground(inspection, store.settings.saliency, current)
        : () => undefined,
    };
    models = asDifference
      ? [differenceModel(setting, first, second)]
      : attentions.map((one) => headModel(setting, one));

    const relations = relationsOf(inspection);
    drawnHeads = heads;
    toolbar.show(options, threshold, attentions.length, {
      relations,
      pieces: hasPieces(inspection),
    });
    const counts = relations
      ? countRelations(relations, agreements(first.words, relations, options.direction))
      : [];
    filter.show(counts, options.hidden, store.selection.relation ?? strongestRelation(counts)?.name);
    const elsewhere = otherHeadShown(heads, store.selection, store.settings.countFrom);
    notice.hidden = relations !== undefined && elsewhere === undefined;
    notice.replaceChildren(elsewhere ? `${elsewhere} ` : '', ...(relations ? [] : noRelations()));
    texts.refresh();
    arrangePanels(models.length);
    panelArea.dataset.comparison = options.comparison;
    panels.forEach(({ header, picture }, i) => {
      header.replaceChildren(
        ...headerOf(
          inspection,
          attentions,
          i,
          asDifference,
          options,
          store.settings.countFrom,
          store.selection.relation,
        ),
      );
      picture.render(models[i]);
    });
    readout.explain(models[0], asDifference ? heads : undefined, store.settings.countFrom);
    light();
  }

  function arrangePanels(count: number): void {
    for (const panel of panels.splice(panels[0]?.layout === options.layout ? count : 0)) {
      panel.picture.dispose();
      panel.element.remove();
    }
    while (panels.length < count) {
      const element = document.createElement('section');
      element.className = 'panel';
      const header = document.createElement('h2');
      header.className = 'panel-header';
      const picture = createPicture[options.layout](events, texts.width);
      element.append(header, picture.element);
      panelArea.append(element);
      panels.push({ element, header, layout: options.layout, picture });
    }
    panelArea.dataset.count = String(count);
  }

  const events: PictureEvents = {
    hover(next) {
      highlight = next;
      light();
      store.select({
        hoveredToken: next === undefined ? undefined : tokenOf('slot' in next ? next.slot : next.left),
      });
    },
    reveal(slot) {
      if (words?.slots[slot]?.folded) return events.open(slot);
      const token = tokenOf(slot);
      if (token === undefined) return;
      store.select({ token });
      host.revealToken(token);
    },
    open(slot) {
      const place = words?.slots[slot];
      if (!place || !words) return;
      if (place.folded) folded.delete(place.sentence);
      else {
        const { word } = words.units[place.units[0]];
        if (!opened.delete(word)) opened.add(word);
      }
      arrange();
      void draw();
    },
    scroll(left) {
      for (const { picture } of panels) picture.scrollTo(left);
    },
    edit(target, element) {
      const [head] = drawnHeads;
      const picked = head && models.length > 0 ? pickedWeights(models[0], head, target) : undefined;
      if (picked) editor.open(picked, element.getBoundingClientRect(), element);
    },
    fold(sentence) {
      folded.add(sentence);
      arrange();
      void draw();
    },
  };

  function noRelations(): (Node | string)[] {
    const file = document.createElement('button');
    file.type = 'button';
    file.className = 'text-button';
    file.textContent = 'give a parse or relations of your own in a CoNLL-U, BRAT or JSON file';
    file.addEventListener('click', () => host.run('useRelations'));
    return [
      'Only attention is drawn: this text has no dependency parse. The built-in parser reads English prose, and code is read by its language; for any other text, ',
      file,
      '.',
    ];
  }

  /** First token of a slot. */
  function tokenOf(slot: number): number | undefined {
    const place = words?.slots[slot];
    return place && words?.units[place.units[0]].tokens[0];
  }

  /** Slot of a token; undefined for special tokens. */
  function slotOf(token: number | undefined): number | undefined {
    if (token === undefined || !words) return undefined;
    const unit = words.units.findIndex((one) => one.tokens.includes(token));
    return unit < 0 ? undefined : words.slotOf[unit];
  }

  function light(): void {
    const selected = slotOf(store.selection.token);
    for (const { picture } of panels) picture.highlight(highlight, selected);
    readout.tell(highlight, models);
  }

  return {
    render(changed: Changed) {
      if (changed.has('inspection')) takeInspection();
      if (changed.has('settings') || changed.has('inspection')) toolbar.showChoice(store.settings.relations);
      editor.draw();
      if (
        changed.has('inspection') ||
        changed.has('asked') ||
        changed.has('settings') ||
        selectionMattersFor()
      )
        void draw();
      if (changed.has('selection')) followSelection();
    },
    dispose() {
      editor.dispose();
      for (const { picture } of panels) picture.dispose();
    },
  };

  /** What of the selection the last drawing was made with: hovering must not draw anew. */
  function selectionMattersFor(): boolean {
    const { head, compared, relation } = store.selection;
    const key = JSON.stringify([head, compared, relation]);
    const changed = key !== drawnSelection;
    drawnSelection = key;
    return changed;
  }

  function followSelection(): void {
    const { hoveredToken, token } = store.selection;
    const slot = slotOf(hoveredToken);
    const mine = highlight && ('slot' in highlight ? highlight.slot : highlight.left);
    if (slot !== mine) highlight = slot === undefined ? undefined : { slot };
    light();
    if (token !== followedToken) {
      followedToken = token;
      const selected = slotOf(token);
      if (selected !== undefined) for (const { picture } of panels) picture.reveal(selected);
    }
  }
};

function hasPieces({ tokens }: Inspection): boolean {
  return tokens.words.some((word, token) => word >= 0 && word === tokens.words[token - 1]);
}
