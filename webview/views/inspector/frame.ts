import { progressRing } from '../../controls';
import { element, setText } from '../../element';
import { mount } from '../../mount';
import type { CreateView, ViewContext } from '../../view';
import { InterventionsBar } from '../../interventions/bar';
import { noInspection } from './empty';
import { Status } from './status';

/** What surrounds the views of a document: progress, failures, interventions, and what stands where there is no inspection yet. */
export class Frame {
  readonly #context: ViewContext;
  readonly #root: HTMLElement;
  readonly #status = new Status();
  readonly #waiting = element('p', 'waiting-message');
  readonly #loading = element('div', 'empty-state loading', progressRing(), this.#waiting);
  readonly #empty: HTMLElement;
  readonly #interventions: InterventionsBar;

  /** @param content shown only where there is an inspection */
  constructor(root: HTMLElement, context: ViewContext, ...content: readonly HTMLElement[]) {
    this.#context = context;
    this.#root = root;
    this.#waiting.role = 'status';
    this.#interventions = new InterventionsBar(context);
    this.#empty = noInspection(context.host);
    root.classList.add('frame');
    const { line, message, banner } = this.#status;
    root.append(line, banner, message, this.#loading, this.#empty, ...content, this.#interventions.element);
  }

  /** @param beginsEmpty the content is shown without an inspection too */
  draw(beginsEmpty = false): void {
    const { store } = this.#context;
    const { inspection, busy } = store;
    this.#status.draw(store);
    this.#interventions.draw();
    if (beginsEmpty) {
      this.#loading.hidden = this.#empty.hidden = true;
      return;
    }
    this.#root.classList.toggle('no-inspection', inspection === undefined);
    this.#loading.hidden = inspection !== undefined || busy === undefined;
    this.#empty.hidden = inspection !== undefined || busy !== undefined;
    setText(this.#waiting, busy?.message ?? '');
  }
}

/** A view in a document of its own. @param beginsEmpty it has something to show where nothing is inspected yet */
export function alone(create: CreateView, beginsEmpty = false): CreateView {
  return (root, context) => {
    const content = element('main', 'alone');
    const frame = new Frame(root, context, content);
    const view = mount(content, create, context);
    return {
      render() {
        frame.draw(beginsEmpty);
        view.visible = beginsEmpty || context.store.inspection !== undefined;
      },
      dispose: () => view.dispose(),
    };
  };
}
