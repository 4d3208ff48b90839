import type { AttentionRequest } from '../../protocol/engine';
import type { HeadRef, Inspection } from '../../protocol/inspection';
import type { Tensor } from '../../protocol/tensor';
import { headsSvg } from './heads';
import { dependenciesSvg, matrixSvg, saliencySvg } from './words';

export const svgViews = ['heads', 'dependencies', 'matrix', 'saliency'] as const;
export type SvgView = (typeof svgViews)[number];

/**
 * A picture of one view as SVG, without a browser.
 * @param attention gives the attention of heads, as the engine does
 */
export async function svgOf(
  view: SvgView,
  inspection: Inspection,
  attention: (request: AttentionRequest) => Promise<Tensor[]>,
): Promise<string> {
  if (view === 'heads') return headsSvg(inspection);
  if (view === 'saliency') return saliencySvg(inspection);
  const head = shownHead(inspection);
  const level = view === 'dependencies' ? 'word' : 'token';
  const [tensor] = await attention({ inspection: inspection.id, heads: [head], level });
  return view === 'dependencies'
    ? dependenciesSvg(inspection, head, tensor)
    : matrixSvg(inspection, head, tensor);
}

/** The head that a first picture shows: the most syntactic one, else the most important, else the most confident. */
function shownHead({ blocks: [block] }: Inspection): HeadRef {
  const values =
    block.measures.syntactic ?? block.measures.importance ?? block.measures.confidence ?? new Float32Array(1);
  let best = 0;
  values.forEach((value, i) => {
    if (value > values[best]) best = i;
  });
  return { block: block.name, layer: Math.floor(best / block.heads), head: best % block.heads };
}
