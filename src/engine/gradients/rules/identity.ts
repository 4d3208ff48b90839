import type { GradientRule } from '../rule';

/** The same numbers, perhaps in another element type (Dropout does nothing outside training):  dx = dy */
const identity: GradientRule = {
  operators: ['Identity', 'Dropout', 'Cast', 'CastLike'],
  gradient: ({ dy, x, ops }) => [() => ops.asTypeOf(dy, x(0))],
};

/** Steps and constants: flat wherever they are smooth, so nothing depends on their inputs */
const flat: GradientRule = {
  operators: [
    'Ceil',
    'Floor',
    'Round',
    'Sign',
    'Hardmax',
    'EyeLike',
    'RandomNormalLike',
    'RandomUniformLike',
    'ConstantOfShape',
  ],
  gradient: () => [],
};

export const identityRules = [identity, flat];
