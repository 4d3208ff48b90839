import { attentionFlow } from '../src/engine/measures/flow';
import type { Tensor } from '../src/protocol/tensor';
import { median } from './statistics';

/** Seconds of attention flow between all pairs of tokens. */
export interface FlowTimes {
  readonly attention: string;
  readonly layers: number;
  readonly tokens: number;
  readonly best: number;
  readonly median: number;
}

const layers = 12;
const tokens = 128;
const runs = 5;

/** The usual worst case of the literature's model, 12 layers and 128 tokens, for attention of an encoder and of a decoder. */
export function timeFlow(): FlowTimes[] {
  return (
    [
      ['to all tokens', () => 1],
      ['causal', (i, j) => (j <= i ? 1 : 0)],
      ['causal, half of it to the first token', (i, j) => (j === 0 ? 3000 * (i + 1) : j <= i ? 1 : 0)],
    ] as const satisfies readonly (readonly [string, (i: number, j: number) => number])[]
  ).map(([attention, weight]) => {
    const attentions = sharpAttention(weight);
    const seconds = Array.from({ length: runs }, () => {
      const began = performance.now();
      attentionFlow(attentions);
      return (performance.now() - began) / 1000;
    });
    return { attention, layers, tokens, best: Math.min(...seconds), median: median(seconds) };
  });
}

/** Softmax of scores that are spread evenly over 0 to 8, times a factor for each pair. */
function sharpAttention(factor: (i: number, j: number) => number): Tensor[] {
  return Array.from({ length: layers }, (_, layer) => {
    const data = new Float32Array(tokens * tokens);
    for (let i = 0; i < tokens; i++) {
      let sum = 0;
      for (let j = 0; j < tokens; j++) {
        // Steps of the golden ratio stand for chance.
        const score = 8 * (((i * tokens + j) * 0.6180339887 * (layer + 1)) % 1);
        data[i * tokens + j] = factor(i, j) * Math.exp(score);
        sum += data[i * tokens + j];
      }
      for (let j = 0; j < tokens; j++) data[i * tokens + j] /= sum;
    }
    return { data, dims: [1, tokens, tokens] };
  });
}
