import type { HeadMeasure } from './measure';

export const syntactic: HeadMeasure = {
  label: 'Syntactic',
  description:
    'How often the head finds grammar: the share of words (relations other than root and punct) for which the other word that the word attends to most is its parent in the dependency tree, or (the better of the two) for which the other word that attends to it most is. The same for any other relation between words, of code or of a file: there a word may have several partners, and finding one of them counts. Over a data set: the best accuracy for one relation with at least 100 instances, where it beats every guess at a fixed distance, else 0.',
  source: 'Clark 2019; Dodrio 2021',
  unit: '',
  range: [0, 1],
  higher: 'the head follows the relations more often.',
  needs: 'parse',
  compute: ({ layer, head, block }) => {
    if (!block.syntax) return NaN;
    const { overall } = block.syntax;
    // [2, L, H]: as many heads per layer as the layer with the most has.
    const perDirection = overall.length / 2;
    const at = layer * (perDirection / block.attentions.length) + head;
    return Math.max(overall[at], overall[perDirection + at]);
  },
};
