import fc from 'fast-check';

/** Pieces of text that go wrong where positions are counted carelessly. */
const fragments = [
  '\r\n',
  '\n',
  '\t',
  ' ',
  '  ',
  '\u00a0',
  '\u2028', // line ends and blanks
  'e\u0301',
  'n\u0303\u0323',
  'a\u0323\u0302',
  '\u0308',
  '\ufb01',
  'İ',
  'ß',
  '½',
  '\u1e69', // marks, ligatures, case
  '😀',
  '👩‍💻',
  '👨‍👩‍👧‍👦',
  '🇩🇪',
  '👍🏽',
  '❤️',
  '𝔸',
  '𠜎', // beyond the basic plane
  '日本語',
  '한국어',
  'ｶﾞ',
  '中',
  'שלום',
  'مرحبا',
  '\u202eabc\u202c',
  'हिन्दी',
  'ไทย', // scripts
  '\ud83d',
  '\ude00',
  '\ufffd',
  '\u0000',
  '\u200b',
  '\ufeff', // broken and invisible
  'The',
  ' copies',
  "don't",
  'U.S.',
  'x_1',
  '##',
  '``',
  "''",
  '[MASK]',
  '<mask>',
  '<|endoftext|>',
  '▁',
  '–',
  '…',
] as const;

/** Texts of such fragments and of arbitrary UTF-16 units, lone surrogates included. */
export const unicodeText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...fragments) },
      { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
      {
        weight: 1,
        arbitrary: fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 4 }),
      },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));
