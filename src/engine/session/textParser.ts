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
