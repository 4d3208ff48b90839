import type { Candidate, Inspection } from '../../../src/protocol/inspection';
import { isOutcome } from '../../../src/protocol/inspection';
import type { HostCalls } from '../../../src/protocol/view';
import { element } from '../../element';
import { pointsChange, signed } from '../../marks/change';
import { twoDigits } from '../../marks/names';
import { probability } from '../../../src/protocol/numbers';
import { visibleToken } from '../../marks/tokenText';

/** Candidates that have a bar of their own; all others are behind a command of the editor. */
const barred = 3;

/** What the model says: the likeliest outcomes as bars, one of them the target, and the entropy of all. */
export class Prediction {
  readonly element = element('div', 'prediction');
  /** Stands apart: it is about the whole distribution. */
  readonly entropy = element('span', 'entropy');
  readonly #bars = element('div', 'candidates');
  readonly #more = element('button', 'link-button', 'More…');
  readonly #host: HostCalls;
  #inspection: Inspection | undefined;

  constructor(host: HostCalls) {
    this.#host = host;
    this.#bars.role = 'group';
    this.#bars.ariaLabel = 'Target: what is explained';
    this.#more.type = 'button';
    this.#more.addEventListener('click', () => host.run('chooseTarget'));
    this.#more.title = 'Explain another outcome, at another place, or one against another';
    this.entropy.title = 'Entropy of the whole distribution: 0 bits where the model is certain.';
    this.element.append(this.#bars, this.#more);
  }

  draw(inspection: Inspection): void {
    this.#inspection = inspection;
    const { prediction, target, before } = inspection;
    this.element.hidden = !prediction || !target;
    this.entropy.hidden = !prediction || !isOutcome(target?.kind);
    if (!prediction || !target) return;
    const { candidates } = prediction;
    const chosen = candidates.find(({ id }) => id === target.id);
    const first = candidates.slice(0, barred);
    // The target is always among the bars, however unlikely it is.
    const shown = chosen && !first.includes(chosen) ? [...first.slice(0, barred - 1), chosen] : first;
    const bars = shown.map((candidate) =>
      this.#bar(candidate, candidate === chosen, before?.probabilities[candidates.indexOf(candidate)]),
    );
    this.#bars.replaceChildren(...bars);
    const isAll = isOutcome(target.kind) && candidates.length <= barred;
    this.#more.hidden = isAll || inspection.attentionFile !== undefined;
    const change = before ? ` (${signed(prediction.entropy - before.prediction.entropy)})` : '';
    this.entropy.textContent = `entropy ${twoDigits(prediction.entropy)} bits${change}`;
  }

  /** @param before its probability by the model as it is; undefined where that is shown */
  #bar({ id, label, probability: p }: Candidate, isTarget: boolean, before?: number): HTMLElement {
    const measured = this.#measured();
    const filled = element('span', 'candidate-filled');
    filled.style.width = `${Math.round((measured?.share ?? p) * 100)}%`;
    const mark = element('span', 'candidate-before');
    mark.hidden = before === undefined || measured !== undefined;
    mark.style.left = `${((before ?? 0) * 100).toFixed(1)}%`;
    const bar = element(
      'button',
      'candidate',
      element('span', 'candidate-label', visibleToken(label)),
      element(
        'span',
        'candidate-value',
        measured?.words ?? (before === undefined ? probability(p) : changed(before, p)),
      ),
      element('span', 'candidate-bar', filled, mark),
    );
    bar.type = 'button';
    bar.classList.toggle('measured', measured !== undefined);
    bar.setAttribute('aria-pressed', String(isTarget));
    bar.disabled = this.#inspection?.attentionFile !== undefined;
    const role = isTarget
      ? measured
        ? `Explained: ${label}`
        : 'This outcome is explained'
      : 'Explain this outcome instead';
    bar.title =
      before === undefined || measured ? role : `${role}. Without interventions: ${probability(before)}`;
    bar.addEventListener('click', () => this.#retarget(id));
    return bar;
  }

  /** How a target that is no probability is written, and how long its bar is: as long as a similarity is high; a norm has none. */
  #measured(): { readonly words: string; readonly share: number } | undefined {
    const { target, before } = this.#inspection ?? {};
    if (!target || isOutcome(target.kind)) return undefined;
    const now = twoDigits(target.value);
    const words = before ? `${twoDigits(before.target.value)} → ${now}` : now;
    return { words, share: target.kind === 'similarity' ? Math.max(0, target.value) : 0 };
  }

  #retarget(id: number): void {
    const position = this.#inspection?.prediction?.position ?? -1;
    this.#host.retarget(position >= 0 ? { id, position } : { id });
  }
}

/** `81 % (−14)`: the change is in percentage points. */
function changed(before: number, after: number): string {
  return `${probability(after)} (${pointsChange(before, after)})`;
}
