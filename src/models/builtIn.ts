/** A model that comes with the extension. */
export interface BuiltInModel {
  readonly name: string;
  /** One line for lists. */
  readonly description: string;
  /** What it may be asked for. */
  readonly detail: string;
}

/** The built-in models that can be inspected, the default first; each is a folder of `media/models`. */
export const builtInModels: readonly BuiltInModel[] = [
  {
    name: 'headlight-encoder-sentiment',
    description: 'negative, neutral or positive',
    detail: 'BERT, 4 layers of 8 heads, English: which words make a sentence sound the way it does',
  },
  {
    name: 'headlight-decoder',
    description: 'the next token',
    detail: 'Causal language model, English and code: what follows a prompt, and which words drive it',
  },
];

export function isBuiltIn(reference: string): boolean {
  return builtInModels.some(({ name }) => name === reference);
}
