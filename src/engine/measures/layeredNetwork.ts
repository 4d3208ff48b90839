/** Below this what is left of a capacity is rounding. */
export const negligible = 1e-12;

/** Marks an edge that is walked against its direction, by giving back flow. */
const backwards = (edge: number): number => ~edge;

/**
 * The maximum flow from a node of the top layer, down through layers of `S` nodes each, to a sink that every node of the lowest layer
 * has an edge to: Dinic's algorithm, made for many sinks in turn.
 *
 * - Sets of nodes are bits, 32 to a word: which edges out of a node have capacity left, which bring it flow that can be given back,
 *   and which nodes a search has seen. A search goes over words instead of edges.
 * - The flow to one sink stays in the network when the next sink comes. What the new sink does not take is *parked* at the nodes of
 *   the lowest layer, and every search starts from these nodes as well as from the source. A flow is the largest when no search
 *   reaches a node whose edge to the sink has capacity left: the nodes that the search sees then are one side of a cut that is full,
 *   and all paths of parked flow lie on that side, so that taking them back changes nothing about it.
 *
 * Nodes are numbered from the lowest layer up, `t·S + i`; the edge from node n to node k of the layer below has the number `n·S + k`.
 */
export class LayeredNetwork {
  private readonly layers: number;
  /** Words of a set of the nodes of one layer. */
  private readonly words: number;
  /** [nodes, S] of the edges downwards; the lowest layer has none. */
  private readonly capacity: Float64Array;
  private readonly flow: Float64Array;
  /** [nodes, words] nodes of the layer below to which more can flow, without any flow and now. */
  private readonly freeAtFirst: Int32Array;
  private readonly free: Int32Array;
  /** [nodes, words] nodes of the layer above that flow comes from. */
  private readonly fed: Int32Array;
  /** [nodes] layer and number within it. */
  private readonly layerOf: Int32Array;
  private readonly placeOf: Int32Array;
  /** [S] of the edges to the sink, and what does not get on to the present sink. */
  private readonly sinkFlow: Float64Array;
  private readonly parked: Float64Array;
  /** [layers, words] per distance: the nodes that a path may go through at that distance from its beginning. */
  private readonly levels: Int32Array[] = [];
  /** [layers, words] nodes that searches for the present sink leave out, and those that the present search has seen. */
  private readonly leftOut: Int32Array;
  private readonly seen: Int32Array;
  /** By step of a path: its node, the edge it takes (`~edge`: backwards), the least that is left on the path before it. */
  private readonly path: Int32Array;
  private readonly taken: Int32Array;
  private readonly least: Float64Array;
  private source: number;

  /**
   * @param matrices capacities [S, S] of the edges between two layers, the lowest pair of layers first; none: one layer only
   * @param tokens S
   */
  constructor(
    matrices: readonly Float64Array[],
    private readonly tokens: number,
  ) {
    this.layers = matrices.length + 1;
    this.words = (tokens + 31) >> 5;
    const nodes = this.layers * tokens;
    this.capacity = new Float64Array(nodes * tokens);
    matrices.forEach((matrix, layer) => this.capacity.set(matrix, (layer + 1) * tokens * tokens));
    this.flow = new Float64Array(nodes * tokens);
    this.layerOf = Int32Array.from({ length: nodes }, (_, node) => Math.floor(node / tokens));
    this.placeOf = Int32Array.from({ length: nodes }, (_, node) => node % tokens);
    this.freeAtFirst = new Int32Array(nodes * this.words);
    for (let node = tokens; node < nodes; node++) {
      for (let k = 0; k < tokens; k++) {
        if (this.capacity[node * tokens + k] > negligible)
          this.freeAtFirst[node * this.words + (k >> 5)] |= 1 << (k & 31);
      }
    }
    this.free = this.freeAtFirst.slice();
    this.fed = new Int32Array(nodes * this.words);
    this.sinkFlow = new Float64Array(tokens);
    this.parked = new Float64Array(tokens);
    this.leftOut = new Int32Array(this.layers * this.words);
    this.seen = new Int32Array(this.layers * this.words);
    this.path = new Int32Array(nodes + 1);
    this.taken = new Int32Array(nodes + 1);
    this.least = new Float64Array(nodes + 1);
    this.source = nodes - tokens;
  }

  /** Empties the network; what flows from now on comes from this node of the top layer. */
  startFrom(place: number): void {
    this.source = (this.layers - 1) * this.tokens + place;
    this.flow.fill(0);
    this.free.set(this.freeAtFirst);
    this.fed.fill(0);
    this.sinkFlow.fill(0);
    this.parked.fill(0);
  }

  /**
   * [layers, words] the nodes that a sink can be reached from.
   * @param sink [S] capacities of the edges to it
   */
  reaching(sink: Float64Array): Int32Array {
    const { layers, words, tokens, freeAtFirst } = this;
    const reaching = new Int32Array(layers * words);
    for (let k = 0; k < tokens; k++) if (sink[k] > negligible) reaching[k >> 5] |= 1 << (k & 31);
    for (let node = tokens; node < layers * tokens; node++) {
      const layer = this.layerOf[node];
      const place = this.placeOf[node];
      let common = 0;
      for (let w = 0; w < words; w++)
        common |= freeAtFirst[node * words + w] & reaching[(layer - 1) * words + w];
      if (common !== 0) reaching[layer * words + (place >> 5)] |= 1 << (place & 31);
    }
    return reaching;
  }

  /** [layers, words] the nodes that can be reached from a node of the top layer. */
  reachedFrom(place: number): Int32Array {
    const { layers, words, tokens, freeAtFirst } = this;
    const reached = new Int32Array(layers * words);
    reached[(layers - 1) * words + (place >> 5)] |= 1 << (place & 31);
    for (let node = layers * tokens - 1; node >= tokens; node--) {
      const layer = this.layerOf[node];
      const at = this.placeOf[node];
      if ((reached[layer * words + (at >> 5)] & (1 << (at & 31))) === 0) continue;
      for (let w = 0; w < words; w++) reached[(layer - 1) * words + w] |= freeAtFirst[node * words + w];
    }
    return reached;
  }

  /**
   * The maximum flow from the source to a sink.
   * @param sink [S] capacities of the edges to it
   * @param bound a flow that cannot be exceeded: no search is made once it is reached
   * @param reaching {@link reaching} of the sink; other nodes are left out of the search
   */
  maximumFlow(sink: Float64Array, bound: number, reaching: Int32Array): number {
    const { sinkFlow, parked } = this;
    let total = 0;
    for (let k = 0; k < this.tokens; k++) {
      const arrived = sinkFlow[k] + parked[k];
      sinkFlow[k] = Math.min(arrived, sink[k]);
      parked[k] = arrived - sinkFlow[k];
      total += sinkFlow[k];
    }
    if (bound - total > negligible) this.leaveOut(reaching);
    while (bound - total > negligible) {
      const distance = this.searchLevels(sink);
      const added = distance === undefined ? 0 : this.blockingFlow(sink, distance, bound - total);
      total += added;
      if (added <= negligible) break;
    }
    return total;
  }

  private level(distance: number): Int32Array {
    return (this.levels[distance] ??= new Int32Array(this.layers * this.words));
  }

  /**
   * Breadth-first search from the source and all parked flow over the edges that are not full.
   * @returns the distance at which the sink's edges are first reached; undefined: they are not
   */
  private searchLevels(sink: Float64Array): number | undefined {
    const { words, layers, tokens, seen, free, fed, parked } = this;
    let now = this.level(0).fill(0);
    for (let k = 0; k < tokens; k++) if (parked[k] > negligible) now[k >> 5] |= 1 << (k & 31);
    const place = this.placeOf[this.source];
    now[(layers - 1) * words + (place >> 5)] |= 1 << (place & 31);
    for (let w = 0; w < seen.length; w++) seen[w] = this.leftOut[w] | now[w];
    for (let distance = 0; ; distance++) {
      if (this.keepOpen(now, sink)) {
        this.keepLeading(distance);
        return distance;
      }
      const next = this.level(distance + 1).fill(0);
      for (let layer = 0; layer < layers; layer++) {
        const below = (layer - 1) * words;
        const above = (layer + 1) * words;
        const looksDown = this.hasUnseen(layer - 1);
        const looksUp = this.hasUnseen(layer + 1);
        if (!looksDown && !looksUp) continue;
        for (let w = 0; w < words; w++) {
          for (let bits = now[layer * words + w]; bits !== 0; bits &= bits - 1) {
            const row = (layer * tokens + (w << 5) + 31 - Math.clz32(bits & -bits)) * words;
            if (looksDown) for (let x = 0; x < words; x++) next[below + x] |= free[row + x];
            if (looksUp) for (let x = 0; x < words; x++) next[above + x] |= fed[row + x];
          }
        }
      }
      let some = 0;
      for (let w = 0; w < seen.length; w++) {
        next[w] &= ~seen[w];
        seen[w] |= next[w];
        some |= next[w];
      }
      if (some === 0) return undefined;
      now = next;
    }
  }

  private hasUnseen(layer: number): boolean {
    if (layer < 0 || layer === this.layers) return false;
    const { words, seen } = this;
    for (let w = layer * words; w < (layer + 1) * words; w++) if (seen[w] !== -1) return true;
    return false;
  }

  /** Leaves those nodes out of the searches that neither lead to the sink nor have flow to give back; such a node gets no flow later. */
  private leaveOut(reaching: Int32Array): void {
    const { words, tokens, leftOut, fed } = this;
    for (let at = 0; at < leftOut.length; at++) {
      leftOut[at] = ~reaching[at];
      const layer = Math.floor(at / words);
      const first = (at - layer * words) << 5;
      for (let k = first; k < Math.min(first + 32, tokens); k++) {
        if ((leftOut[at] & (1 << (k & 31))) === 0) continue;
        const row = (layer * tokens + k) * words;
        let flows = 0;
        for (let x = 0; x < words; x++) flows |= fed[row + x];
        if (flows !== 0) leftOut[at] &= ~(1 << (k & 31));
      }
    }
  }

  /** Keeps of a level the nodes whose edges to the sink have capacity left, where there are any. @returns whether there are */
  private keepOpen(level: Int32Array, sink: Float64Array): boolean {
    let isOpen = false;
    for (let w = 0; w < this.words; w++) {
      let open = 0;
      for (let bits = level[w]; bits !== 0; bits &= bits - 1) {
        const lowest = bits & -bits;
        const k = (w << 5) + 31 - Math.clz32(lowest);
        if (sink[k] - this.sinkFlow[k] > negligible) open |= lowest;
      }
      if (open !== 0 && !isOpen) level.fill(0, 0, w);
      isOpen ||= open !== 0;
      if (isOpen) level[w] = open;
    }
    if (isOpen) level.fill(0, this.words);
    return isOpen;
  }

  /** Keeps of every level before the last the nodes that have an edge to the next one. */
  private keepLeading(distance: number): void {
    const { words, layers, tokens, free, fed } = this;
    for (let d = distance - 1; d >= 0; d--) {
      const now = this.level(d);
      const next = this.level(d + 1);
      for (let layer = 0; layer < layers; layer++) {
        const below = (layer - 1) * words;
        const above = (layer + 1) * words;
        for (let w = 0; w < words; w++) {
          for (let bits = now[layer * words + w]; bits !== 0; bits &= bits - 1) {
            const lowest = bits & -bits;
            const row = (layer * tokens + (w << 5) + 31 - Math.clz32(lowest)) * words;
            let leads = 0;
            if (layer > 0) for (let x = 0; x < words; x++) leads |= next[below + x] & free[row + x];
            if (layer < layers - 1) for (let x = 0; x < words; x++) leads |= next[above + x] & fed[row + x];
            if (leads === 0) now[layer * words + w] &= ~lowest;
          }
        }
      }
    }
  }

  /**
   * Fills the paths through the levels until each has a full edge, or `wanted` is reached.
   * @returns the flow added
   */
  private blockingFlow(sink: Float64Array, distance: number, wanted: number): number {
    const { parked, source, words, layers, tokens } = this;
    const first = this.level(0);
    let added = 0;
    for (let w = 0; w < layers * words; w++) {
      for (let bits = first[w]; bits !== 0; bits &= bits - 1) {
        const layer = Math.floor(w / words);
        const node = layer * tokens + ((w - layer * words) << 5) + 31 - Math.clz32(bits & -bits);
        const moved = this.flowFrom(
          node,
          node === source ? Infinity : parked[node],
          sink,
          distance,
          wanted - added,
        );
        if (node !== source) parked[node] -= moved;
        added += moved;
        if (wanted - added <= negligible) return added;
      }
    }
    return added;
  }

  /** @returns the flow from one node of the first level, at most `limit` and `wanted` */
  private flowFrom(
    origin: number,
    limit: number,
    sink: Float64Array,
    distance: number,
    wanted: number,
  ): number {
    const { path, least, sinkFlow } = this;
    const most = Math.min(limit, wanted);
    const last = this.level(distance);
    path[0] = origin;
    least[0] = most;
    let moved = 0;
    let step = 0;
    while (most - moved > negligible) {
      const node = path[step];
      if (step === distance) {
        const left = sink[node] - sinkFlow[node];
        const amount = Math.min(least[step], left);
        sinkFlow[node] += amount;
        moved += amount;
        step = this.push(step, amount);
        if (left - amount > negligible) continue;
        last[node >> 5] &= ~(1 << (node & 31));
        step = Math.min(step, Math.max(0, distance - 1));
        if (distance === 0) break;
      } else if (this.advance(step)) step++;
      else {
        // Nothing leads on from here any more.
        const place = this.placeOf[node];
        this.level(step)[this.layerOf[node] * this.words + (place >> 5)] &= ~(1 << (place & 31));
        if (step === 0) break;
        step--;
      }
    }
    return moved;
  }

  /** Takes an edge that leads one level on from the end of the path: that to the same token first, the widest. */
  private advance(step: number): boolean {
    const { words, layers, tokens, free, fed } = this;
    const node = this.path[step];
    const layer = this.layerOf[node];
    const place = this.placeOf[node];
    const next = this.level(step + 1);
    const row = node * words;
    if (layer > 0) {
      const below = (layer - 1) * words;
      const own = place >> 5;
      if ((free[row + own] & next[below + own] & (1 << (place & 31))) !== 0) {
        return this.walk(step, node - tokens, node * tokens + place);
      }
      for (let w = 0; w < words; w++) {
        const bits = free[row + w] & next[below + w];
        if (bits === 0) continue;
        const k = (w << 5) + 31 - Math.clz32(bits & -bits);
        return this.walk(step, (layer - 1) * tokens + k, node * tokens + k);
      }
    }
    if (layer === layers - 1) return false;
    const above = (layer + 1) * words;
    for (let w = 0; w < words; w++) {
      const bits = fed[row + w] & next[above + w];
      if (bits === 0) continue;
      const to = (layer + 1) * tokens + (w << 5) + 31 - Math.clz32(bits & -bits);
      return this.walk(step, to, backwards(to * tokens + place));
    }
    return false;
  }

  private walk(step: number, to: number, edge: number): true {
    const left = edge < 0 ? this.flow[~edge] : this.capacity[edge] - this.flow[edge];
    this.path[step + 1] = to;
    this.taken[step] = edge;
    this.least[step + 1] = Math.min(this.least[step], left);
    return true;
  }

  /** Sends `amount` along the path. @returns its length up to the first full edge */
  private push(length: number, amount: number): number {
    const { path, taken, least, capacity, flow, free, fed, words, placeOf } = this;
    let open = length;
    for (let step = length - 1; step >= 0; step--) {
      const isBack = taken[step] < 0;
      const edge = isBack ? ~taken[step] : taken[step];
      const upper = isBack ? path[step + 1] : path[step];
      const lower = isBack ? path[step] : path[step + 1];
      const upperBit = 1 << (placeOf[upper] & 31);
      const lowerBit = 1 << (placeOf[lower] & 31);
      const toLower = upper * words + (placeOf[lower] >> 5);
      const fromUpper = lower * words + (placeOf[upper] >> 5);
      flow[edge] += isBack ? -amount : amount;
      if (isBack) {
        free[toLower] |= lowerBit;
        if (flow[edge] > negligible) continue;
        fed[fromUpper] &= ~upperBit;
      } else {
        fed[fromUpper] |= upperBit;
        if (capacity[edge] - flow[edge] > negligible) continue;
        free[toLower] &= ~lowerBit;
      }
      open = step;
    }
    for (let step = 0; step <= open; step++) least[step] -= amount;
    return open;
  }
}
