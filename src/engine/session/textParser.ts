import type { InspectRequest, Parse, WordRow } from '../../protocol/inspection';

export class TextParser {
  constructor(readonly folder: string) {}

  parse(
    text: string,
    _how: NonNullable<InspectRequest['parse']>,
  ): Promise<{ words: WordRow; parse?: Parse; notes: string[] }> {
    const words = [...new Intl.Segmenter('en', { granularity: 'word' }).segment(text)].filter(
      ({ segment }) => segment.trim() !== '',
    );
    return Promise.resolve({
      words: {
        text: words.map((w) => w.segment),
        offsets: Int32Array.from(words.flatMap((w) => [w.index, w.index + w.segment.length])),
        sentences: new Int32Array(words.length),
      },
      notes: [],
    });
  }
}
