import { attentionFlow } from '../src/engine/measures/flow';
import type { Tensor } from '../src/protocol/tensor';

/** Seconds of attention flow between all pairs of tokens, the best of some runs. */
export interface FlowTimes {
  readonly attention: string;
  readonly layers: number;
  readonly tokens: number;
  /** On the clock. */
  readonly clock: number;
  /** Of a core: says more than the clock on a machine that has other work. */
  readonly work: number;
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
    const times = Array.from({ length: runs }, () => {
      const [began, worked] = [performance.now(), process.cpuUsage()];
      attentionFlow(attentions);
      const { user, system } = process.cpuUsage(worked);
      return { clock: (performance.now() - began) / 1000, work: (user + system) / 1e6 };
    });
    const best = (of: (time: (typeof times)[number]) => number): number => Math.min(...times.map(of));
    return { attention, layers, tokens, clock: best(({ clock }) => clock), work: best(({ work }) => work) };
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
