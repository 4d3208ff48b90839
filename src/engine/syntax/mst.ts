/** Beyond every real score: an arc that is not allowed, or has no score, is taken only where nothing else is left. */
const largest = 1e6;

/**
 * The dependency tree of highest total score among those with exactly one root.
 *
 * Chu-Liu/Edmonds in Tarjan's form for dense graphs: from each node follow the best incoming arc; a cycle becomes one
 * node whose incoming arcs cost what they displace; at the end the cycles are opened where they were entered. Each node
 * is scanned and merged once: O(W²). Exactly one root comes from lowering all arcs from ROOT by more than any two trees
 * can differ, which the one such arc of every allowed tree does not notice.
 * Sources: Chu & Liu 1965; Edmonds 1967; Tarjan 1977; McDonald et al. 2005 (parsing).
 *
 * @param scores [W, `stride`] of arcs, row = dependent; column 0 = ROOT, column j = word j − 1. A constant added to a
 * row (log-softmax or not) changes nothing. Scores that are no number count as lowest.
 * @param count W
 * @returns [W] parent of each word, −1 for the root
 */
export function maximumSpanningTree(
  scores: ArrayLike<number>,
  count: number,
  stride: number = count + 1,
): Int32Array {
  const graph = new ContractedGraph(scores, count, stride);
  const path: number[] = [];
  const done = new Uint8Array(2 * count + 1);
  done[0] = 1;
  for (let word = 1; word <= count; word++) {
    let node = graph.top[word];
    while (!done[node]) {
      path.push(node);
      const before = graph.chooseArc(node);
      const cycle = path.indexOf(before);
      node = cycle >= 0 ? graph.contract(path.splice(cycle)) : before;
    }
    for (const settled of path) done[settled] = 1;
    path.length = 0;
  }
  return graph.expand();
}

/** Node 0 is ROOT, nodes 1..W are the words, further ones are cycles that became a node. */
class ContractedGraph {
  private readonly width: number;
  private nodes: number;
  /** [W + 1, W + 1] score of the best arc from each vertex into a node; a cycle takes over its first member's row. */
  private readonly incoming: Float64Array;
  /** [W + 1, W + 1] the word at which that arc enters. */
  private readonly entered: Int32Array;
  private readonly row: Int32Array;
  /** The cycle that a node became part of; itself where of none. */
  private readonly parent: Int32Array;
  /** [W + 1] the outermost node that a vertex is part of. */
  readonly top: Int32Array;
  /** The arc chosen into each node: from which vertex, to which word, at what score. */
  private readonly source: Int32Array;
  private readonly target: Int32Array;
  private readonly score: Float64Array;

  constructor(
    scores: ArrayLike<number>,
    private readonly count: number,
    stride: number,
  ) {
    this.width = count + 1;
    this.nodes = count + 1;
    const most = 2 * count + 1;
    this.incoming = new Float64Array(this.width * this.width);
    this.entered = new Int32Array(this.width * this.width);
    this.row = Int32Array.from({ length: most }, (_, node) => node);
    this.parent = Int32Array.from({ length: most }, (_, node) => node);
    this.top = Int32Array.from({ length: this.width }, (_, vertex) => vertex);
    this.source = new Int32Array(most);
    this.target = new Int32Array(most);
    this.score = new Float64Array(most);
    let [low, high] = [0, 0];
    for (let word = 1; word <= count; word++) {
      for (let from = 0; from <= count; from++) {
        const given = scores[(word - 1) * stride + from];
        const score = given > -largest ? Math.min(given, largest) : -largest;
        this.incoming[word * this.width + from] = score;
        if (from !== word) [low, high] = [Math.min(low, score), Math.max(high, score)];
      }
      this.entered.fill(word, word * this.width, (word + 1) * this.width);
    }
    const penalty = (high - low + 1) * (count + 1);
    for (let word = 1; word <= count; word++) this.incoming[word * this.width] -= penalty;
  }

  /** Chooses the best arc into a node from outside of it; returns the node that it comes from. */
  chooseArc(node: number): number {
    const offset = this.row[node] * this.width;
    let [best, from] = [-Infinity, 0];
    for (let vertex = 0; vertex < this.width; vertex++) {
      const score = this.incoming[offset + vertex];
      if (score > best && this.top[vertex] !== node) [best, from] = [score, vertex];
    }
    this.source[node] = from;
    this.target[node] = this.entered[offset + from];
    this.score[node] = best;
    return this.top[from];
  }

  /** Makes one node of a cycle: an arc into it costs the cycle's arc that it displaces. */
  contract(cycle: readonly number[]): number {
    const node = this.nodes++;
    const into = this.row[cycle[0]] * this.width;
    for (let vertex = 0; vertex < this.width; vertex++) {
      let [best, word] = [-Infinity, 0];
      for (const member of cycle) {
        const at = this.row[member] * this.width + vertex;
        const score = this.incoming[at] - this.score[member];
        if (score > best) [best, word] = [score, this.entered[at]];
      }
      this.incoming[into + vertex] = best;
      this.entered[into + vertex] = word;
    }
    this.row[node] = this.row[cycle[0]];
    for (const member of cycle) this.parent[member] = node;
    for (let vertex = 0; vertex < this.width; vertex++) {
      if (this.parent[this.top[vertex]] === node) this.top[vertex] = node;
    }
    return node;
  }

  /** Opens the cycles, the last one first: the arc into a cycle replaces the one into the member that it enters. */
  expand(): Int32Array {
    for (let cycle = this.nodes - 1; cycle > this.count; cycle--) {
      let member = this.target[cycle];
      while (this.parent[member] !== cycle) member = this.parent[member];
      this.source[member] = this.source[cycle];
      this.target[member] = this.target[cycle];
    }
    return Int32Array.from({ length: this.count }, (_, word) => this.source[word + 1] - 1);
  }
}
