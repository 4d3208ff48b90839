import {
  describeAgreement,
  describeCompleteness,
  describeContradictions,
  describeSaliency,
  type Statement,
} from '../../../src/engine/measures/sentences';
import { probability, twoDigits } from '../../../src/protocol/numbers';
import { quoted } from '../../../src/engine/measures/wording';
import type { Inspection } from '../../../src/protocol/inspection';
import { isOutcome } from '../../../src/protocol/inspection';
import type { ShownSaliency } from '../../marks/saliency';
import { visibleToken } from '../../marks/tokenText';

/** `The model predicts “positive” (99.98 %).` or what is explained instead; empty where nothing is known of that. */
export function targetSentence({ prediction, target }: Inspection): string {
  if (!prediction || !target) return '';
  const label = quoted(plain(target.label));
  if (target.kind === 'similarity')
    return `The model gives an embedding; its ${plain(target.label)}, ${twoDigits(target.value)}, is explained.`;
  if (!isOutcome(target.kind)) return 'The model gives an embedding; its length is explained.';
  if (target.contrast) {
    return `Explained is why ${label} (${probability(target.probability)}) rather than ${quoted(plain(target.contrast.label))} (${probability(target.contrast.probability)}).`;
  }
  const [best] = prediction.candidates;
  if (!best || best.id === target.id)
    return `The model predicts ${label} (${probability(target.probability)}).`;
  return `Explained is ${label} (${probability(target.probability)}); the model predicts ${quoted(plain(best.label))} (${probability(best.probability)}).`;
}

/** What the scores say, the most important first: what the shown measure finds, how exact it is, and where other measures differ. */
export function saliencyStatements(inspection: Inspection, { name, scores }: ShownSaliency): Statement[] {
  const { tokens, words, target, saliency, completenessGap } = inspection;
  const explained = {
    words: words.text,
    tokenWords: tokens.words,
    target: target ? plain(target.label) : 'the target',
  };
  const completeness =
    name === 'integrated-gradients' && completenessGap !== undefined
      ? describeCompleteness(scores, completenessGap)
      : undefined;
  return [
    ...describeSaliency(name, scores, explained),
    completeness,
    describeAgreement(saliency, explained),
    ...describeContradictions(saliency, explained),
  ].filter((statement) => statement !== undefined);
}

/** A token without the blanks around it, which a sentence has no use for, unless it is nothing else. */
function plain(label: string): string {
  return visibleToken(label.trim() || label);
}
