import { mount, type Mounted } from '../../mount';
import type { ViewContext } from '../../view';
import { detailViews, type ViewEntry } from '../table';

/** The view whose tab is open. @param root the same as for {@link createTabs} */
export function openTab(root: HTMLElement): { name: ViewEntry['name']; root: Element } | undefined {
  const panel = root.querySelector('.tab-panel:not([hidden])');
  const name = detailViews.find((view) => panel?.id === `panel-${view.name}`)?.name;
  return panel && name ? { name, root: panel } : undefined;
}

/**
 * Tabs over views, as the ARIA tab pattern has them: arrow keys move between tabs, one tab is in the tab order.
 * A view is created when its tab is first opened, and remembered over reloads is which one was open.
 */
export function createTabs(root: HTMLElement, views: readonly ViewEntry[], context: ViewContext): () => void {
  if (views.length === 0) return () => undefined;
  const opened = context.store.viewState('inspector.tab', views[0].name as string);
  const bar = document.createElement('div');
  bar.className = 'tabs';
  bar.role = 'tablist';
  const body = document.createElement('div');
  body.className = 'tab-body';
  root.append(bar, body);

  const mounted = new Map<string, Mounted>();
  const tabs = views.map((view, i) => {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.role = 'tab';
    tab.className = 'tab';
    tab.id = `tab-${view.name}`;
    tab.textContent = view.title;
    tab.setAttribute('aria-controls', `panel-${view.name}`);
    tab.addEventListener('click', () => {
      opened.value = view.name;
      show(i);
    });
    tab.addEventListener('keydown', (event) => {
      const possible = tabs.flatMap(({ hidden }, at) => (hidden ? [] : [at]));
      const step = stepOf(event.key, possible.indexOf(i), possible.length);
      if (step === undefined) return;
      event.preventDefault();
      opened.value = views[possible[step]].name;
      show(possible[step]);
      tabs[possible[step]].focus();
    });
    bar.append(tab);
    return tab;
  });
  const panels = views.map((view) => {
    const panel = document.createElement('div');
    panel.className = 'tab-panel';
    panel.role = 'tabpanel';
    panel.id = `panel-${view.name}`;
    panel.setAttribute('aria-labelledby', `tab-${view.name}`);
    body.append(panel);
    return panel;
  });

  function show(shown: number): void {
    tabs.forEach((tab, i) => {
      tab.ariaSelected = String(i === shown);
      tab.tabIndex = i === shown ? 0 : -1;
    });
    panels.forEach((panel, i) => {
      panel.hidden = i !== shown;
    });
    for (const [name, view] of mounted) view.visible = name === views[shown].name;
    const { name, create } = views[shown];
    if (!mounted.has(name)) mounted.set(name, mount(panels[shown], create, context));
  }

  /** Only views that have something to say have a tab; the one that was chosen comes back when it has something to say again. */
  function offer(): void {
    const { inspection } = context.store;
    tabs.forEach((tab, i) => {
      const { isFor } = views[i];
      tab.hidden = isFor !== undefined && (inspection === undefined || !isFor(inspection));
    });
    const chosen = views.findIndex((view, i) => view.name === opened.value && !tabs[i].hidden);
    show(Math.max(0, chosen));
  }

  const forget = context.store.subscribe((changed) => {
    if (changed.has('inspection')) offer();
  });
  offer();
  return () => {
    forget();
    for (const view of mounted.values()) view.dispose();
  };
}

function stepOf(key: string, from: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return (from + 1) % count;
    case 'ArrowLeft':
      return (from + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
