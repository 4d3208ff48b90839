/** Names under which texts are published, in the order in which one is chosen. */
export const textNames: readonly string[] = [
  'text',
  'sentence',
  'content',
  'review',
  'prompt',
  'question',
  'premise',
  'sentence1',
  'question1',
  'text_a',
  'review_text',
  'reviewtext',
  'comment',
  'comment_text',
  'tweet',
  'body',
  'utterance',
  'message',
  'query',
  'document',
  'article',
  'input',
  'instruction',
  'description',
  'title',
];

/** Names of two texts that belong together. */
export const pairNames: readonly (readonly [string, string])[] = [
  ['premise', 'hypothesis'],
  ['sentence1', 'sentence2'],
  ['sentence_1', 'sentence_2'],
  ['question1', 'question2'],
  ['text1', 'text2'],
  ['text_a', 'text_b'],
  ['question', 'sentence'],
  ['question', 'context'],
  ['query', 'passage'],
];

/** Names of what a text is. */
export const labelNames: readonly string[] = [
  'label',
  'labels',
  'class',
  'sentiment',
  'category',
  'target',
  'gold_label',
  'label_text',
  'polarity',
  'emotion',
  'intent',
  'rating',
  'stars',
  'score',
];
