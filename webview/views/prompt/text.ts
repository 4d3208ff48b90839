import type { Chat, ChatPart } from '../../../src/protocol/chat';
import type { ModelInspection } from '../../../src/protocol/inspection';
import { probability, twoDigits } from '../../../src/protocol/numbers';
import { element, setText } from '../../element';
import { largestOf, shownSaliency, type ShownSaliency } from '../../marks/saliency';
import { saliencyColour } from '../../marks/scales';
import { readTheme } from '../../marks/theme';
import { TokenStrip, textBetween, type StripPiece } from '../../marks/tokenStrip';
import { readText } from '../../marks/tokenText';
import type { Tooltip } from '../../marks/tooltip';
import type { ViewContext } from '../../view';
import { drawRamp } from '../saliency/scale';
import { lineOfTokens, promptLines, promptTotals } from './lines';
import { Messages } from './messages';

/** What the tokens are coloured by. */
export type PromptColour = 'surprisal' | 'saliency';

/** The cells beside one line. */
interface LineCost {
  readonly bar: HTMLElement;
  readonly bits: HTMLElement;
  readonly tokens: HTMLElement;
}

/** The prompt line by line: what each costs at the left, its tokens at the right, coloured by surprisal or by what matters for the target. */
export class PromptText {
  readonly element: HTMLElement;
  /** Tokens of the context that are used, bits per token, perplexity. */
  readonly totals = element('p', 'prompt-totals');
  readonly ramp = element('figure', 'ramp');
  /** Of a chat: what folds it. */
  readonly messages: Messages;
  readonly #context: ViewContext;
  readonly #strip: TokenStrip;
  #lines: Int32Array = new Int32Array(0);
  #costs: LineCost[] = [];
  #bits: Float32Array | undefined;
  #chat: Chat | undefined;

  constructor(context: ViewContext, tooltip: Tooltip) {
    this.#context = context;
    const { store, host } = context;
    this.#strip = new TokenStrip(
      {
        hover: (token, anchor) => {
          store.select({ hoveredToken: token });
          if (token === undefined || !anchor) tooltip.hide();
          else tooltip.show(anchor, this.#describe(token));
        },
        choose: (token) => {
          store.select({ token, precedingToken: token - 1 });
          host.revealToken(token);
        },
      },
      (pieces) => this.#arrange(pieces),
    );
    this.messages = new Messages(store, () => this.#strip.keepTabStop());
    this.element = this.#strip.element;
    this.element.classList.add('prompt-text');
    this.totals.setAttribute('role', 'status');
  }

  /** @param bits [S]; undefined until they are known */
  draw(inspection: ModelInspection, bits: Float32Array | undefined, colour: PromptColour): void {
    this.#bits = bits;
    const theme = readTheme(document);
    const shown = this.#shown(inspection, bits, colour);
    this.#chat = inspection.chat;
    this.element.role = inspection.chat ? 'group' : 'listbox';
    this.#strip.draw(readText(inspection), shown, theme);
    this.messages.showCosts(bits, inspection.tokens.special);
    this.ramp.hidden = shown === undefined;
    if (shown) drawRamp(this.ramp, shown, theme);
    const lines = promptLines(this.#lines, bits);
    const largest = lines.reduce((most, line) => Math.max(most, line.bits), 0) || 1;
    lines.forEach((line, i) => {
      const { bar, bits: cell, tokens } = this.#costs[i];
      bar.style.width = `${((100 * line.bits) / largest).toFixed(1)}%`;
      bar.style.backgroundColor = saliencyColour(line.bits / largest, theme);
      setText(cell, bits && line.tokens.length > 0 ? `${Math.round(line.bits)} bits` : '');
      setText(tokens, line.tokens.length > 0 ? String(line.tokens.length) : '');
    });
    this.#sumUp(inspection, bits);
  }

  mark(hovered: number | undefined, chosen: number | undefined): void {
    this.#strip.mark(hovered, chosen);
  }

  #shown(
    inspection: ModelInspection,
    bits: Float32Array | undefined,
    colour: PromptColour,
  ): ShownSaliency | undefined {
    if (colour === 'surprisal') return bits && { name: 'surprisal', scores: bits, largest: largestOf(bits) };
    return shownSaliency(inspection, this.#context.store.settings.saliency);
  }

  #sumUp({ tokens, model }: ModelInspection, bits: Float32Array | undefined): void {
    const count = tokens.ids.length.toLocaleString('en');
    const parts = [
      model.contextLength > 0
        ? `${count} of ${model.contextLength.toLocaleString('en')} tokens`
        : `${count} tokens`,
    ];
    if (bits) {
      const totals = promptTotals(bits);
      if (!Number.isNaN(totals.bitsPerToken))
        parts.push(
          `mean ${twoDigits(totals.bitsPerToken)} bits per token`,
          `perplexity ${twoDigits(totals.perplexity)}`,
          `${Math.round(totals.bits).toLocaleString('en')} bits in all`,
        );
    }
    setText(this.totals, parts.join(' · '));
    this.totals.title =
      'Surprisal: −log₂ of the probability of each token given those before it. Perplexity: 2 to the mean of it.';
  }

  #arrange(pieces: readonly StripPiece[]): HTMLElement[] {
    const chat = this.#chat;
    const parts = chat?.parts ?? [];
    const begins = new Set(parts.map(({ tokens }) => tokens[0]));
    this.#lines = lineOfTokens(
      pieces.map(({ run }) => run),
      begins,
    );
    const count = this.#lines.reduce((most, line) => Math.max(most, line), -1) + 1;
    const texts = Array.from({ length: count }, () => element('div', 'line-text'));
    pieces.forEach((piece, i) => {
      const line = this.#lines[i];
      const isFirst = i === 0 || this.#lines[i - 1] !== line;
      texts[line].append(...textBetween(piece, isFirst).map(withoutBreaks));
    });
    this.#costs = [];
    const rows = texts.map((text) => {
      const cost: LineCost = {
        bar: element('span', 'line-bar'),
        bits: element('span', 'line-bits'),
        tokens: element('span', 'line-tokens'),
      };
      this.#costs.push(cost);
      cost.tokens.title = 'Tokens of this line';
      const track = element('span', 'line-track', cost.bar);
      const row = element(
        'div',
        'prompt-line',
        element('div', 'line-cost', cost.bits, track, cost.tokens),
        text,
      );
      row.role = 'presentation';
      return row;
    });
    if (!chat) {
      this.messages.clear();
      return rows;
    }
    for (const { run, element: token } of pieces)
      if (run.isSpecial) token.ariaDescription = 'written by the chat template, not in the file';
    const firstLine = (part: number): number => this.#lines[parts[part]?.tokens[0] ?? -1] ?? rows.length;
    const own = (token: number): boolean => !pieces[token].run.isSpecial;
    const textOf = ({ tokens: [from, to] }: ChatPart): string => {
      const tokens = Array.from({ length: to - from }, (_, i) => from + i).filter(own);
      const [first = 0, last = -1] = [tokens.at(0), tokens.at(-1)];
      return last < 0 ? '' : chat.text.slice(chat.offsets[2 * first], chat.offsets[2 * last + 1]);
    };
    return this.messages.arrange(parts, parts.map(textOf), (part) =>
      rows.slice(part === 0 ? 0 : firstLine(part), firstLine(part + 1)),
    );
  }

  #describe(token: number): HTMLElement[] {
    const { inspection } = this.#context.store;
    const bits = this.#bits?.[token] ?? NaN;
    const title = element('div', 'tooltip-title', inspection?.tokens.pieces[token] ?? '');
    const words = [
      Number.isNaN(bits)
        ? 'Nothing stands before it, so nothing was expected.'
        : `${twoDigits(bits)} bits: the model gave it ${probability(2 ** -bits)}`,
      ...(inspection?.chat && inspection.tokens.special[token] === 1
        ? ['Written by the model’s chat template, not in the file.']
        : []),
    ];
    return [title, ...words.map((line) => element('div', 'tooltip-text', line))];
  }
}

/** Each line is a row of its own: what breaks it need not be written. */
function withoutBreaks(child: Node | string): Node | string {
  return typeof child === 'string' ? child.replace(/\r?\n/g, '') : child;
}
