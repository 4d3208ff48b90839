import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors';
import { ConlluTexts } from '../syntax/conlluTexts';
import { encodingOf, readHead } from './reading/characters';

const largestTreebank = 512 << 20;

/** The trees of a CoNLL-U file, and what tells it from others. @throws UserError where it is none, or too large to be held */
export async function readTrees(
  path: string,
): Promise<{ readonly trees: ConlluTexts; readonly digest: string }> {
  const { bytes, size } = await readHead(path);
  const encoding = encodingOf(path, bytes);
  if (size > largestTreebank)
    throw new UserError(`“${path}” has more than 512 MB. Give the trees of the texts that are run only.`);
  const conllu = await readFile(path, encoding);
  return { trees: new ConlluTexts(conllu), digest: createHash('sha256').update(conllu).digest('hex') };
}
