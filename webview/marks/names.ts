/* What views write names and numbers with; the extension host writes them the same way. */
export { headName, sameHead } from '../../src/protocol/heads';
export { percent, twoDigits } from '../../src/protocol/numbers';
