import { dataSetVisit } from './dataSet';
import { editorVisit } from './editor';
import { promptVisit } from './prompt';
import { codeVisit, proseVisit } from './prose';
import type { Visit } from './scene';
import { troubleVisit } from './trouble';

/** What the gallery shows, window by window. */
export const visits: readonly Visit[] = [
  proseVisit,
  codeVisit,
  promptVisit,
  dataSetVisit,
  troubleVisit,
  editorVisit,
];
