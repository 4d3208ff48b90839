import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowPlace, type RowForm } from '../../src/editor/rowPlace';

/** What stands at the place that is found. */
function textAt(document: string, form: RowForm, row: number, text: string, firstLine?: number) {
  const place = rowPlace(document, form, row, text, firstLine);
  return place && { text: document.slice(...place.range), start: place.range[0], isExact: place.isExact };
}

describe('the place of a row in its document', () => {
  it('of lines is the row-th line that is not empty, also where the same line stands above', () => {
    const document = 'again\r\n\r\n  \r\nagain\r\nlast';
    assert.deepEqual(textAt(document, 'lines', 1, 'again'), { text: 'again', start: 13, isExact: true });
    assert.deepEqual(textAt(document, 'lines', 2, 'last'), { text: 'last', start: 20, isExact: true });
  });

  it('of selected lines is counted from the first of them', () => {
    const document = 'one\ntwo\none\ntwo';
    assert.deepEqual(textAt(document, 'lines', 1, 'two', 2), { text: 'two', start: 12, isExact: true });
  });

  it('of lines that have changed is where the text is now, or nowhere', () => {
    assert.deepEqual(textAt('new\nmoved\nold', 'lines', 0, 'moved')?.start, 4);
    assert.equal(textAt('new', 'lines', 0, 'gone'), undefined);
  });

  it('of a table is not above the line of its number, where the text is repeated', () => {
    const document = 'text,label\ngood,1\nbad,0\ngood,1\n';
    assert.equal(textAt(document, 'table', 0, 'good')?.start, 11);
    assert.equal(textAt(document, 'table', 2, 'good')?.start, document.lastIndexOf('good'));
  });

  it('of a table is told as written otherwise where quotes are doubled', () => {
    const document = 'text,label\n"a ""fine"" film",1\n';
    assert.deepEqual(textAt(document, 'table', 0, 'a "fine" film'), {
      text: 'a ""fine"" film',
      start: 12,
      isExact: false,
    });
  });

  it('of JSON lines is found by its escapes', () => {
    const document = '{"text":"one"}\n{"text":"two\\n\\"lines\\""}\n';
    assert.deepEqual(textAt(document, 'json', 1, 'two\n"lines"'), {
      text: 'two\\n\\"lines\\"',
      start: 24,
      isExact: false,
    });
    assert.equal(textAt(document, 'json', 0, 'one')?.isExact, true);
  });
});
