/**
 * Where English words are written together and Universal Dependencies takes them apart (English guidelines, and what the
 * English Web Treebank does): clitics (do|n't, it|'s, we|'ll), fused words (can|not, gon|na), and their spellings without
 * an apostrophe where nothing else is spelt so (do|nt, you|re).
 */

/** Words that are two words; the number says where the second one begins. */
const fused: Readonly<Record<string, number>> = {
  cannot: 3,
  gonna: 3,
  wanna: 3,
  gotta: 3,
  outta: 3,
  gimme: 3,
  lemme: 3,
  "d'you": 2,
  "'tis": 2,
  "'twas": 2,
  "'twere": 2,
  "'twill": 2,
  "y'all": 2,
  "c'mon": 3,
  // Without the apostrophe, as in chats. `its`, `were`, `well`, `shell`, `hell`, `id`, `wed` are words of their own.
  dont: 2,
  doesnt: 4,
  didnt: 3,
  cant: 2,
  couldnt: 5,
  wont: 2,
  wouldnt: 5,
  shouldnt: 6,
  isnt: 2,
  arent: 3,
  wasnt: 3,
  werent: 4,
  hasnt: 3,
  havent: 4,
  hadnt: 3,
  aint: 2,
  im: 1,
  ive: 1,
  youre: 3,
  youve: 3,
  youll: 3,
  theyre: 4,
  theyve: 4,
  thats: 4,
  whats: 4,
  theres: 5,
};

const negation = /n['’]t$/i;
const clitic = /['’`´](?:s|m|d|re|ve|ll)$/i;
/** French and Italian articles before a name: d'|Orleans; not D'Angelo, O'Brien, l'espalier. */
const elision = /^d['’](?=\p{Lu})/u;

/**
 * Where to cut a word.
 *
 * @param word letters and apostrophes, without punctuation around it
 * @returns positions inside the word, rising; empty for a word that stays whole
 */
export function contractionCuts(word: string): number[] {
  const lower = word.toLowerCase().replaceAll('’', "'");
  // `IM` is an abbreviation, `Im` and `im` are not.
  const whole = Object.hasOwn(fused, lower) && word !== 'IM' ? fused[lower] : undefined;
  if (whole !== undefined) return [whole];
  const cuts: number[] = [];
  let rest = word;
  for (;;) {
    const match = negation.exec(rest) ?? clitic.exec(rest);
    // Decades and plurals of letters and digits (1990's, the 80's) are one word.
    if (!match || match.index === 0 || (/\d$/.test(rest.slice(0, match.index)) && /s$/i.test(rest))) break;
    cuts.unshift(match.index);
    rest = rest.slice(0, match.index);
  }
  const article = elision.exec(rest);
  if (article && rest.length > 3) cuts.unshift(article[0].length);
  return cuts;
}
