/** A half-open range of a text in UTF-16 units. */
export type Range = readonly [start: number, end: number];

/** One way in which a language writes strings. */
interface StringForm {
  /** What opens the string; sticky (`y`). */
  readonly open: RegExp;
  /** What closes it, given what `open` matched. Looked for at every unit that is not escaped. */
  readonly close: (opening: RegExpExecArray) => string | RegExp;
  /** Backslash takes away the meaning of the unit after it. */
  readonly escapes?: boolean;
  /** Two closing quotes in a row stand for one inside the string. */
  readonly doubles?: boolean;
  /** A string that the line's end ends, closed or not. */
  readonly oneLine?: boolean;
  /** Code inside the string, from its first to its last sign; brackets of the same kind nest in it. */
  readonly interpolation?: { readonly open: string; readonly bracket: string; readonly close: string };
}

/** What of a language's grammar decides where its strings begin and end. */
interface Grammar {
  /** Sticky patterns that are passed over whole: comments, and what has quotes without being a string. */
  readonly skip: readonly RegExp[];
  readonly strings: readonly StringForm[];
}

const quoted = (quote: string, more: Partial<StringForm> = {}): StringForm => ({
  open: new RegExp(quote, 'y'),
  close: () => quote,
  escapes: true,
  oneLine: quote.length === 1,
  ...more,
});
const hereDocument = (open: RegExp): StringForm => ({
  open,
  close: ([, word]) => new RegExp(`\\n[\\t ]*${word}\\b`, 'y'),
});

const hash = /#[^\n]*/y;
const slashes = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/y;
const dashes = /--[^\n]*/y;
/** A regular expression of JavaScript; told from a division by what stands before it. */
const regularExpression =
  /(?<=(?:^|[(,=:[!&|?{};+*~%<>-]|\breturn|\bcase|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y;
const character = /'(?:\\[^\n]{1,10}?|[^\\'\n]{1,2})'/y;
/** An apostrophe inside a number or a name. */
const innerApostrophe = /(?<=\w)'+/y;
/** What neither opens nor closes anything in any language: letters, digits, white space and the commonest signs. */
const plain = /[\w\s.,;]+/y;

const dollarBraces = { open: '${', bracket: '{', close: '}' };
const hashBraces = { open: '#{', bracket: '{', close: '}' };

const cLike: Grammar = { skip: [slashes, /(?<=\d)'(?=\d)/y], strings: [quoted('"'), quoted("'")] };
const javaScript: Grammar = {
  skip: [slashes, regularExpression],
  strings: [quoted('"'), quoted("'"), quoted('`', { oneLine: false, interpolation: dollarBraces })],
};
const python: Grammar = {
  skip: [hash],
  strings: [quoted('"""'), quoted("'''"), quoted('"'), quoted("'")],
};
const javaLike: Grammar = { skip: [slashes, character], strings: [quoted('"""'), quoted('"')] };
const kotlinLike: Grammar = {
  skip: [slashes, character],
  strings: [
    quoted('"""', { escapes: false, interpolation: dollarBraces }),
    quoted('"', { interpolation: dollarBraces }),
    quoted("'"),
  ],
};
const shell: Grammar = {
  skip: [/(?<=^|\s)#[^\n]*/y],
  strings: [
    hereDocument(/<<[-~]?[\t ]*\\?["']?(\w+)["']?[^\n]*/y),
    quoted("'", { escapes: false, oneLine: false }),
    quoted('"', { oneLine: false, interpolation: { open: '$(', bracket: '(', close: ')' } }),
  ],
};
/** For languages that nothing is known of: an apostrophe inside a word is none. */
const unknown: Grammar = {
  skip: [],
  strings: [quoted('"""'), quoted('"'), quoted("'", { open: /(?<![\p{L}\p{N}])'/uy }), quoted('`')],
};

const grammars: Readonly<Record<string, Grammar>> = {
  javascript: javaScript,
  javascriptreact: javaScript,
  typescript: javaScript,
  typescriptreact: javaScript,
  vue: javaScript,
  svelte: javaScript,
  python,
  starlark: python,
  toml: python,
  json: { skip: [], strings: [quoted('"')] },
  jsonc: { skip: [slashes], strings: [quoted('"')] },
  jsonl: { skip: [], strings: [quoted('"')] },
  c: cLike,
  cpp: {
    skip: cLike.skip,
    strings: [{ open: /(?<=R)"([^\s()\\]{0,16})\(/y, close: ([, word]) => `)${word}"` }, ...cLike.strings],
  },
  csharp: {
    skip: [slashes, character],
    strings: [
      quoted('"""', { escapes: false }),
      { open: /(?<=@\$?)"/y, close: () => '"', doubles: true },
      quoted('"'),
    ],
  },
  go: { skip: [slashes, character], strings: [quoted('"'), quoted('`', { escapes: false, oneLine: false })] },
  rust: {
    skip: [slashes, character],
    strings: [
      { open: /(?<=\bb?r)(#*)"/y, close: ([, hashes]) => `"${hashes}` },
      quoted('"', { oneLine: false }),
    ],
  },
  swift: {
    skip: [slashes],
    strings: [
      { open: /(#+)"/y, close: ([, hashes]) => `"${hashes}` },
      quoted('"""'),
      quoted('"', { interpolation: { open: '\\(', bracket: '(', close: ')' } }),
    ],
  },
  java: javaLike,
  scala: javaLike,
  groovy: { skip: [slashes], strings: python.strings },
  kotlin: kotlinLike,
  dart: { skip: [slashes], strings: [quoted("'''", { interpolation: dollarBraces }), ...kotlinLike.strings] },
  php: {
    skip: [slashes, hash],
    strings: [
      hereDocument(/<<<["']?(\w+)["']?/y),
      quoted('"', { oneLine: false }),
      quoted("'", { oneLine: false }),
    ],
  },
  ruby: {
    skip: [hash],
    strings: [
      hereDocument(/<<[-~]["'`]?(\w+)["'`]?[^\n]*/y),
      quoted('"', { oneLine: false, interpolation: hashBraces }),
      quoted("'", { oneLine: false }),
    ],
  },
  elixir: {
    skip: [hash],
    strings: [quoted('"""', { interpolation: hashBraces }), quoted('"', { interpolation: hashBraces })],
  },
  lua: {
    skip: [/--\[(=*)\[[^]*?\]\1\]/y, dashes],
    strings: [{ open: /\[(=*)\[/y, close: ([, signs]) => `]${signs}]` }, quoted('"'), quoted("'")],
  },
  sql: {
    skip: [dashes, /\/\*[^]*?(?:\*\/|$)/y],
    strings: [quoted("'", { escapes: false, oneLine: false, doubles: true })],
  },
  haskell: { skip: [dashes, character, innerApostrophe], strings: [quoted('"')] },
  julia: { skip: [hash, character], strings: [quoted('"""'), quoted('"')] },
  r: { skip: [hash], strings: [quoted('"', { oneLine: false }), quoted("'", { oneLine: false })] },
  perl: {
    skip: [hash],
    strings: [
      hereDocument(/<<~?["'](\w+)["'][^\n]*/y),
      quoted('"', { oneLine: false }),
      quoted("'", { oneLine: false }),
    ],
  },
  yaml: {
    skip: [/(?<=^|\s)#[^\n]*/my],
    strings: [
      quoted('"', { oneLine: false }),
      quoted("'", { open: /(?<![\p{L}\p{N}])'/uy, oneLine: false, escapes: false, doubles: true }),
    ],
  },
  shellscript: shell,
  html: {
    skip: [/<!--[^]*?-->/y],
    strings: [quoted('"', { open: /(?<==\s*)"/y, escapes: false, oneLine: false })],
  },
  xml: {
    skip: [/<!--[^]*?-->/y],
    strings: [quoted('"', { open: /(?<==\s*)"/y, escapes: false, oneLine: false })],
  },
};

const proseLanguages: ReadonlySet<string> = new Set([
  'plaintext',
  'markdown',
  'latex',
  'tex',
  'restructuredtext',
  'asciidoc',
  'org',
  'bibtex',
  'log',
  'csv',
  'tsv',
  'conllu',
  'git-commit',
  'prompt',
]);

/**
 * The inside of the innermost string literal around an offset, without its quotes.
 * @param language VS Code's identifier of the language; in prose nothing is a string.
 */
export function stringLiteralAt(text: string, offset: number, language: string): Range | undefined {
  if (proseLanguages.has(language)) return undefined;
  return new Scan(text, offset, grammars[language] ?? unknown).found();
}

/** A string of code: the range inside its quotes, and where the string begins with them. */
export interface StringLiteral {
  readonly inside: Range;
  readonly start: number;
}

/**
 * All string literals of a text that lie in no other, in their order.
 * @param language VS Code's identifier of the language; prose has none.
 */
export function stringLiterals(text: string, language: string): StringLiteral[] {
  if (proseLanguages.has(language)) return [];
  const scan = new Scan(text, text.length, grammars[language] ?? unknown);
  scan.found();
  return scan.outermost;
}

/** One walk over the code up to the string around `offset`. */
class Scan {
  readonly #text: string;
  readonly #offset: number;
  readonly #grammar: Grammar;
  #innermost: Range | undefined;
  /** How many strings the walk is inside of. */
  #depth = 0;
  readonly outermost: StringLiteral[] = [];

  constructor(text: string, offset: number, grammar: Grammar) {
    this.#text = text;
    this.#offset = offset;
    this.#grammar = grammar;
  }

  found(): Range | undefined {
    this.#code(0, undefined);
    return this.#innermost;
  }

  /** Passes over code until the bracket that closes it, or until past the offset. @returns where it stopped. */
  #code(from: number, brackets: { readonly bracket: string; readonly close: string } | undefined): number {
    let depth = 0;
    let at = from;
    while (at < this.#text.length && (brackets !== undefined || at <= this.#offset)) {
      const skipped = this.#skipped(at);
      if (skipped > 0) {
        at += skipped;
        continue;
      }
      const opened = this.#opening(at);
      if (opened) {
        at = this.#string(opened.form, opened.match);
        continue;
      }
      if (brackets && this.#text.startsWith(brackets.close, at)) {
        if (depth === 0) return at + brackets.close.length;
        depth--;
      } else if (brackets && this.#text.startsWith(brackets.bracket, at)) depth++;
      at++;
    }
    return at;
  }

  /** Length of what means nothing here: plain code, or a comment. */
  #skipped(at: number): number {
    const between = matchAt(plain, this.#text, at);
    if (between) return between[0].length;
    return Math.max(
      0,
      ...this.#grammar.skip.map((pattern) => matchAt(pattern, this.#text, at)?.[0].length ?? 0),
    );
  }

  #opening(at: number): { readonly form: StringForm; readonly match: RegExpExecArray } | undefined {
    for (const form of this.#grammar.strings) {
      const match = matchAt(form.open, this.#text, at);
      if (match) return { form, match };
    }
    return undefined;
  }

  /** Passes over one string and notes it where the offset lies in it. @returns where the code goes on. */
  #string(form: StringForm, opening: RegExpExecArray): number {
    const text = this.#text;
    const start = opening.index + opening[0].length;
    const close = form.close(opening);
    const outer = this.#innermost;
    this.#depth++;
    for (let at = start; ; at++) {
      if (form.doubles && typeof close === 'string' && text.startsWith(close + close, at)) {
        at += 2 * close.length - 1;
        continue;
      }
      const closing = closingLength(close, text, at);
      const atEnd = at >= text.length || (form.oneLine && text[at] === '\n');
      if (closing > 0 || atEnd) {
        // A string inside an interpolation of this one was found before this one.
        if (this.#offset >= start && this.#offset <= at && this.#innermost === outer)
          this.#innermost = [start, at];
        this.#depth--;
        if (this.#depth === 0) this.outermost.push({ inside: [start, at], start: opening.index });
        return at + closing;
      }
      if (form.interpolation && text.startsWith(form.interpolation.open, at)) {
        at = this.#code(at + form.interpolation.open.length, form.interpolation) - 1;
      } else if (form.escapes && text[at] === '\\') at++;
    }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function closingLength(close: string | RegExp, text: string, at: number): number {
  if (typeof close === 'string') return text.startsWith(close, at) ? close.length : 0;
  return matchAt(close, text, at)?.[0].length ?? 0;
}
