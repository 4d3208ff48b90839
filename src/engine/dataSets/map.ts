import { UMAP } from 'umap-js';
import { seededRandom } from '../random';

/** Vectors as rows of one array. */
export interface Vectors {
  readonly data: Float32Array;
  /** D */
  readonly width: number;
}

/** McInnes 2018's defaults. */
const neighbours = 15;
const minimumDistance = 0.1;
const seed = 42;
/** Epochs for many vectors, as the method's own implementation has it; few vectors get the library's 500. */
const epochsForMany = 200;
const many = 1000;
/** Epochs between two reports. */
const epochsPerReport = 10;

/**
 * A map of vectors in the plane: UMAP (McInnes 2018) with 15 neighbours and a minimum distance of 0.1, the same for the same vectors.
 * Vectors that come later are placed among those that it was fitted on.
 */
export class VectorMap {
  private readonly umap: UMAP | undefined;
  private readonly rows: number[][];
  private points: number[][];

  /** @param vectors that the map is made of */
  constructor(vectors: Vectors) {
    this.rows = rowsOf(vectors);
    this.points = this.rows.map((_, index) => [2 * index - this.rows.length + 1, 0]);
    // Fewer have no neighbourhoods: they stand side by side.
    if (this.rows.length < 4) return;
    this.umap = new UMAP({
      nComponents: 2,
      nNeighbors: Math.min(neighbours, this.rows.length - 1),
      minDist: minimumDistance,
      ...(this.rows.length > many ? { nEpochs: epochsForMany } : {}),
      random: seededRandom(seed),
    });
  }

  /** @param onEpoch told the share that is done, 0 to 1 @returns [N, 2] */
  fit(onEpoch: (share: number) => void): Float32Array {
    const { umap } = this;
    if (umap === undefined) return flat(this.points);
    const epochs = umap.initializeFit(this.rows);
    for (let epoch = 0; epoch < epochs; epoch++) {
      umap.step();
      if (epoch % epochsPerReport === 0) onEpoch(epoch / epochs);
    }
    this.points = umap.getEmbedding().map((point) => [...point]);
    return flat(this.points);
  }

  /** Places further vectors. @returns [M, 2] */
  place(vectors: Vectors): Float32Array {
    const rows = rowsOf(vectors);
    try {
      // The library moves the fitted points too where there are as many new ones.
      if (this.umap !== undefined && rows.length !== this.rows.length) return flat(this.umap.transform(rows));
    } catch {
      // Its approximate search does not always find enough neighbours: the nearest one says the place too.
    }
    return flat(rows.map((row) => this.points[nearest(row, this.rows)]));
  }
}

function rowsOf({ data, width }: Vectors): number[][] {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width)),
  );
}

/** Points that the optimisation lost (all vectors the same) lie in the middle. */
function flat(points: readonly (readonly number[])[]): Float32Array {
  return Float32Array.from(points.flat(), (value) => (Number.isFinite(value) ? value : 0));
}

function nearest(row: readonly number[], among: readonly (readonly number[])[]): number {
  let [best, least] = [0, Infinity];
  among.forEach((other, index) => {
    let distance = 0;
    for (let d = 0; d < row.length && distance < least; d++) distance += (row[d] - other[d]) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
