/** Stretches of text that the scores of tokens add up to, from the smallest on. */
export const textLevels = ['token', 'word', 'line', 'sentence', 'paragraph'] as const;
export type TextLevel = (typeof textLevels)[number];
