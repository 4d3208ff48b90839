/** Lists of English words that decide where words and sentences end. All in lower case. */

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Abbreviations that a name follows: they never end a sentence. Without their dot. */
export const titles = list(`
  mr mrs ms mx messrs mmes dr prof st ste mt ft gen col lt maj capt cpt sgt cpl cmdr adm hon rev fr sr sra pres gov sen
  rep reps sens supt asst det insp amb pvt vs cf eg ie viz approx attn tel mob resp ph`);

/** Ordinary words that are abbreviations where a number follows (No. 5, Fig. 2, Mar. 3). Without their dot. */
export const beforeNumbers = list(`
  no nos fig figs eq eqs sec secs ch chap vol vols pp p para art ext op jan feb mar apr jun jul aug dec ca v nr ed fax`);

/** Abbreviations that may end a sentence. Without their dot. */
export const abbreviations = list(`
  etc inc corp co ltd llc plc bros jr esq phd dept univ assn ave blvd rd apt hwy sept oct nov tue tues thu thur thurs fri
  yrs mos wks hrs mins oz lb lbs tbsp tsp esp intl int'l gov't ass't calif conn fla okla ore tenn tex wis que ont arr
  misc al`);

/** Words that begin a sentence rather than follow an abbreviation inside one. */
export const sentenceStarters = list(`
  the a an this that these those it he she they we i you there here his her their its my our your who what when where why
  how which if but and or so yet because although though while since after before as at by for from in on to with without
  however moreover therefore meanwhile then also instead still thus hence is are was were do does did can could will would
  should may might must have has had no not nobody nothing some many most all both each every one let please thanks`);

/** Beginnings that stay with their word when a hyphen joins them: e-mail, non-stop; other compounds are taken apart. */
export const hyphenPrefixes = list(`
  e non pre anti mid re post co over pro multi ex sub semi cross neo psycho socio arch counter intra inter un micro macro
  meta pseudo quasi ultra super trans bi tri de dis extra hyper mega mini electro bio geo thermo ante auto
  infra para uber wi hi sci`);

/** What a number is written together with, and is a word of its own: 5 pm, 50 kg. */
export const units = list(`
  % ‰ ° am pm a.m p.m k m b bn mm cm km kg mg g lb lbs oz ft in hr hrs h min mins sec secs ms hz khz mhz ghz kb mb gb tb
  kw kwh mw mwh px pt x mph kph`);
