import { element } from '../../element';
import type { ViewState } from '../../store';

/** A tab over elements of one view. */
export interface PanelTab {
  readonly name: string;
  readonly title: string;
  readonly content: readonly HTMLElement[];
}

/** Tabs inside a view, as the ARIA tab pattern has them; which one is open is remembered over reloads. */
export class PanelTabs {
  readonly element = element('div', 'panel-tabs');

  constructor(opened: ViewState<string>, tabs: readonly PanelTab[]) {
    const bar = element('div', 'tabs');
    bar.role = 'tablist';
    const parts = tabs.map(({ name, title, content }, i) => {
      const tab = element('button', 'tab', title);
      tab.type = 'button';
      tab.role = 'tab';
      tab.id = `instances-tab-${name}`;
      const panel = element('div', `instances-panel ${name}`, ...content);
      panel.role = 'tabpanel';
      panel.id = `instances-panel-${name}`;
      panel.setAttribute('aria-labelledby', tab.id);
      tab.setAttribute('aria-controls', panel.id);
      tab.addEventListener('click', () => open(i));
      tab.addEventListener('keydown', (event) => {
        const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        const next = (i + step + tabs.length) % tabs.length;
        open(next);
        parts[next].tab.focus();
      });
      return { tab, panel };
    });
    const open = (shown: number): void => {
      opened.value = tabs[shown].name;
      parts.forEach(({ tab, panel }, i) => {
        tab.ariaSelected = String(i === shown);
        tab.tabIndex = i === shown ? 0 : -1;
        panel.hidden = i !== shown;
      });
    };
    open(
      Math.max(
        0,
        tabs.findIndex(({ name }) => name === opened.value),
      ),
    );
    bar.append(...parts.map(({ tab }) => tab));
    this.element.append(bar, ...parts.map(({ panel }) => panel));
  }
}
