import { attribute, stringOf, type Node } from '../../onnx/graph';
import { unsupported } from '../unsupported';
import type { GradientRule } from '../rule';

/** `ij,jk->ik`: the letters of each input and of the output; those of the output may be left out. */
function termsOf(node: Node): { readonly inputs: readonly string[]; readonly output: string } {
  const [left, right] = stringOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const inputs = left.split(',');
  if (right !== undefined) return { inputs, output: right };
  const letters = [...left.replace(/[,.]/g, '')];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return { inputs, output: (left.includes('...') ? '...' : '') + once.join('') };
}

/** Sums of products over named axes: the gradient of one factor is such a sum too, over dy and the other factors. */
const einsum: GradientRule = {
  operators: ['Einsum'],
  broadcasts: true,
  gradient: ({ node, dy, x, ops }) => {
    const { inputs, output } = termsOf(node);
    return inputs.map((term, index) => () => {
      const letters = [...term.replace('...', '')];
      if (new Set(letters).size < letters.length) throw unsupported(node, 'it takes a diagonal');
      const others = inputs.filter((_, other) => other !== index);
      // Axes that were only summed away: every element along them has the same gradient.
      const seen = output + others.join('');
      const summed = letters.filter((letter) => !seen.includes(letter));
      if (summed.length > 0 && term.includes('...'))
        throw unsupported(node, 'it sums one input alone, beside axes without a name');
      const kept = [...summed].reduce((rest, letter) => rest.replace(letter, ''), term);
      const factors = inputs.flatMap((_, other) => (other === index ? [] : [x(other)]));
      const gradient = ops.op(
        'Einsum',
        [dy, ...factors],
        [attribute.string('equation', `${[output, ...others].join(',')}->${kept}`)],
      );
      if (summed.length === 0) return gradient;
      const axes = letters.flatMap((letter, axis) => (summed.includes(letter) ? [axis] : []));
      return ops.expandLike(ops.unsqueeze(gradient, axes), node.inputs[index]);
    });
  },
};

export const einsumRules = [einsum];
