import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringLiteralAt } from '../../src/editor/literals';

/** The literal around the mark `¦` in a piece of code, as text. */
function literalAt(language: string, marked: string): string | undefined {
  const offset = marked.indexOf('¦');
  assert.ok(offset >= 0, 'the example has a cursor');
  const code = marked.replace('¦', '');
  const range = stringLiteralAt(code, offset, language);
  return range && code.slice(...range);
}

const examples: readonly (readonly [
  name: string,
  language: string,
  code: string,
  literal: string | undefined,
])[] = [
  ['double quotes', 'javascript', 'let a = "one t¦wo";', 'one two'],
  ['single quotes', 'typescript', "const a = 'one', b = 'tw¦o'", 'two'],
  ['the cursor right after the opening quote', 'javascript', 'f("¦one")', 'one'],
  ['the cursor right before the closing quote', 'javascript', 'f("one¦")', 'one'],
  ['between two strings', 'javascript', 'f("one" ¦+ "two")', undefined],
  ['an escaped quote', 'javascript', String.raw`f("say \"h¦i\" twice")`, String.raw`say \"hi\" twice`],
  ['an escaped backslash at the end', 'javascript', String.raw`f("C:\\") ¦+ "x"`, undefined],
  ['an apostrophe in a comment', 'javascript', "// don't\nf('on¦e')", 'one'],
  ['quotes in a block comment', 'java', '/* "a\n" */ f("on¦e")', 'one'],
  ['an address in a string, which is no comment', 'javascript', 'f("http://a.b", "tw¦o")', 'two'],
  ['a regular expression with a quote', 'javascript', 's.replace(/["\']/g, "") + "on¦e"', 'one'],
  ['a division, which is no regular expression', 'javascript', 'a / b + "o¦ne" / 2', 'one'],
  ['a template over lines', 'javascript', 'const p = `You are\nhel¦pful.`', 'You are\nhelpful.'],
  ['a template around an interpolation', 'typescript', '`a ${b({ c: "d" })} e¦`', 'a ${b({ c: "d" })} e'],
  ['a string inside an interpolation', 'typescript', '`a ${b({ c: "d¦" })} e`', 'd'],
  ['code inside an interpolation', 'typescript', '`a ${b¦ + `c`} e`', 'a ${b + `c`} e'],
  ['an unclosed string ends with its line', 'javascript', 'a = "open\nb = "on¦e"', 'one'],
  [
    'triple quotes with quotes in them',
    'python',
    'p = """He said "hi" and\nit\'s f¦ine."""',
    'He said "hi" and\nit\'s fine.',
  ],
  ['single triple quotes', 'python', "p = f'''a\n{b}¦'''", 'a\n{b}'],
  ['a hash in a string, which is no comment', 'python', 'f("# on¦e")', '# one'],
  ['an apostrophe in a comment of Python', 'python', "# it's\nx = 'on¦e'", 'one'],
  ['an empty string', 'python', 'f("¦")', ''],
  ['a text block', 'java', 'String s = """\n  one "two"\n  thr¦ee""";', '\n  one "two"\n  three'],
  ['a character of Java with a quote', 'java', `c == '"' ? "on¦e" : "two"`, 'one'],
  ['a raw string of C++', 'cpp', 'auto s = R"x(one " )" t¦wo)x";', 'one " )" two'],
  ['digits grouped by apostrophes', 'cpp', `n = 1'000'000; f("on¦e")`, 'one'],
  ['a verbatim string of C#', 'csharp', String.raw`var p = @"C:\"; var q = @"say ""h¦i""";`, 'say ""hi""'],
  ['a raw string of Go over lines', 'go', 'p := `one\n"tw¦o"`', 'one\n"two"'],
  ['lifetimes of Rust', 'rust', `fn f<'a>(x: &'a str) { g("on¦e") }`, 'one'],
  ['a raw string of Rust', 'rust', 'let s = r#"one "two" thr¦ee"#;', 'one "two" three'],
  ['an interpolation of Swift', 'swift', String.raw`let s = "a \(f("b¦")) c"`, 'b'],
  ['an interpolation of Kotlin', 'kotlin', 'val s = "a ${m["k"]} c¦"', 'a ${m["k"]} c'],
  ['an interpolation of Ruby', 'ruby', 's = "a #{h["k"]} c¦"', 'a #{h["k"]} c'],
  ['a here-document of Ruby', 'ruby', 'p = <<~PROMPT\n  Don\'t sa¦y "no".\nPROMPT\n', '\n  Don\'t say "no".'],
  ['a here-document of the shell', 'shellscript', "cat <<'EOF' | llm\nIt's o¦ne.\nEOF\n", "\nIt's one."],
  ['a command inside a shell string', 'shellscript', 'echo "a $(cat "b¦") c"', 'b'],
  ['doubled quotes of SQL', 'sql', "SELECT 'it''s ¦one' -- don't", "it''s one"],
  ['a long bracket of Lua', 'lua', 's = [==[one ]] t¦wo]==]', 'one ]] two'],
  ['a value of JSON', 'json', '{"a": "on¦e", "b": "two"}', 'one'],
  ['a key of YAML after an apostrophe in prose', 'yaml', 'a: don\'t\nb: "on¦e"', 'one'],
  ['an attribute of HTML', 'html', '<p title="on¦e">it\'s "two"</p>', 'one'],
  ['quotes in the text of HTML', 'html', '<p title="one">it\'s "tw¦o"</p>', undefined],
  ['an apostrophe in a language that nothing is known of', 'klingon', "don't say 'on¦e' or isn't", 'one'],
  ['prose', 'markdown', 'He said "on¦e" and left.', undefined],
];

describe('the string literal around the cursor', () => {
  for (const [name, language, code, literal] of examples) {
    it(`${language}: ${name}`, () => assert.equal(literalAt(language, code), literal));
  }

  it('is found in 200,000 units of code in a moment', () => {
    const line = "const words = ['one', \"two\"].map((word) => `${word}: it's ${word.length}`); // don't\n";
    const code = line.repeat(Math.ceil(200_000 / line.length));
    stringLiteralAt(code.slice(0, 10_000), 9_000, 'typescript');
    const before = performance.now();
    const last = code.lastIndexOf('two');
    assert.deepEqual(stringLiteralAt(code, last, 'typescript'), [last, last + 3]);
    const elapsed = performance.now() - before;
    assert.ok(elapsed < 500, `took ${elapsed} ms`);
  });
});
