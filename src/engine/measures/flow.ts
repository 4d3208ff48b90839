import type { Tensor } from '../../protocol/tensor';
import { passedOn } from './rollout';

/** Below this a residual capacity is rounding. */
const negligible = 1e-12;

/**
 * Attention flow: the maximum flow from each output token, through the layers from the last to the first, to each input token,
 * with capacities `Ã` ({@link passedOn}).
 * Source: Abnar & Zuidema 2020.
 *
 * Dinic's algorithm on the layered graph of `L·S² ` edges. At most `L·S` phases of O(L²·S³) per pair of tokens in theory; in practice
 * most pairs end in their first phase, in time proportional to the edges that the flow uses, because a cut at the output or at the input
 * token bounds it.
 * @param attentions per layer [H, S, S], self-attention of one block
 * @param outputs tokens whose rows are computed; default: all
 * @returns [outputs, S], 0 to 1
 */
export function attentionFlow(attentions: readonly Tensor[], outputs?: readonly number[]): Tensor {
  const tokens = attentions.length > 0 ? attentions[0].dims[1] : 0;
  const rows = outputs ?? Array.from({ length: tokens }, (_, i) => i);
  const network = new LayeredNetwork(attentions.map(passedOn), tokens);
  const data = new Float32Array(rows.length * tokens);
  rows.forEach((output, row) => {
    const reached = network.reachedBelow(output);
    for (let input = 0; input < tokens; input++) {
      data[row * tokens + input] = network.maximumFlow(output, input, reached);
    }
  });
  return { data, dims: [rows.length, tokens] };
}

/**
 * Nodes `(t, i)`, number `t·S + i`: token i after t layers, from the output (t = L) down to the input (t = 0). The edge from
 * `(t, i)` to `(t − 1, k)` has the number `(t − 1)·S² + i·S + k`. Flow on an edge is its capacity less its residual, so an edge can be walked
 * backwards as far as the two differ.
 */
class LayeredNetwork {
  private readonly layers: number;
  private readonly capacity: Float64Array;
  private readonly residual: Float64Array;
  /** Edges that carry flow, to be emptied before the next pair. */
  private used: number[] = [];
  /** [nodes] distance from the output; −1: not to be walked to in this phase. */
  private readonly level: Int32Array;
  /** [nodes] the first of a node's 2·S arcs (S forwards, S backwards) that may still lead somewhere. */
  private readonly nextArc: Int32Array;
  private readonly queue: Int32Array;
  private readonly path: Int32Array;

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
    this.level = new Int32Array(nodes);
    this.nextArc = new Int32Array(nodes);
    this.queue = new Int32Array(nodes);
    this.path = new Int32Array(nodes);
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
    for (let node = 0; node < this.level.length; node++) {
      this.level[node] = this.layers - Math.floor(node / this.tokens);
    }
    return true;
  }

  /** Levels by breadth-first search over what is left. @returns whether the input is still reached */
  private levelByDistance(output: number, input: number): boolean {
    const { level, queue, tokens } = this;
    level.fill(-1);
    const source = this.layers * tokens + output;
    level[source] = 0;
    queue[0] = source;
    let end = 1;
    for (let begin = 0; begin < end; begin++) {
      const node = queue[begin];
      for (let arc = this.firstArc(node); arc < 2 * tokens; arc++) {
        const to = this.headOf(node, arc, input);
        if (to < 0 || level[to] >= 0 || this.leftOn(node, arc, to) <= negligible) continue;
        level[to] = level[node] + 1;
        if (to === input) return true;
        queue[end++] = to;
      }
    }
    return false;
  }

  /**
   * Fills the shortest paths until each has a full edge, or `wanted` is reached.
   * @returns the flow added
   */
  private blockingFlow(output: number, input: number, wanted: number): number {
    const { level, nextArc, path, tokens } = this;
    for (let node = 0; node < nextArc.length; node++) nextArc[node] = this.firstArc(node);
    const source = this.layers * tokens + output;
    let added = 0;
    let length = 0;
    path[0] = source;
    while (wanted - added > negligible) {
      const node = path[length];
      if (node === input) {
        const amount = Math.min(wanted - added, this.narrowest(length, input));
        added += amount;
        length = this.push(length, input, amount);
        continue;
      }
      const to = nextArc[node] < 2 * tokens ? this.headOf(node, nextArc[node], input) : -2;
      if (to === -2) {
        // Nothing leads on from here: back one step, and this arc of the step before leads nowhere either.
        if (length === 0) break;
        length--;
        nextArc[path[length]]++;
      } else if (
        to >= 0 &&
        level[to] === level[node] + 1 &&
        this.leftOn(node, nextArc[node], to) > negligible
      ) {
        path[++length] = to;
      } else {
        nextArc[node]++;
      }
    }
    return added;
  }

  /** Smallest capacity left along the path. */
  private narrowest(length: number, input: number): number {
    let least = Infinity;
    for (let step = 0; step < length; step++) {
      const node = this.path[step];
      least = Math.min(
        least,
        this.leftOn(node, this.nextArc[node], this.headOf(node, this.nextArc[node], input)),
      );
    }
    return least;
  }

  /** Sends `amount` along the path. @returns length of the path up to its first full edge */
  private push(length: number, input: number, amount: number): number {
    let open = length;
    for (let step = length - 1; step >= 0; step--) {
      const node = this.path[step];
      const arc = this.nextArc[node];
      const to = this.headOf(node, arc, input);
      const edge = this.edgeOf(node, arc, to);
      this.residual[edge] -= arc < this.tokens ? amount : -amount;
      this.used.push(edge);
      if (this.leftOn(node, arc, to) <= negligible) open = step;
    }
    return open;
  }

  /** Nodes above the inputs have all arcs; those just above have one forward arc that counts, at the end of the forward ones. */
  private firstArc(node: number): number {
    return node < 2 * this.tokens ? this.tokens - 1 : 0;
  }

  /** Where an arc leads, −1 for nowhere. The widest edge, to the same token one layer down, comes first. */
  private headOf(node: number, arc: number, input: number): number {
    const { tokens } = this;
    const t = Math.floor(node / tokens);
    if (arc >= tokens) return t === this.layers || t === 0 ? -1 : (t + 1) * tokens + arc - tokens;
    if (t === 1) return input;
    if (t === 0) return -1;
    const token = node - t * tokens + arc;
    return (t - 1) * tokens + (token < tokens ? token : token - tokens);
  }

  private edgeOf(node: number, arc: number, to: number): number {
    const [from, into] = arc < this.tokens ? [node, to] : [to, node];
    const below = Math.floor(into / this.tokens);
    return (from - this.tokens) * this.tokens + into - below * this.tokens;
  }

  /** What an arc can still take. */
  private leftOn(node: number, arc: number, to: number): number {
    const edge = this.edgeOf(node, arc, to);
    return arc < this.tokens ? this.residual[edge] : this.capacity[edge] - this.residual[edge];
  }
}
