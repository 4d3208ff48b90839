import { UserError } from '../errors';
import type { SafetensorsFile } from '../safetensorsFile';

/**
 * Parents of words, which must be words of the same text and lead to a root.
 * @param parents [W], −1 for a root
 * @throws UserError where they are no forest
 */
export function checkedParents(file: SafetensorsFile, name: string, parents: Int32Array): Int32Array {
  const outside = parents.findIndex((parent) => parent < -1 || parent >= parents.length);
  if (outside >= 0) {
    throw new UserError(
      `${file.path}: “${name}” gives word ${outside} the parent ${parents[outside]}; there are ${parents.length} words. Write −1 for a root.`,
    );
  }
  // Each word is walked over once: 1 while it is on the present way, 2 when its way is known to end.
  const state = new Uint8Array(parents.length);
  for (let word = 0; word < parents.length; word++) {
    let at = word;
    while (at >= 0 && state[at] === 0) {
      state[at] = 1;
      at = parents[at];
    }
    if (at >= 0 && state[at] === 1) {
      throw new UserError(`${file.path}: in “${name}”, word ${at} depends on itself. A parse is a tree.`);
    }
    for (let back = word; back >= 0 && state[back] === 1; back = parents[back]) state[back] = 2;
  }
  return parents;
}
