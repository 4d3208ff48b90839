/**
 * Whether a text reads as running English prose, so that a dependency parse of it means something: mostly letters of the
 * Latin script in words, few of the marks that code is made of. Errs on the side of parsing.
 */
export function isProse(text: string): boolean {
  const sample = text.slice(0, 4000);
  const words = sample.match(/\p{Script=Latin}+/gu) ?? [];
  if (words.length === 0) return false;
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  const visible = sample.replace(/\s/g, '').length;
  const otherLetters = (sample.match(/\p{L}/gu)?.length ?? 0) - letters;
  if (otherLetters > letters) return false;
  const codeMarks = sample.match(/[{}[\];=<>|\\^~`$_]|=>|::|\/\/|\/\*/g)?.length ?? 0;
  return letters >= visible * 0.55 && codeMarks <= words.length * 0.25;
}
