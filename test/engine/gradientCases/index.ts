import { elementwiseCases } from './elementwise';
import { movementCases } from './movement';
import { normalizationCases } from './normalization';
import { productCases } from './products';
import type { GradientCase } from './sample';

/** One entry for each rule, and for each form that it takes. */
export const gradientCases: readonly GradientCase[] = [
  ...elementwiseCases,
  ...movementCases,
  ...normalizationCases,
  ...productCases,
];
