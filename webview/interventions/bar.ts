import './interventions.css';
import { interventionsInWords } from '../../src/protocol/edits';
import { element, setText } from '../element';
import { effectOf } from '../marks/change';
import { linkButton } from './linkButton';
import { type EditGroup, groupEdits } from './groups';
import { editsMade, headsOff, resetInterventions, setFactor } from './wanted';
import type { ViewContext } from '../view';

/**
 * What is changed inside the model, what that does to the target, and the way back. It stands at the foot of the document: nothing
 * that is pointed at moves when the first change is made.
 */
export class InterventionsBar {
  readonly element = element('footer', 'interventions');
  readonly #context: ViewContext;
  readonly #count = element('span', 'interventions-count');
  readonly #effect = element('span', 'interventions-effect');
  readonly #list = element('ul', 'interventions-list');
  readonly #show: HTMLButtonElement;
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  #isOpen = false;

  constructor(context: ViewContext) {
    this.#context = context;
    const { host } = context;
    this.element.ariaLabel = 'Interventions';
    this.#show = linkButton('Show edits', () => {
      this.#isOpen = !this.#isOpen;
      this.draw();
    });
    this.#undo = linkButton('Undo', () => host.run('undoIntervention'));
    this.#redo = linkButton('Redo', () => host.run('redoIntervention'));
    this.#reset = linkButton('Reset', () => resetInterventions(context));
    this.#reset.title = 'Switch all heads on and take all edits of attention away';
    this.#list.ariaLabel = 'Edits of attention';
    const said = element('div', 'interventions-said', this.#count, this.#effect);
    said.role = 'status';
    const ways = element('div', 'interventions-ways', this.#show, this.#undo, this.#redo, this.#reset);
    this.element.append(this.#list, element('div', 'interventions-row', said, ways));
    this.draw();
  }

  draw(): void {
    const { store } = this.#context;
    const { inspection, settings, asked } = store;
    const [heads, edits] = [headsOff(store), editsMade(store)];
    const changes = heads.length + edits.length;
    const { canUndoIntervention = false, canRedoIntervention = false } = settings;
    this.element.hidden = !inspection || (changes === 0 && !canUndoIntervention && !canRedoIntervention);
    setText(this.#count, interventionsInWords(heads.length, edits.length) || 'No interventions');
    const effect = inspection && changes > 0 ? effectOf(inspection) : undefined;
    setText(this.#effect, effect ? `${effect.target} ${effect.before} → ${effect.after}` : '');
    this.#effect.hidden = effect === undefined;
    this.#effect.classList.toggle('stale', asked !== undefined);
    this.#undo.hidden = !canUndoIntervention;
    this.#redo.hidden = !canRedoIntervention;
    this.#reset.hidden = changes === 0;
    this.#show.hidden = edits.length === 0;
    setText(this.#show, this.#isOpen ? 'Hide edits' : 'Show edits');
    this.#show.ariaExpanded = String(this.#isOpen);
    this.#list.hidden = !this.#isOpen || edits.length === 0;
    if (inspection && !this.#list.hidden) {
      const groups = groupEdits(edits, inspection, settings.countFrom);
      this.#list.replaceChildren(...groups.map((group) => this.#line(group)));
    }
  }

  #line({ edits, weights, factor, where }: EditGroup): HTMLElement {
    const remove = linkButton('Remove', () => setFactor(this.#context, edits, 1));
    remove.ariaLabel = `Remove the edit ${weights} ${factor} in ${where}`;
    return element(
      'li',
      '',
      element('span', 'edit-weights', weights),
      element('span', 'edit-factor', factor),
      element('span', 'edit-where', where),
      remove,
    );
  }
}
