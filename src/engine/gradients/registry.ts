import type { GradientRule } from './rule';
import { addRules } from './rules/add';
import { concatRules } from './rules/concat';
import { convolutionRules } from './rules/convolution';
import { cumulativeSumRules } from './rules/cumulativeSum';
import { einsumRules } from './rules/einsum';
import { exponentialRules } from './rules/exponential';
import { gatherRules } from './rules/gather';
import { geluRules } from './rules/gelu';
import { identityRules } from './rules/identity';
import { matMulRules } from './rules/matMul';
import { multiplyRules } from './rules/multiply';
import { normalizationRules } from './rules/normalization';
import { padRules } from './rules/pad';
import { powerRules } from './rules/power';
import { quantisedRules } from './rules/quantised';
import { rectifierRules } from './rules/rectifier';
import { reduceRules } from './rules/reduce';
import { repeatRules } from './rules/repeat';
import { reshapeRules } from './rules/reshape';
import { rotaryEmbeddingRules } from './rules/rotaryEmbedding';
import { scatterRules } from './rules/scatter';
import { sigmoidRules } from './rules/sigmoid';
import { sliceRules } from './rules/slice';
import { softmaxRules } from './rules/softmax';
import { trigonometricRules } from './rules/trigonometric';
import { whereRules } from './rules/where';

/** From an operator's name (`Softmax`, `com.microsoft::BiasGelu`) to its rule. A new rule is one file and one line here. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  [
    addRules,
    concatRules,
    convolutionRules,
    cumulativeSumRules,
    einsumRules,
    exponentialRules,
    gatherRules,
    geluRules,
    identityRules,
    matMulRules,
    multiplyRules,
    normalizationRules,
    padRules,
    powerRules,
    quantisedRules,
    rectifierRules,
    reduceRules,
    repeatRules,
    reshapeRules,
    rotaryEmbeddingRules,
    scatterRules,
    sigmoidRules,
    sliceRules,
    softmaxRules,
    trigonometricRules,
    whereRules,
  ].flatMap((family) =>
    family.flatMap((rule: GradientRule) =>
      rule.operators.map((operator): [string, GradientRule] => [operator, rule]),
    ),
  ),
);
