import * as vscode from 'vscode';
import type { App } from '../app';
import { saliencyNames } from '../protocol/inspection';
import type { SaliencyName } from '../protocol/inspection';
import { readSettings, writeSaliencyMethod } from '../settings';

const descriptions: Readonly<Record<SaliencyName, string>> = {
  'gradient-l1': 'sum of the absolute gradient of a token’s embedding (Simonyan 2014)',
  'gradient-l2': 'length of the gradient (Li 2016)',
  'input-x-gradient': 'embedding times gradient; for and against (Denil 2015)',
  'integrated-gradients':
    'the gradient gathered on the way from an empty text; for and against (Sundararajan 2017)',
  'smooth-grad': 'gradient averaged over noisy copies (Smilkov 2017)',
  occlusion: 'what changes without the token; for and against (Zeiler & Fergus 2014)',
  'attention-rollout': 'attention followed through all layers (Abnar & Zuidema 2020)',
  'attention-flow': 'most that attention can carry through all layers; slow (Abnar & Zuidema 2020)',
  surprisal: 'bits of surprise at the token, causal models only (Shannon)',
};

/** Asks how saliency is to be measured. */
export async function chooseSaliency({ inspections }: App): Promise<void> {
  const current = readSettings().saliency;
  const isCausal = inspections.shown ? inspections.shown.inspection.model.task === 'causal-lm' : true;
  const items = saliencyNames
    .filter((name) => name !== 'surprisal' || isCausal)
    .map((name) => ({
      label: `${name === current ? '$(check)' : '$(blank)'} ${name}`,
      detail: descriptions[name],
      name,
    }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Headlight: Choose Saliency Measure',
    placeHolder: 'How much each token matters for the target',
    matchOnDetail: true,
  });
  if (chosen) await writeSaliencyMethod(chosen.name);
}
