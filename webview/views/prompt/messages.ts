import type { ChatPart } from '../../../src/protocol/chat';
import type { Inspection } from '../../../src/protocol/inspection';
import { element, setText } from '../../element';
import type { ViewStore } from '../../store';

/** Words of a folded message that remind of it. */
const previewed = 80;

/** One message: its heading, which folds it, and the lines under it. */
interface Section {
  readonly part: ChatPart;
  readonly key: string;
  readonly fold: HTMLButtonElement;
  readonly sign: HTMLElement;
  readonly preview: HTMLElement;
  readonly cost: HTMLElement;
  readonly lines: HTMLElement;
}

/** Whether a text can be written behind a token: what the template wrote is not in the file. */
export function isInFile({ tokens, chat }: Pick<Inspection, 'tokens' | 'chat'>, token: number): boolean {
  return chat === undefined || (tokens.offsets[2 * token + 1] ?? -1) >= 0;
}

/** The messages of a chat, one under the other, each to be folded; which are is kept over reloads. */
export class Messages {
  readonly foldAll = element('button', 'link-button');
  readonly #folded;
  readonly #onFold: () => void;
  #sections: readonly Section[] = [];

  /** @param onFold lines were hidden or shown */
  constructor(store: ViewStore, onFold: () => void) {
    this.#folded = store.viewState<readonly string[]>('prompt.folded', []);
    this.#onFold = onFold;
    this.foldAll.type = 'button';
    this.foldAll.addEventListener('click', () => this.#foldEach(!this.#areAllFolded));
    this.#show();
  }

  /** @param linesOf the lines of a message, from their elements */
  arrange(
    parts: readonly ChatPart[],
    texts: readonly string[],
    linesOf: (part: number) => readonly HTMLElement[],
  ): HTMLElement[] {
    const seen = new Map<string, number>();
    this.#sections = parts.map((part, i) => {
      const ordinal = (seen.get(part.role) ?? 0) + 1;
      seen.set(part.role, ordinal);
      return this.#section(part, `${part.role} ${ordinal}`, texts[i], linesOf(i), i);
    });
    this.#show();
    return this.#sections.map(({ fold, cost, lines, part }) => {
      const head = element('h4', 'message-head', fold, cost);
      const section = element('section', 'message', head, lines);
      section.dataset.role = part.role;
      return section;
    });
  }

  /** There is no chat any more. */
  clear(): void {
    this.#sections = [];
    this.#show();
  }

  /** @param bits [S]; undefined until they are known @param special [S] 1 for what the template wrote */
  showCosts(bits: Float32Array | undefined, special: Uint8Array): void {
    for (const { part, cost } of this.#sections) {
      const [from, to] = part.tokens;
      const ofTemplate = special.subarray(from, to).reduce((sum, flag) => sum + flag, 0);
      const sum = bits?.subarray(from, to).reduce((all, value) => all + (value || 0), 0);
      const words = [counted(to - from, 'token')];
      if (part.isAnswer) words.push('the model goes on here');
      else if (sum !== undefined) words.push(`${Math.round(sum).toLocaleString('en')} bits`);
      setText(cost, words.join(' · '));
      cost.title = `${counted(ofTemplate, 'token')} of these were written by the model’s chat template, and are not in the file.`;
    }
  }

  get #areAllFolded(): boolean {
    return this.#sections.every(({ key }) => this.#folded.value.includes(key));
  }

  #section(part: ChatPart, key: string, text: string, lines: readonly HTMLElement[], at: number): Section {
    const sign = element('span', 'message-sign');
    sign.ariaHidden = 'true';
    const preview = element('span', 'message-preview', text.trim().replace(/\s+/g, ' ').slice(0, previewed));
    const fold = element('button', 'message-fold', sign, element('span', 'message-role', part.role), preview);
    fold.type = 'button';
    const list = element('div', 'message-lines', ...lines);
    list.role = 'listbox';
    list.id = `message-lines-${at}`;
    list.ariaLabel = `Tokens of message ${at + 1}, ${part.role}`;
    fold.setAttribute('aria-controls', list.id);
    fold.addEventListener('click', () => this.#fold(key, !this.#folded.value.includes(key)));
    fold.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.preventDefault();
      this.#fold(key, event.key === 'ArrowLeft');
    });
    return { part, key, fold, sign, preview, cost: element('span', 'message-cost'), lines: list };
  }

  #fold(key: string, isFolded: boolean): void {
    const others = this.#folded.value.filter((other) => other !== key);
    this.#folded.value = isFolded ? [...others, key] : others;
    this.#show();
    this.#onFold();
  }

  #foldEach(areFolded: boolean): void {
    const own = this.#sections.map(({ key }) => key);
    const others = this.#folded.value.filter((key) => !own.includes(key));
    this.#folded.value = areFolded ? [...others, ...own] : others;
    this.#show();
    this.#onFold();
  }

  #show(): void {
    for (const { key, fold, sign, preview, lines } of this.#sections) {
      const isFolded = this.#folded.value.includes(key);
      fold.ariaExpanded = String(!isFolded);
      sign.textContent = isFolded ? '▸' : '▾';
      preview.hidden = !isFolded;
      lines.hidden = isFolded;
    }
    this.foldAll.hidden = this.#sections.length < 2;
    this.foldAll.textContent = this.#areAllFolded ? 'Unfold all messages' : 'Fold all messages';
  }
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : `${noun}s`}`;
}
