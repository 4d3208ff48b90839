import { stringLiterals } from './literals';
import type { Range } from './literals';

/** What counts as a prompt among the strings of code. */
export interface PromptForms {
  /** Words that any string must have. */
  readonly leastWords: number;
  /** A name before the string, `systemPrompt = `, that makes a shorter one a prompt too. */
  readonly names: RegExp;
}

/** Words that a string with a telling name must have. */
const fewestWords = 4;
/** Units of code before a string in which its name is looked for. */
const unitsBefore = 120;
/** `name =`, `name: Type =`, `"name": `, `name(`: what a string is given to, at the end of the code before it. */
const nameBefore =
  /([\p{L}_$][\p{L}\p{N}_$.-]*)["'`]?\s*(?::\s*[\w<>[\]., |]{1,40}=|[:=(]|:=|=>|\+=)\s*(?:\w{1,3})?$/u;

/**
 * String literals that are likely prompts: long enough to be prose, or shorter and given to something that is called so.
 * @param language VS Code's identifier of the language
 * @returns ranges inside the quotes, in the order of the text
 */
export function promptLiterals(text: string, language: string, { leastWords, names }: PromptForms): Range[] {
  return stringLiterals(text, language)
    .filter(({ inside: [start, end], start: quote }) => {
      const words = proseWords(text.slice(start, end));
      if (words >= leastWords) return true;
      if (words < fewestWords) return false;
      const name = nameBefore.exec(text.slice(Math.max(0, quote - unitsBefore), quote))?.[1];
      return name !== undefined && names.test(name);
    })
    .map(({ inside }) => inside);
}

/** Words of letters that stand between spaces; 0 for what is no prose: paths, queries, base 64. */
function proseWords(text: string): number {
  const pieces = text.split(/\s+/).filter((piece) => piece !== '');
  const words = pieces.filter((piece) => /^["'(“‘*#-]*\p{L}[\p{L}'’-]*[.,:;!?)"'”’*]*$/u.test(piece));
  return words.length >= 0.6 * pieces.length ? words.length : 0;
}
