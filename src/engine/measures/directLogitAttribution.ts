import type { HeadMeasure } from './measure';

export const directLogitAttribution: HeadMeasure = {
  label: 'Direct logit attribution',
  description:
    'What the head itself writes into the target: its output, through the output projection and the final norm held fixed (its deviation taken as a constant), dotted with the target’s unembedding row. What later layers make of it does not count. Where logits are soft-capped, it is of the logit before the cap. Only for models that add their layers up before one final norm.',
  source: 'Elhage 2021',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the head writes more in favour of the target.',
  needs: 'furtherRuns',
};
