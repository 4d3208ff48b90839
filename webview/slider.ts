import './slider.css';
import { element } from './element';

/** A slider with its number beside it. The toolkit has none, so this is the browser's own in VS Code's colours. */
export interface SliderControl {
  readonly element: HTMLElement;
  /** Moves the slider; tells nobody. @param text the number as it is written beside it */
  show(value: number, text: string): void;
}

/** Steps of the slider; fine enough for a mouse, coarse enough for arrow keys. */
const steps = 200;

/**
 * A slider over 0 to 1 for weights. Small weights are the ones that are told apart, so its middle stands for 0.25.
 * @param label what is chosen; read aloud, and the tooltip
 */
export function weightSlider(label: string, change: (value: number) => void): SliderControl {
  const { input, control } = slider(label, { least: 0, most: steps, step: 1 }, (weight) =>
    Math.round(Math.sqrt(weight) * steps),
  );
  input.addEventListener('input', () => {
    const value = (Number(input.value) / steps) ** 2;
    change(Number(value.toPrecision(2)));
  });
  return control;
}

/**
 * A slider from 0 to `largest` for factors, in steps of 0.05. Tells of a factor when the slider is let go of, or moved by a key; what is
 * written beside it follows at once.
 * @param label what is chosen; read aloud, and the tooltip
 */
export function factorSlider(
  label: string,
  largest: number,
  change: (factor: number) => void,
): SliderControl {
  const { input, number, control } = slider(label, { least: 0, most: largest, step: 0.05 });
  input.addEventListener('input', () => (number.textContent = `× ${input.value}`));
  input.addEventListener('change', () => change(Number(input.value)));
  return control;
}

/** What a slider over numbers of any kind ranges over. */
export interface SliderRange {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

/**
 * A slider over equal steps.
 * @param label what is chosen; read aloud, and the tooltip
 */
export function numberSlider(
  label: string,
  range: SliderRange,
  change: (value: number) => void,
): SliderControl {
  const { input, control } = slider(label, range);
  input.addEventListener('input', () => change(Number(input.value)));
  return control;
}

/** A slider that tells nobody yet. @param positionOf where the slider stands for a value */
function slider(
  label: string,
  { least, most, step }: SliderRange,
  positionOf: (value: number) => number = (value) => value,
): { readonly input: HTMLInputElement; readonly number: HTMLOutputElement; readonly control: SliderControl } {
  const input = element('input');
  input.type = 'range';
  input.min = String(least);
  input.max = String(most);
  input.step = String(step);
  input.ariaLabel = label;
  const number = element('output');
  const whole = element('label', 'slider', input, number);
  whole.title = label;
  const show = (value: number, text: string): void => {
    input.value = String(positionOf(value));
    input.setAttribute('aria-valuetext', text);
    number.textContent = text;
  };
  return { input, number, control: { element: whole, show } };
}
