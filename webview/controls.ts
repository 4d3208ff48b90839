/** The controls of VS Code's own look. The toolkit is no longer developed, so no other file imports it. */
import {
  allComponents,
  provideVSCodeDesignSystem,
  type Button,
  type Checkbox,
  type Dropdown,
  type Option,
} from '@vscode/webview-ui-toolkit';

/** Makes the elements `vscode-button`, `vscode-dropdown` ... known; call once before any is created. */
export function registerControls(): void {
  const { vsCodeButton, vsCodeCheckbox, vsCodeDropdown, vsCodeOption, vsCodeProgressRing } = allComponents;
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
  );
}

export interface Choice<T extends string = string> {
  readonly value: T;
  readonly label: string;
}

export function button(
  label: string,
  action: () => void,
  appearance: 'primary' | 'secondary' = 'secondary',
): Button {
  const element = document.createElement('vscode-button') as Button;
  element.appearance = appearance;
  element.textContent = label;
  element.addEventListener('click', action);
  return element;
}

/** A button without a background. @param sign what it shows @param label what it does: read aloud, and the tooltip */
export function signButton(sign: string, label: string, action: () => void): Button {
  const element = document.createElement('vscode-button') as Button;
  // Before the appearance: the toolkit would name an icon button without a name "Icon Button".
  element.setAttribute('aria-label', label);
  element.appearance = 'icon';
  element.textContent = sign;
  element.title = label;
  element.addEventListener('click', action);
  return element;
}

/** A ring that turns while something of unknown length goes on. Says nothing itself: a text beside it does. */
export function progressRing(): HTMLElement {
  const ring = document.createElement('vscode-progress-ring');
  ring.setAttribute('aria-hidden', 'true');
  return ring;
}

export interface CheckboxControl {
  readonly element: HTMLElement;
  checked: boolean;
}

export function checkbox(
  label: string,
  checked: boolean,
  change: (checked: boolean) => void,
): CheckboxControl {
  const element = document.createElement('vscode-checkbox') as Checkbox;
  element.textContent = label;
  element.checked = checked;
  element.addEventListener('change', () => change(element.checked));
  return {
    element,
    get checked() {
      return element.checked;
    },
    set checked(value) {
      element.checked = value;
    },
  };
}

export interface DropdownControl<T extends string> {
  readonly element: HTMLElement;
  /** Replaces the choices and selects one of them; tells nobody. */
  show(choices: readonly Choice<T>[], value: T): void;
}

/** @param label what is chosen; read aloud, and the tooltip. */
export function dropdown<T extends string>(label: string, change: (value: T) => void): DropdownControl<T> {
  const element = document.createElement('vscode-dropdown') as Dropdown;
  element.setAttribute('aria-label', label);
  element.title = label;
  let shown = '';
  let chosen: string | undefined;
  element.addEventListener('change', () => {
    chosen = element.value;
    change(element.value as T);
  });
  // Where the choices are replaced the toolkit keeps the place in the list, once it has seen the new ones: another choice may stand there.
  element.shadowRoot?.addEventListener('slotchange', () => {
    if (chosen !== undefined && element.value !== chosen) element.value = chosen;
  });
  return {
    element,
    show(choices, value) {
      chosen = value;
      const key = JSON.stringify(choices);
      if (key !== shown) {
        shown = key;
        element.replaceChildren(...choices.map(option));
      }
      element.value = value;
    },
  };
}

function option({ value, label }: Choice): Option {
  const element = document.createElement('vscode-option') as Option;
  element.value = value;
  element.textContent = label;
  return element;
}
