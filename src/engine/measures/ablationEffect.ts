import type { HeadMeasure } from './measure';

export const ablationEffect: HeadMeasure = {
  label: 'Ablation effect',
  description:
    'What becomes of the target without the head: the target with ξ = 0 minus the target as it is, where ξ is a factor on the head’s output. Below zero, the head speaks for the target; computed by one run per head.',
  source: 'Michel 2019',
  unit: '',
  range: [-Infinity, Infinity],
  higher: 'the head holds the target down: without it the target is larger.',
  needs: 'furtherRuns',
};
