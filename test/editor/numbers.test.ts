import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { probability, twoDigits } from '../../src/protocol/numbers';

describe('a number', () => {
  it('has two significant digits', () => {
    const cases: [number, string][] = [
      [0, '0'],
      [0.1234, '0.12'],
      [0.00123, '0.0012'],
      [0.000031, '3.1e-5'],
      [0.00003, '3.0e-5'],
      [0.0996, '0.10'],
      [1, '1.0'],
      [9.96, '10'],
      [123.4, '123'],
      [-0.4, '−0.40'],
      [-0, '0'],
      [2_500_000, '2.5e6'],
      [NaN, '–'],
      [-Infinity, '−∞'],
    ];
    for (const [value, text] of cases) assert.equal(twoDigits(value), text);
  });
});

describe('a probability', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 %'],
    [1, '100 %'],
    [0.56, '56 %'],
    [0.099, '9.9 %'],
    [0.00019, '0.019 %'],
    [0.99981, '99.98 %'],
    [0.995, '99.5 %'],
    [0.95, '95 %'],
    [0.9, '90 %'],
    [0.999999, '> 99.99 %'],
    [1e-9, '< 0.001 %'],
    [NaN, '–'],
  ];
  for (const [value, words] of cases)
    it(`of ${value} reads ${words}`, () =>
      assert.equal(probability(value), words.replace(/ (?=%)/, '\u202f')));

  it('never says 0 % or 100 % of anything between', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (value) => {
        assert.ok(!['0', '100'].includes(probability(value).replace(/(\.0+)?\u202f%$/, '')), String(value));
      }),
    );
  });
});
