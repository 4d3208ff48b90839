import type { Changed, State } from './store';
import type { CreateView, View, ViewContext } from './view';

const allKeys: Changed = new Set<keyof State>([
  'inspection',
  'selection',
  'settings',
  'busy',
  'measuring',
  'failure',
  'pins',
  'asked',
  'dataSet',
]);

/** A view on the page that follows the store. */
export interface Mounted {
  /** The view's own element. */
  readonly element: HTMLElement;
  /** Hidden views gather what changed and draw it when they are shown again. */
  visible: boolean;
  /** Where the view saves by itself what it shows. */
  readonly save?: View['save'];
  dispose(): void;
}

/** Creates a view inside `parent` and draws it once per frame after changes, also when the theme becomes another one. */
export function mount(parent: HTMLElement, create: CreateView, context: ViewContext): Mounted {
  const element = document.createElement('div');
  element.className = 'view';
  parent.append(element);
  const view: View = create(element, context);
  let pending = new Set<keyof State>(allKeys);
  let frame = 0;
  let visible = true;

  const draw = (): void => {
    frame = 0;
    if (!visible || pending.size === 0) return;
    const changed = pending;
    pending = new Set();
    view.render(changed);
  };
  const schedule = (changed: Changed): void => {
    for (const key of changed) pending.add(key);
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const unsubscribe = context.store.subscribe(schedule);
  const forgetTheme = onThemeChange(() => schedule(allKeys));
  draw();

  return {
    element,
    save: view.save?.bind(view),
    get visible() {
      return visible;
    },
    set visible(value) {
      visible = value;
      element.hidden = !value;
      draw();
    },
    dispose() {
      unsubscribe();
      forgetTheme();
      cancelAnimationFrame(frame);
      view.dispose();
      element.remove();
    },
  };
}

/** VS Code tells a webview of another theme by the body's class and data attributes, after it has set the variables. */
function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id'],
  });
  return () => observer.disconnect();
}
