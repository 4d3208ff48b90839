import type { Thumbnails } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';

/**
 * The strongest edges of every head, for miniatures: by falling weight, ties in the order of the rows. Edges of a token to
 * itself are among them where they are strong, since a head that attends to itself is a fact worth seeing.
 *
 * A heap of the `perHead` best is kept per head: nearly every weight costs one comparison, so 144 heads of 512 × 512 take
 * tens of milliseconds where sorting would take seconds.
 * @param attentions per layer [H, Sq, Sk]; at most 65536 tokens
 * @returns [L, H, K, 2] and [L, H, K], H of the layer with most heads, missing edges with weight 0
 */
export function strongestEdges(attentions: readonly Tensor[], perHead: number): Thumbnails {
  const heads = attentions.reduce((most, { dims }) => Math.max(most, dims[0]), 0);
  const edges = new Uint16Array(attentions.length * heads * perHead * 2);
  const weights = new Uint8Array(attentions.length * heads * perHead);
  const heap = new StrongestHeap(perHead);
  attentions.forEach(({ data, dims: [count, queries, keys] }, layer) => {
    if (queries > 0x10000 || keys > 0x10000) throw new RangeError('Miniatures hold at most 65536 tokens.');
    const size = queries * keys;
    for (let head = 0; head < count; head++) {
      heap.fill(data.subarray(head * size, (head + 1) * size));
      const start = (layer * heads + head) * perHead;
      heap.sorted().forEach(({ index, weight }, rank) => {
        edges[2 * (start + rank)] = Math.floor(index / keys);
        edges[2 * (start + rank) + 1] = index % keys;
        weights[start + rank] = Math.round(255 * Math.min(1, weight));
      });
    }
  });
  return { edges, weights, perHead };
}

interface Edge {
  readonly index: number;
  readonly weight: number;
}

/** The strongest of many weights, as a binary heap with the weakest of them on top. */
class StrongestHeap {
  private readonly weights: Float32Array;
  private readonly indices: Uint32Array;
  private size = 0;

  constructor(private readonly capacity: number) {
    this.weights = new Float32Array(capacity);
    this.indices = new Uint32Array(capacity);
  }

  /** Takes the strongest of `all` that are above 0, instead of what was here before. */
  fill(all: Float32Array): void {
    this.size = 0;
    let index = 0;
    for (; index < all.length && this.size < this.capacity; index++) {
      if (all[index] > 0) this.rise(this.size++, all[index], index);
    }
    if (this.size < this.capacity || this.capacity === 0) return;
    let weakest = this.weights[0];
    for (; index < all.length; index++) {
      // False for NaN as well, and for ties: the earlier edge stays.
      if (all[index] > weakest) {
        this.sink(all[index], index);
        weakest = this.weights[0];
      }
    }
  }

  sorted(): Edge[] {
    return Array.from({ length: this.size }, (_, at) => ({
      index: this.indices[at],
      weight: this.weights[at],
    })).sort((a, b) => b.weight - a.weight || a.index - b.index);
  }

  /** Weaker edges come first in the heap; of equal ones the later. */
  private isWeaker(weight: number, index: number, than: number): boolean {
    return weight < this.weights[than] || (weight === this.weights[than] && index > this.indices[than]);
  }

  private put(at: number, weight: number, index: number): void {
    this.weights[at] = weight;
    this.indices[at] = index;
  }

  private move(from: number, to: number): void {
    this.put(to, this.weights[from], this.indices[from]);
  }

  private rise(from: number, weight: number, index: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isWeaker(weight, index, parent)) break;
      this.move(parent, at);
      at = parent;
    }
    this.put(at, weight, index);
  }

  /** Puts an edge in the place of the weakest. */
  private sink(weight: number, index: number): void {
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && this.isWeaker(this.weights[child + 1], this.indices[child + 1], child))
        child++;
      if (this.isWeaker(weight, index, child)) break;
      this.move(child, at);
      at = child;
    }
    this.put(at, weight, index);
  }
}
