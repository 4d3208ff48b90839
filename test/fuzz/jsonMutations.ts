import type { Random } from './random';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const oddValues: readonly Json[] = [
  null,
  true,
  -1,
  0,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  '\u0000',
  '(a+)+$',
  '\ud800',
  [],
  {},
  [[[[[]]]]],
  { type: 'Nothing' },
  { type: 'Sequence', normalizers: [], pretokenizers: [], processors: [], decoders: [] },
];

/** Every place in a JSON value, as the containers and keys that lead there; large vocabularies are looked into here and there only. */
function placesOf(root: Json, random: Random): { container: Json; key: string | number }[] {
  const places: { container: Json; key: string | number }[] = [];
  const walk = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    const some = keys.length > 40 ? Array.from({ length: 8 }, () => random.pick(keys)) : keys;
    for (const key of some) {
      places.push({ container: value, key });
      walk((value as Record<string, Json>)[key]);
    }
  };
  walk(root);
  return places;
}

/** Damages a JSON file: cut off, garbled, or valid with something odd in one to three places. */
export function damagedJson(text: string, random: Random): { text: string; what: string } {
  switch (random.below(8)) {
    case 0: {
      const length = random.below(text.length);
      return { text: text.slice(0, length), what: `cut off after ${length} characters` };
    }
    case 1: {
      const odd = random.pick([
        '',
        'null',
        '[]',
        '3',
        '"text"',
        '{}',
        '[[[['.repeat(5000),
        '\ufeff{}',
        '\u0000\u0001',
      ]);
      return { text: odd, what: `is ${JSON.stringify(odd.slice(0, 12))}` };
    }
    default: {
      const root = JSON.parse(text) as Json;
      const done: string[] = [];
      for (let count = 1 + random.below(3); count > 0; count--) {
        const places = placesOf(root, random);
        if (places.length === 0) break;
        const { container, key } = random.pick(places);
        const record = container as Record<string, Json>;
        if (random.below(4) === 0 && !Array.isArray(container)) delete record[key];
        else record[key] = structuredClone(random.pick(oddValues));
        done.push(`${key}: ${JSON.stringify(record[key])?.slice(0, 24) ?? 'missing'}`);
      }
      return { text: JSON.stringify(root), what: done.join('; ') };
    }
  }
}

/** Adds words to the vocabulary that the model has no embeddings for. */
export function enlargedVocabulary(text: string, random: Random): { text: string; what: string } {
  const root = JSON.parse(text) as { added_tokens?: Json[]; model?: { vocab?: Json } };
  const id = 5000 + random.below(100_000);
  const token = {
    id,
    content: 'fox',
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: false,
  };
  const vocabulary = root.model?.vocab;
  if (
    random.below(2) === 0 &&
    typeof vocabulary === 'object' &&
    vocabulary !== null &&
    !Array.isArray(vocabulary)
  ) {
    vocabulary['▁fox'] = id;
    vocabulary['the'] = id + 1;
  } else root.added_tokens = [...(root.added_tokens ?? []), token];
  return { text: JSON.stringify(root), what: `has a word number ${id}` };
}
