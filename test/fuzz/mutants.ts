import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { bytesOf } from '../../src/engine/onnx/constants';
import { copyModel } from '../../src/engine/onnx/copy';
import type { ConstantTensor, Model } from '../../src/engine/onnx/graph';
import { decodeModel } from '../../src/engine/onnx/read';
import { encodeModel } from '../../src/engine/onnx/write';
import { byteMutations } from './byteMutations';
import { graphMutations } from './graphMutations';
import { damagedJson, enlargedVocabulary } from './jsonMutations';
import type { Random } from './random';

/** A sound model that mutants are made from. */
export interface Fixture {
  /** Holds config.json and the tokenizer. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly onnx: string;
}

/** A folder with a damaged model in it. */
export interface Mutant {
  readonly folder: string;
  readonly onnx: string;
  /** From which fixture, and what is wrong with it. */
  readonly description: string;
}

/** Larger fixtures say nothing new and take long to copy. */
const largestFixture = 4 << 20;

/** All ONNX files below a folder of model folders, in a fixed order. */
export function fixturesIn(root: string): Fixture[] {
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'config.json')))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((file) => file.endsWith('.onnx') && statSync(join(folder, file)).size <= largestFixture)
        .map((onnx) => ({ folder, onnx })),
    )
    .sort((a, b) => (join(a.folder, a.onnx) < join(b.folder, b.onnx) ? -1 : 1));
}

/** Makes one mutant in `target`, a folder that does not exist yet. */
export function makeMutant(fixture: Fixture, target: string, random: Random): Mutant {
  copyFixture(fixture, target);
  const chance = random.below(100);
  const json = ['tokenizer.json', 'tokenizer_config.json', 'config.json', 'special_tokens_map.json'].filter(
    (name) => existsSync(join(target, name)),
  );
  const what =
    chance < 30
      ? damageBytes(fixture, target, random)
      : chance < 70
        ? damageGraph(fixture, target, random)
        : chance < 80
          ? moveWeights(fixture, target, random)
          : damageJson(json, target, random);
  return {
    folder: target,
    onnx: fixture.onnx,
    description: `${basename(fixture.folder)}/${fixture.onnx}: ${what}`,
  };
}

/** Links instead of copies: only what is damaged is written anew. */
function copyFixture({ folder, onnx }: Fixture, target: string): void {
  mkdirSync(join(target, dirname(onnx)), { recursive: true });
  for (const place of new Set(['', dirname(onnx)])) {
    for (const name of readdirSync(join(folder, place))) {
      const from = join(folder, place, name);
      const isWanted = /\.(json|onnx|txt|data|onnx_data)$/.test(name) || name.startsWith('model');
      if (isWanted && name !== 'inputs.json' && statSync(from).isFile())
        linkOrCopy(from, join(target, place, name));
    }
  }
}

function linkOrCopy(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    writeFileSync(to, readFileSync(from));
  }
}

/** Never through the link: that would damage the fixture. */
function replace(path: string, content: Uint8Array | string): void {
  rmSync(path, { force: true });
  writeFileSync(path, content);
}

function damageBytes({ folder, onnx }: Fixture, target: string, random: Random): string {
  const { bytes, what } = random.pick(byteMutations)(readFileSync(join(folder, onnx)), random);
  replace(join(target, onnx), bytes);
  return what;
}

function damageGraph({ folder, onnx }: Fixture, target: string, random: Random): string {
  const path = join(folder, onnx);
  const model = copyModel(decodeModel(readFileSync(path), path));
  const done: string[] = [];
  for (let count = 1 + random.below(3); count > 0 && model.graph.nodes.length > 0; count--)
    done.push(random.pick(graphMutations)(model, random));
  try {
    replace(join(target, onnx), encodeModel(model));
  } catch (error) {
    // Some damage cannot even be written down; another kind is done instead.
    if (!(error instanceof Error)) throw error;
    return damageBytes({ folder, onnx }, target, random);
  }
  return done.join('; ');
}

/** Puts the weights into a file of their own and refers to it wrongly. */
function moveWeights({ folder, onnx }: Fixture, target: string, random: Random): string {
  const path = join(folder, onnx);
  const model: Model = copyModel(decodeModel(readFileSync(path), path));
  const home = join(target, dirname(onnx));
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const places = new Map<string, { tensor: ConstantTensor; offset: number; length: number }>();
  for (const [name, tensor] of model.graph.initializers) {
    if (tensor.content.kind === 'strings') continue;
    const bytes = bytesOf(model, tensor);
    places.set(name, { tensor, offset, length: bytes.length });
    chunks.push(bytes);
    offset += bytes.length;
  }
  const weights = Buffer.concat(chunks);
  const outside = join(dirname(target), `${basename(target)}.weights`);
  const location = random.pick([
    'weights.bin',
    'weights.bin',
    `../../${basename(outside)}`,
    outside,
    'link.bin',
    '/dev/zero',
    '/etc/passwd',
    '.',
    '',
    'nothing.bin',
    '\u0000',
    'weights.bin/more',
    'C:\\weights.bin',
    './weights.bin',
    'loop.bin',
    'pipe/../weights.bin',
  ]);
  replace(
    join(home, 'weights.bin'),
    weights.subarray(0, random.below(4) === 0 ? random.below(weights.length) : undefined),
  );
  if (location === 'link.bin') {
    writeFileSync(outside, weights);
    symlinkSync(outside, join(home, 'link.bin'));
  }
  if (location === 'loop.bin') symlinkSync('loop.bin', join(home, 'loop.bin'));
  const shift = random.pick([0, 0, 0, 1, -1, 2 ** 31, 2 ** 53, -(2 ** 40)]);
  const stretch = random.pick([0, 0, 0, 1, -1, 2 ** 40]);
  const damaged = random.pick([...places.keys()]);
  for (const [name, place] of places) {
    const isDamaged = name === damaged;
    model.graph.initializers.set(name, {
      ...place.tensor,
      content: {
        kind: 'external',
        location,
        offset: place.offset + (isDamaged ? shift : 0),
        length: place.length + (isDamaged ? stretch : 0),
      },
    });
  }
  replace(join(target, onnx), encodeModel(model));
  return `weights in ${JSON.stringify(relative(target, location) && location)}, offset ${shift}, length ${stretch} off`;
}

function damageJson(names: readonly string[], target: string, random: Random): string {
  const name = random.pick(names);
  const path = join(target, name);
  const text = readFileSync(path, 'utf8');
  const isVocabulary = name === 'tokenizer.json' && random.below(3) === 0;
  const damaged = (isVocabulary ? enlargedVocabulary : damagedJson)(text, random);
  replace(path, damaged.text);
  return `${name} ${damaged.what}`;
}
