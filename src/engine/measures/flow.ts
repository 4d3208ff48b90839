import type { Tensor } from '../../protocol/tensor';
import { passedOn } from './rollout';
import type { SaliencyMeasure } from './saliency';

/** Below this a residual capacity is rounding. */
const negligible = 1e-12;

/**
 * Attention flow: the maximum flow from each output token, through the layers from the last to the first, to each input token,
 * with capacities `Ã` ({@link passedOn}).
 * Source: Abnar & Zuidema 2020.
 *
 * Dinic's algorithm on the layered graph of `L·S²` edges. At most `L·S` phases of O(L²·S³) per pair of tokens in theory; in practice
 * most pairs end in their first phase, in time proportional to the edges that the flow uses, because a cut at the output or at the input
 * token bounds it.
 * @param attentions per layer [H, S, S], self-attention of one block
 * @param outputs tokens whose rows are computed; default: all
 * @returns [outputs, S], 0 to 1
 */
export function attentionFlow(attentions: readonly Tensor[], outputs?: readonly number[]): Tensor {
  const steps = attentionFlowSteps(attentions, outputs);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * {@link attentionFlow} in steps of one pair of tokens, so that a caller can tell of progress, and stop.
 * @returns yields the share that is done, 0 to 1; returns [outputs, S]
 */
export function* attentionFlowSteps(
  attentions: readonly Tensor[],
  outputs?: readonly number[],
): Generator<number, Tensor, void> {
  const tokens = attentions.length > 0 ? attentions[0].dims[1] : 0;
  const rows = outputs ?? Array.from({ length: tokens }, (_, i) => i);
  const network = new LayeredNetwork(attentions.map(passedOn), tokens);
  const data = new Float32Array(rows.length * tokens);
  for (const [row, output] of rows.entries()) {
    const reached = network.reachedBelow(output);
    for (let input = 0; input < tokens; input++) {
      data[row * tokens + input] = network.maximumFlow(output, input, reached);
      yield (row * tokens + input + 1) / data.length;
    }
  }
  return { data, dims: [rows.length, tokens] };
}

/** The row of the prediction's position; it is not cheap, so it is computed only where it is asked for, in steps. */
export const attentionFlowSaliency: SaliencyMeasure = {
  label: 'Attention flow',
  description:
    'The most of each token that attention can carry to the position of the prediction through all layers: the maximum flow in the layered graph with capacities Ã = row-normalised(½·mean over heads of A + ½·I). It does not look at the target.',
  source: 'Abnar & Zuidema 2020',
  unit: '',
  range: [0, 1],
  higher: 'more of the token can reach the prediction by attention.',
  isSigned: false,
  aggregation: 'sum',
};

/**
 * Nodes `(t, i)`, number `t·S + i`: token i after t layers, from the output (t = L) down to the input (t = 0). The edge from
 * `(t, i)` to `(t − 1, k)` has the number `(t − 1)·S² + i·S + k`. Flow on an edge is its capacity less its residual, so an edge can be
 * walked backwards as far as the two differ.
 *
 * A node has S arcs forwards, number `a` leading to token `(i + a) mod S` one layer down, since the residual connection makes the
 * edge to the same token the widest; then S arcs backwards, number `S + k` leading to token k one layer up. Just above the
 * inputs only one arc forwards counts, the one to the input asked for.
 */
class LayeredNetwork {
  private readonly layers: number;
  private readonly capacity: Float64Array;
  private readonly residual: Float64Array;
  /** Edges that carry flow, to be emptied before the next pair. */
  private used: number[] = [];
  /** [nodes] t of each node. */
  private readonly layerOf: Int32Array;
  /** [nodes] distance from the output; −1: not to be walked to in this phase. */
  private readonly level: Int32Array;
  /** [nodes] the first arc of each node that may still lead somewhere in this phase. */
  private readonly nextArc: Int32Array;
  private readonly queue: Int32Array;
  /** By step: the node it leaves, the edge it takes (`~edge`: backwards), the least that is left on the path before it. */
  private readonly path: Int32Array;
  private readonly taken: Int32Array;
  private readonly least: Float64Array;

  constructor(
    passed: readonly Float64Array[],
    private readonly tokens: number,
  ) {
    this.layers = passed.length;
    const size = tokens * tokens;
    const nodes = (this.layers + 1) * tokens;
    this.capacity = new Float64Array(this.layers * size);
    passed.forEach((matrix, layer) => this.capacity.set(matrix, layer * size));
    this.residual = this.capacity.slice();
    this.layerOf = Int32Array.from({ length: nodes }, (_, node) => Math.floor(node / tokens));
    this.level = new Int32Array(nodes);
    this.nextArc = new Int32Array(nodes);
    this.queue = new Int32Array(nodes);
    this.path = new Int32Array(nodes + 1);
    this.taken = new Int32Array(nodes + 1);
    this.least = new Float64Array(nodes + 1);
  }

  /** [S] 1 for tokens after the first layer that anything flows to from an output token. */
  reachedBelow(output: number): Uint8Array {
    const { tokens } = this;
    let reached = new Uint8Array(tokens);
    reached[output] = 1;
    for (let layer = this.layers - 1; layer > 0; layer--) {
      const below = new Uint8Array(tokens);
      for (let i = 0; i < tokens; i++) {
        if (!reached[i]) continue;
        const row = (layer * tokens + i) * tokens;
        for (let k = 0; k < tokens; k++) if (this.capacity[row + k] > 0) below[k] = 1;
      }
      reached = below;
    }
    return reached;
  }

  /** @param reached {@link reachedBelow} of the output */
  maximumFlow(output: number, input: number, reached: Uint8Array): number {
    const { tokens } = this;
    let intake = 0;
    for (let k = 0; k < tokens; k++) if (reached[k]) intake += this.capacity[k * tokens + input];
    // An output token gives away 1 in all, so this cut is never crossed by more.
    const bound = Math.min(1, intake);
    let flow = 0;
    for (
      let isOpen = intake > 0 && this.levelByLayer();
      isOpen;
      isOpen = this.levelByDistance(output, input)
    ) {
      const added = this.blockingFlow(output, input, bound - flow);
      flow += added;
      if (added <= negligible || bound - flow <= negligible) break;
    }
    for (const edge of this.used) this.residual[edge] = this.capacity[edge];
    this.used = [];
    return flow;
  }

  /** Before anything flows every shortest path goes straight down. */
  private levelByLayer(): true {
    for (let node = 0; node < this.level.length; node++) this.level[node] = this.layers - this.layerOf[node];
    return true;
  }

  /** Levels by breadth-first search over what is left. @returns whether the input is still reached */
  private levelByDistance(output: number, input: number): boolean {
    const { level, layerOf, queue, capacity, residual, tokens } = this;
    level.fill(-1);
    queue[0] = this.layers * tokens + output;
    level[queue[0]] = 0;
    let end = 1;
    for (let begin = 0; begin < end; begin++) {
      const node = queue[begin];
      const t = layerOf[node];
      const forwards = (node - tokens) * tokens;
      if (t === 1 && residual[forwards + input] > negligible) {
        level[input] = level[node] + 1;
        return true;
      }
      for (let k = 0; k < tokens; k++) {
        const below = (t - 1) * tokens + k;
        if (t > 1 && level[below] < 0 && residual[forwards + k] > negligible) {
          level[below] = level[node] + 1;
          queue[end++] = below;
        }
        if (t === this.layers) continue;
        const above = (t + 1) * tokens + k;
        const backwards = (above - tokens) * tokens + node - t * tokens;
        if (level[above] < 0 && capacity[backwards] - residual[backwards] > negligible) {
          level[above] = level[node] + 1;
          queue[end++] = above;
        }
      }
    }
    return false;
  }

  /**
   * Fills the shortest paths until each has a full edge, or `wanted` is reached.
   * @returns the flow added
   */
  private blockingFlow(output: number, input: number, wanted: number): number {
    const { path, least, level, nextArc } = this;
    nextArc.fill(0);
    path[0] = this.layers * this.tokens + output;
    least[0] = Infinity;
    let added = 0;
    let step = 0;
    while (wanted - added > negligible) {
      if (path[step] === input) {
        const amount = Math.min(wanted - added, least[step]);
        added += amount;
        step = this.push(step, amount);
      } else if (this.advance(step, input)) step++;
      else if (step === 0) break;
      else {
        // Nothing leads on from here: back one step, and no arc leads here any more.
        level[path[step]] = -1;
        nextArc[path[--step]]++;
      }
    }
    return added;
  }

  /** Takes the next arc that leads one level on from the end of the path. @returns false where there is none */
  private advance(step: number, input: number): boolean {
    const { layerOf, level, nextArc, capacity, residual, tokens } = this;
    const node = this.path[step];
    const t = layerOf[node];
    const token = node - t * tokens;
    const onward = level[node] + 1;
    const forwards = (node - tokens) * tokens;
    let arc = nextArc[node];
    if (t === 1) {
      const left = residual[forwards + input];
      if (arc === 0 && level[input] === onward && left > negligible) {
        return this.walk(step, input, forwards + input, left);
      }
      arc = Math.max(arc, tokens);
    }
    for (; arc < tokens; arc++) {
      const k = token + arc < tokens ? token + arc : token + arc - tokens;
      const left = residual[forwards + k];
      const to = (t - 1) * tokens + k;
      if (left > negligible && level[to] === onward) {
        nextArc[node] = arc;
        return this.walk(step, to, forwards + k, left);
      }
    }
    if (t === this.layers) return false;
    for (; arc < 2 * tokens; arc++) {
      const to = t * tokens + arc;
      if (level[to] !== onward) continue;
      const edge = (to - tokens) * tokens + token;
      const left = capacity[edge] - residual[edge];
      if (left > negligible) {
        nextArc[node] = arc;
        return this.walk(step, to, ~edge, left);
      }
    }
    nextArc[node] = arc;
    return false;
  }

  private walk(step: number, to: number, edge: number, left: number): true {
    this.path[step + 1] = to;
    this.taken[step] = edge;
    this.least[step + 1] = Math.min(this.least[step], left);
    return true;
  }

  /** Sends `amount` along the path. @returns its length up to the first full edge */
  private push(length: number, amount: number): number {
    const { taken, least, used, capacity, residual } = this;
    let open = length;
    for (let step = length - 1; step >= 0; step--) {
      const edge = taken[step] < 0 ? ~taken[step] : taken[step];
      residual[edge] += taken[step] < 0 ? amount : -amount;
      used.push(edge);
      const left = taken[step] < 0 ? capacity[edge] - residual[edge] : residual[edge];
      if (left <= negligible) open = step;
    }
    for (let step = 1; step <= open; step++) least[step] -= amount;
    return open;
  }
}
