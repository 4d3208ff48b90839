import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hcl, rgb } from 'd3';
import fc from 'fast-check';
import { arcPath, lanes, pack, placeLabel, ports, type Span } from '../../webview/marks/arcs';
import { relationColour, relationFamily, themeKinds } from '../../webview/marks/relations';

/** Random projective trees: a parent is drawn inside each interval, then its two sides are trees of their own. */
const projectiveTree = fc
  .array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 2, maxLength: 24 })
  .map((draws) => {
    const spans: Span[] = [];
    const grow = (from: number, to: number, parent: number): void => {
      if (from >= to) return;
      const node = from + Math.floor(draws[from] * (to - from));
      if (parent >= 0) spans.push({ left: Math.min(node, parent), right: Math.max(node, parent) });
      grow(from, node, node);
      grow(node + 1, to, node);
    };
    grow(0, draws.length, -1);
    return { places: draws.length, spans };
  });

const anySpans = fc.integer({ min: 2, max: 20 }).chain((places) =>
  fc.array(fc.tuple(fc.nat(places - 1), fc.nat(places - 1)), { maxLength: 30 }).map((pairs) => ({
    places,
    spans: pairs
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => ({ left: Math.min(a, b), right: Math.max(a, b) })),
  })),
);

const overlap = (a: Span, b: Span) => Math.max(a.left, b.left) < Math.min(a.right, b.right);
const inside = (a: Span, b: Span) =>
  a.left >= b.left && a.right <= b.right && a.right - a.left < b.right - b.left;

describe('lanes of arcs', () => {
  it('puts arcs that share a gap into different lanes', () => {
    fc.assert(
      fc.property(anySpans, ({ places, spans }) => {
        const lane = lanes(spans, places);
        spans.forEach((a, i) =>
          spans.forEach((b, k) => i < k && overlap(a, b) && assert.notEqual(lane[i], lane[k])),
        );
      }),
    );
  });

  it('puts an arc above every arc inside it', () => {
    fc.assert(
      fc.property(anySpans, ({ places, spans }) => {
        const lane = lanes(spans, places);
        spans.forEach((a, i) => spans.forEach((b, k) => inside(a, b) && assert.ok(lane[i] < lane[k])));
      }),
    );
  });

  it('uses no lane more than the nesting needs', () => {
    fc.assert(
      fc.property(projectiveTree, ({ places, spans }) => {
        const lane = lanes(spans, places);
        spans.forEach((a, i) => {
          const highest = Math.max(0, ...spans.map((b, k) => (inside(b, a) ? lane[k] : 0)));
          assert.equal(lane[i], highest + 1);
        });
      }),
    );
  });
});

/** The arc as a polygon of straight pieces: stem, top, stem. */
function segments(
  spans: readonly Span[],
  places: number,
  x: ArrayLike<number>,
): [number, number, number, number][][] {
  const lane = lanes(spans, places);
  const offsets = ports(spans, () => 20, 4);
  return spans.map(({ left, right }, i) => {
    const x0 = x[left] + offsets.left[i];
    const x1 = x[right] + offsets.right[i];
    return [
      [x0, 0, x0, lane[i]],
      [x0, lane[i], x1, lane[i]],
      [x1, lane[i], x1, 0],
    ];
  });
}

/** Whether a horizontal and a vertical piece cross in their interiors. */
function cross(a: [number, number, number, number], b: [number, number, number, number]): boolean {
  const [h, v] = a[1] === a[3] ? [a, b] : [b, a];
  if (h[1] !== h[3] || v[0] !== v[2]) return false;
  return (
    v[0] > Math.min(h[0], h[2]) &&
    v[0] < Math.max(h[0], h[2]) &&
    h[1] > Math.min(v[1], v[3]) &&
    h[1] < Math.max(v[1], v[3])
  );
}

describe('ports of arcs', () => {
  it('leaves no crossing in a projective tree', () => {
    fc.assert(
      fc.property(projectiveTree, ({ places, spans }) => {
        const drawn = segments(
          spans,
          places,
          Array.from({ length: places }, (_, i) => i * 40),
        );
        drawn.forEach((a, i) =>
          drawn.forEach(
            (b, k) =>
              i < k && a.forEach((s) => b.forEach((t) => assert.ok(!cross(s, t), `${i} crosses ${k}`))),
          ),
        );
      }),
    );
  });

  it('gives every arc of a place a port of its own, within the room', () => {
    fc.assert(
      fc.property(projectiveTree, ({ places, spans }) => {
        const offsets = ports(spans, () => 20, 4);
        for (let place = 0; place < places; place++) {
          const used = spans.flatMap((span, i) =>
            span.left === place ? [offsets.left[i]] : span.right === place ? [offsets.right[i]] : [],
          );
          assert.equal(new Set(used).size, used.length);
          assert.ok(used.every((offset) => Math.abs(offset) <= 10 + 1e-9));
        }
      }),
    );
  });

  it('keeps the middle for a mark', () => {
    const spans = [
      { left: 0, right: 2 },
      { left: 1, right: 2 },
      { left: 2, right: 3 },
    ];
    const offsets = ports(spans, () => 20, 4, new Set([2]));
    assert.deepEqual([offsets.right[1], offsets.right[0], offsets.left[2]], [-8, -4, 4]);
  });
});

describe('packing of a row', () => {
  const rows = anySpans.chain(({ places, spans }) =>
    fc.record({
      widths: fc.array(fc.integer({ min: 4, max: 90 }), { minLength: places, maxLength: places }),
      wishes: fc.constant(spans.map((span, i) => ({ ...span, pixels: 10 + ((i * 37) % 90) }))),
    }),
  );

  it('keeps words apart and grants every wished distance', () => {
    fc.assert(
      fc.property(rows, ({ widths, wishes }) => {
        const x = pack(widths, () => 7, wishes);
        for (let i = 1; i < x.length; i++) {
          assert.ok(x[i] - widths[i] / 2 >= x[i - 1] + widths[i - 1] / 2 + 7 - 1e-9);
        }
        for (const { left, right, pixels } of wishes) assert.ok(x[right] - x[left] >= pixels - 1e-9);
      }),
    );
  });

  it('wastes no pixel: each place touches its neighbour or a wished distance', () => {
    fc.assert(
      fc.property(rows, ({ widths, wishes }) => {
        const x = pack(widths, () => 7, wishes);
        for (let i = 1; i < x.length; i++) {
          const tight = Math.abs(x[i] - widths[i] / 2 - (x[i - 1] + widths[i - 1] / 2 + 7)) < 1e-9;
          assert.ok(
            tight || wishes.some((w) => w.right === i && Math.abs(x[i] - x[w.left] - w.pixels) < 1e-9),
          );
        }
      }),
    );
  });
});

describe('labels on arcs', () => {
  it('stay inside the arc and off the stems where that is possible', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 10, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 4 }),
        fc.integer({ min: -100, max: 500 }),
        (length, width, stems, wish) => {
          const x = placeLabel(0, length, width, stems, wish);
          if (width > length) return assert.equal(x, length / 2);
          assert.ok(x - width / 2 >= 0 && x + width / 2 <= length);
          const free = Array.from({ length: length - width + 1 }, (_, i) => i + width / 2).some((middle) =>
            stems.every((stem) => Math.abs(stem - middle) >= width / 2),
          );
          if (free) assert.ok(stems.every((stem) => Math.abs(stem - x) >= width / 2));
        },
      ),
    );
  });
});

describe('paths of arcs', () => {
  it('starts and ends on the baseline and turns by the shoulders', () => {
    assert.equal(
      arcPath(10, 90, 100, 40, { rx: 10, ry: 8 }),
      'M10,100V68A10,8 0 0 1 20,60H80A10,8 0 0 1 90,68V100',
    );
  });

  it('mirrors below the baseline and from right to left', () => {
    assert.equal(
      arcPath(10, 90, 0, -40, { rx: 10, ry: 8 }),
      'M10,0V32A10,8 0 0 0 20,40H80A10,8 0 0 0 90,32V0',
    );
    assert.equal(
      arcPath(90, 10, 0, -40, { rx: 10, ry: 8 }),
      'M90,0V32A10,8 0 0 1 80,40H20A10,8 0 0 1 10,32V0',
    );
  });
});

/** WCAG relative luminance of `#rrggbb`. */
function luminance(colour: string): number {
  const { r, g, b } = rgb(colour);
  const [red, green, blue] = [r, g, b].map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [bright, dim] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

describe('colours of relations', () => {
  const backgrounds = {
    dark: ['#1e1e1e', '#1f1f1f', '#282a36'],
    light: ['#ffffff', '#f3f3f3'],
    'hc-dark': ['#000000'],
    'hc-light': ['#ffffff'],
  };
  const required = { dark: 4.5, light: 4.5, 'hc-dark': 7, 'hc-light': 7 };
  const all =
    'nsubj obj iobj csubj ccomp xcomp obl vocative expl dislocated advcl advmod discourse aux cop mark nmod appos nummod acl amod det clf case conj cc fixed flat list parataxis compound punct dep root'.split(
      ' ',
    );

  for (const theme of themeKinds) {
    it(`can be read on the backgrounds of ${theme} themes`, () => {
      for (const relation of all) {
        for (const background of backgrounds[theme]) {
          const ratio = contrast(relationColour(relation, theme), background);
          assert.ok(ratio >= required[theme], `${relation} on ${background}: ${ratio.toFixed(2)}`);
        }
      }
    });
  }

  it('gives subtypes the colour of their relation', () => {
    assert.equal(relationColour('nsubj:pass', 'dark'), relationColour('nsubj', 'dark'));
  });

  it('keeps relations that are frequent in one sentence apart', () => {
    const frequent = ['nsubj', 'obj', 'obl', 'nmod', 'amod', 'advmod', 'det', 'case', 'conj'];
    for (const a of frequent) {
      for (const b of frequent) {
        if (a >= b) continue;
        const turn = Math.abs(hcl(relationColour(a, 'dark')).h - hcl(relationColour(b, 'dark')).h);
        assert.ok(Math.min(turn, 360 - turn) >= 12, `${a} and ${b} are ${turn.toFixed(0)}° apart`);
      }
    }
  });

  it('names the family of each relation', () => {
    assert.deepEqual(['nsubj:pass', 'nmod', 'amod', 'case', 'punct'].map(relationFamily), [
      'core',
      'nominal',
      'modifier',
      'function',
      'other',
    ]);
  });
});
