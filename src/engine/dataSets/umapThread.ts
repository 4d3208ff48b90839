// The thread that computes maps, so that the engine stays free: its own bundle, `dist/umap.js`.
import { parentPort } from 'node:worker_threads';
import { VectorMap, type Vectors } from './map';

/** What the thread is asked: to fit the first time, to place from then on. */
export type MapQuestion = Vectors;
/** What it answers: how far it is, then the points. */
export type MapAnswer = { readonly share: number } | { readonly points: Float32Array };

let map: VectorMap | undefined;

parentPort?.on('message', (vectors: MapQuestion) => {
  const answer = (message: MapAnswer) => parentPort?.postMessage(message);
  if (map === undefined) {
    map = new VectorMap(vectors);
    answer({ points: map.fit((share) => answer({ share })) });
  } else answer({ points: map.place(vectors) });
});
