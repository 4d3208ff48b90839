import { LRUCache } from 'lru-cache';
import type { InspectRequest, Parse, WordRow } from '../../protocol/inspection';
import { UserError } from '../errors';
import { alignConllu } from '../syntax/conlluAlignment';
import { DependencyParser } from '../syntax/parser';
import { segment } from '../syntax/segment';
import { isProse } from './prose';

/** Words of a text with, where there is one, their parse. */
export interface ParsedText {
  readonly words: WordRow;
  readonly parse?: Parse;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/** Parses that are remembered: another model or target on the same text does not parse again. */
const remembered = 32;

/** Words and dependencies of texts: by the built-in parser, or from a CoNLL-U text of the user's. */
export class TextParser {
  private parser: Promise<DependencyParser> | undefined;
  private readonly parsed = new LRUCache<string, ParsedText>({ max: remembered });

  /** @param folder of the dependency parser's model; it is opened by the first text that is prose */
  constructor(private readonly folder: string) {}

  /**
   * @param how `auto` parses English prose only: on code or other languages a tree would be invented
   * @throws UserError where a CoNLL-U text is not valid or does not match
   */
  async parse(text: string, how: NonNullable<InspectRequest['parse']>): Promise<ParsedText> {
    if (typeof how === 'object') return alignConllu(text, how.conllu);
    const known = this.parsed.get(`${how} ${text}`);
    if (known !== undefined) return known;
    const words = segment(text);
    const result = how === 'none' || !isProse(text) ? { words, notes: [] } : await this.parseProse(words);
    this.parsed.set(`${how} ${text}`, result);
    return result;
  }

  /** As {@link parse} with `auto`, of many texts: sentences of all of them share the parser's runs. */
  async parseMany(texts: readonly string[]): Promise<ParsedText[]> {
    const words = texts.map(segment);
    const prose = texts.flatMap((text, index) => (isProse(text) ? [index] : []));
    let sentences = 0;
    const numbers = prose.flatMap((index) => {
      const first = sentences;
      sentences += (words[index].sentences.at(-1) ?? -1) + 1;
      return Array.from(words[index].sentences, (sentence) => first + sentence);
    });
    const all: WordRow = {
      text: prose.flatMap((index) => words[index].text),
      offsets: new Int32Array(0),
      sentences: Int32Array.from(numbers),
    };
    const { parse } = prose.length === 0 ? {} : await this.parseProse(all);
    let at = 0;
    return texts.map((_, index): ParsedText => {
      const own = { words: words[index], notes: [] };
      if (parse === undefined || !prose.includes(index)) return own;
      const [from, to] = [at, (at += own.words.text.length)];
      return {
        ...own,
        parse: {
          heads: parse.heads.slice(from, to).map((head) => (head < 0 ? -1 : head - from)),
          relations: parse.relations.slice(from, to),
          upos: parse.upos.slice(from, to),
          source: parse.source,
        },
      };
    });
  }

  /** The tree over words that were found otherwise, of English prose only. @returns [W] parents, −1 for roots */
  async treeOver(text: string, words: WordRow): Promise<Int32Array | undefined> {
    return isProse(text) ? (await this.parseProse(words)).parse?.heads : undefined;
  }

  /** Without its parser an inspection still has everything else. */
  private async parseProse(words: WordRow): Promise<ParsedText> {
    try {
      this.parser ??= DependencyParser.load(this.folder);
      const { parse, notes } = await (await this.parser).parseWords(words);
      return { words, parse, notes };
    } catch (error) {
      this.parser = undefined;
      if (!(error instanceof UserError)) throw error;
      return { words, notes: [error.message] };
    }
  }
}
