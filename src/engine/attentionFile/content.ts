import type {
  BlockName,
  HeadMeasureName,
  Inspection,
  Parse,
  Prediction,
  Target,
  TokenRow,
  WordRow,
} from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import type { FileBlocks } from './layers';

/** What a file says, in whichever layout: everything of an inspection but what is computed from the attention. */
export interface FileContent {
  readonly blocks: FileBlocks;
  readonly text: string;
  readonly pairText?: string;
  readonly tokens: TokenRow;
  readonly pair?: TokenRow;
  readonly words: WordRow;
  readonly parse?: Parse;
  readonly prediction?: Prediction;
  readonly target?: Target;
  readonly saliency: Inspection['saliency'];
  readonly pairSaliency?: Inspection['saliency'];
  /** [L, H] of measures that attention alone does not give. */
  readonly measures: ReadonlyMap<BlockName, Partial<Record<HeadMeasureName, Float32Array>>>;
  readonly model: Pick<ModelSummary, 'name' | 'architecture' | 'task' | 'labels'>;
  readonly notes: readonly string[];
}

/** A class as the target of what a file explains, and all classes as its prediction. */
export function classPrediction(
  candidates: Prediction['candidates'],
  explained: number | undefined,
): { prediction: Prediction; target: Target } {
  const ordered = [...candidates].sort((a, b) => b.probability - a.probability);
  const { id, label, logit, probability } = ordered.find((one) => one.id === explained) ?? ordered[0];
  const entropy = ordered.reduce((sum, { probability: p }) => (p > 0 ? sum - p * Math.log2(p) : sum), 0);
  return {
    prediction: { kind: 'class', position: -1, candidates: ordered, entropy },
    target: { kind: 'class', id, label, position: -1, value: logit, probability },
  };
}
