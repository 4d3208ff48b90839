import { collect, tokensOf, visibleCharacters, type AlignedConllu } from './conlluAlignment';
import { readConllu, type ConlluSentence } from './conllu';

/** Characters of the beginning that sentences are found by. */
const keyLength = 12;

/** A sentence with the visible characters of its tokens. */
interface KnownSentence {
  readonly sentence: ConlluSentence;
  readonly tokens: ReturnType<typeof tokensOf>;
  readonly characters: string;
}

/**
 * The trees of many texts in one CoNLL-U text: each text is one or several of its sentences, one after another. White space and the shapes
 * of quotes and dashes do not count.
 */
export class ConlluTexts {
  private readonly sentences: readonly KnownSentence[];
  private readonly byBeginning = new Map<string, number[]>();
  /** The sentence after the one that was found last: texts mostly come in the order of the trees. */
  private next = 0;

  /** @throws UserError naming the line that is not CoNLL-U */
  constructor(conllu: string) {
    this.sentences = readConllu(conllu).map((sentence) => {
      const tokens = tokensOf(sentence, 'single');
      return { sentence, tokens, characters: tokens.map(({ characters }) => characters).join('') };
    });
    this.sentences.forEach(({ characters }, index) => {
      const key = characters.slice(0, keyLength);
      const known = this.byBeginning.get(key);
      if (known) known.push(index);
      else this.byBeginning.set(key, [index]);
    });
  }

  /** The words and trees of a text; undefined where its beginning is no sentence's. */
  find(text: string): AlignedConllu | undefined {
    const surface = visibleCharacters(text, 'single');
    for (const first of [this.next, ...this.candidates(surface.characters)]) {
      const end = this.endOf(first, surface.characters);
      if (end === first) continue;
      this.next = end;
      const found = this.sentences.slice(first, end);
      return collect(
        found.map(({ sentence }) => sentence),
        found.map(({ tokens }) => tokens),
        surface,
        0,
      );
    }
    return undefined;
  }

  /** Sentences that begin as the text does; shorter ones than the key are found by all of theirs. */
  private candidates(characters: string): number[] {
    const found: number[] = [];
    for (let length = Math.min(keyLength, characters.length); length > 0; length--)
      found.push(...(this.byBeginning.get(characters.slice(0, length)) ?? []));
    return found;
  }

  /** The sentence behind the last of those that the text consists of; `first` where it does not. */
  private endOf(first: number, characters: string): number {
    let at = 0;
    let end = first;
    while (end < this.sentences.length && at < characters.length) {
      const own = this.sentences[end].characters;
      // Of a text that is cut off, the last sentence is not there as a whole.
      if (!characters.startsWith(own, at)) return own.startsWith(characters.slice(at)) ? end : first;
      at += own.length;
      end++;
    }
    return at === characters.length ? end : first;
  }
}
