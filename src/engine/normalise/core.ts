import { ElementType, floatOf, intOf } from '../onnx/graph';
import { lowest, type RewriteSite } from './rewrite';

/** Attention of many heads over prepared queries, keys and values. */
export interface CoreInputs {
  /** [B, H, Sq, d] */
  readonly queries: string;
  /** [B, H, Sk, d] */
  readonly keys: string;
  /** [B, H, Sk, dv] */
  readonly values: string;
  /** A number, or 1/√d where it is left out. */
  readonly scale?: number;
  /** Added to the scaled scores; each broadcasts to [B, H, Sq, Sk], or is left out. */
  readonly biases: readonly (string | undefined)[];
  /** c · tanh(score / c). Bias comes before or after it by what the operator says. */
  readonly softcap?: { readonly limit: number; readonly isBeforeBias: boolean };
  /** True for queries that see anything, [B or 1, H or 1, Sq, 1]; the probabilities of all others are 0. Left out: all are taken as they are. */
  readonly seeing?: string;
  /** [1, H, 1, 1] logit of a position that nobody sees but that takes part in the softmax. */
  readonly sink?: string;
}

export interface CoreOutputs {
  /** [B, H, Sq, dv] */
  readonly context: string;
  /** [B, H, Sq, Sk] */
  readonly probabilities: string;
  /** scale · queries · keysᵀ */
  readonly product: string;
  readonly capped: string;
  /** What the softmax is taken of. */
  readonly scores: string;
}

/** softmax(scale · q · kᵀ + bias) · v in plain operators (Vaswani 2017). */
export function attentionCore(at: RewriteSite, inputs: CoreInputs): CoreOutputs {
  const raw = at.op('MatMul', [inputs.queries, at.transpose(inputs.keys, 0, 1, 3, 2)]);
  const product = at.op('Mul', [raw, scaleOf(at, inputs)]);
  const biased = (x: string): string =>
    inputs.biases.reduce<string>((sum, bias) => (bias === undefined ? sum : at.op('Add', [sum, bias])), x);
  const cap = (x: string): string => {
    const limit = inputs.softcap?.limit ?? 0;
    if (limit === 0) return x;
    return at.op('Mul', [at.op('Tanh', [at.op('Div', [x, at.number(limit)])]), at.number(limit)]);
  };
  const isCapFirst = inputs.softcap?.isBeforeBias ?? true;
  const first = isCapFirst ? cap(product) : biased(product);
  const scores = isCapFirst ? biased(first) : cap(first);
  const shares = inputs.sink === undefined ? at.op('Softmax', [scores]) : withSink(at, scores, inputs.sink);
  const probabilities =
    inputs.seeing === undefined ? shares : at.op('Where', [inputs.seeing, shares, at.number(0)]);
  return {
    context: at.op('MatMul', [probabilities, inputs.values]),
    probabilities,
    product,
    capped: first,
    scores,
  };
}

function scaleOf(at: RewriteSite, { queries, scale }: CoreInputs): string {
  if (scale !== undefined && scale !== 0) return at.number(scale);
  const size = at.build.cast(at.scalarOf(at.length(queries, 3)), at.type);
  return at.op('Reciprocal', [at.op('Sqrt', [size])]);
}

/** Softmax over the scores and one more logit, whose share is then left out. */
function withSink(at: RewriteSite, scores: string, sink: string): string {
  const shape = at.concat(0, at.slice(at.op('Shape', [scores]), 0, 0, 3), at.ints(1));
  const all = at.op('Softmax', [at.concat(3, scores, at.op('Expand', [sink, shape]))]);
  return at.slice(all, 3, 0, -1);
}

/** Which keys are seen from where, beyond what masks say. */
export interface Sight {
  /** A query sees so many keys at most, its own position included. */
  readonly window?: number;
  /** int64 vector of one element: the position of the first query; default: the keys that are more than the queries. */
  readonly begin?: string;
}

/** True where key j may be seen from query i: [Sq, Sk]. Query i stands at position `begin + i`. */
export function causalSight(at: RewriteSite, queries: string, keys: string, sight: Sight = {}): string {
  const rows = at.length(queries, 2);
  const columns = at.length(keys, 2);
  const begin = sight.begin ?? at.op('Sub', [columns, rows]);
  const i = at.unsqueeze(at.range(begin, at.op('Add', [begin, rows])), 1);
  const j = at.unsqueeze(at.range(at.ints(0), columns), 0);
  const seen = at.op('LessOrEqual', [j, i]);
  if (sight.window === undefined) return seen;
  return at.op('And', [seen, at.op('Less', [at.op('Sub', [i, j]), at.ints(sight.window)])]);
}

/** `bias` (0 where it is left out) where something is seen, `hidden` elsewhere. */
export function biasOfSight(at: RewriteSite, seen: string, hidden: number, bias?: string): string {
  return at.op('Where', [seen, bias ?? at.number(0), at.number(hidden)]);
}

/** 0 where the mask is not 0, `hidden` elsewhere, in the mask's shape. */
export function biasOfMask(at: RewriteSite, mask: string, hidden: number): string {
  const isBool = at.types.elementType(mask) === ElementType.bool;
  const seen = isBool ? mask : at.build.cast(mask, ElementType.bool);
  return biasOfSight(at, seen, hidden);
}

/** Places a past in front of keys or values, [B, H, P, d] and [B, H, S, d]. */
export function withPast(at: RewriteSite, past: string | undefined, now: string): string {
  return past === undefined ? now : at.concat(2, past, now);
}

/** Repeats each key-value head for the query heads that share it: [B, G, S, d] → [B, H, S, d]. */
export function repeatHeads(at: RewriteSite, x: string, from: number, to: number): string {
  if (from === to) return x;
  const [batch, , length, width] = [0, 1, 2, 3].map((axis) => at.length(x, axis));
  const group = at.ints(from);
  const wide = at.op('Expand', [
    at.unsqueeze(x, 2),
    at.concat(0, batch, group, at.ints(to / from), length, width),
  ]);
  return at.op('Reshape', [wide, at.concat(0, batch, at.ints(to), length, width)]);
}

/**
 * What onnxruntime's Attention and MultiHeadAttention add to the scores for their mask and direction; undefined where they see everything.
 * A causal mask wins over the other one, it is not added to it: rows that see nothing then spread evenly over all keys.
 * @param keys [B, H, Sk, d]
 */
export function microsoftBias(
  at: RewriteSite,
  mask: string | undefined,
  queries: string,
  keys: string,
): string | undefined {
  const hidden = floatOf(at.node, 'mask_filter_value', -10000);
  const bias = mask === undefined ? undefined : microsoftMask(at, mask, queries, keys, hidden);
  if (intOf(at.node, 'unidirectional', 0) === 0) return bias;
  return biasOfSight(at, causalSight(at, queries, keys), lowest(at.type), bias);
}

/**
 * A mask as a bias that broadcasts to [B, H, Sq, Sk]. By its rank it is [B] (valid keys of each text), [2·B] (ends, then beginnings),
 * [B, Sk], [B, Sq, Sk] or [B, 1, M, M]; one of [B, 1] or [1, 1] stands for none.
 */
function microsoftMask(
  at: RewriteSite,
  mask: string,
  queries: string,
  keys: string,
  hidden: number,
): string | undefined {
  const columns = at.length(keys, 2);
  switch (at.rank(mask)) {
    case 1: {
      const batch = at.length(queries, 0);
      // Zeros behind a mask of [B] stand for the beginnings that it does not state.
      const zeros = at.op('Sub', [mask, mask]);
      const padded = at.concat(0, mask, zeros);
      const place = (from: string, to: string): string =>
        at.unsqueeze(at.build.cast(at.slice(padded, 0, from, to), ElementType.int64), 1);
      const end = place(at.ints(0), batch);
      const start = place(batch, at.op('Mul', [batch, at.ints(2)]));
      const j = at.unsqueeze(at.range(at.ints(0), columns), 0);
      const seen = at.op('And', [at.op('Less', [j, end]), at.op('GreaterOrEqual', [j, start])]);
      return at.unsqueeze(biasOfSight(at, seen, hidden), 1, 2);
    }
    case 2:
      return at.size(mask, 1) === 1 ? undefined : at.unsqueeze(biasOfMask(at, mask, hidden), 1, 2);
    case 3:
      return at.unsqueeze(biasOfMask(at, mask, hidden), 1);
    case 4: {
      const rows = at.slice(mask, 2, at.op('Sub', [columns, at.length(queries, 2)]), columns);
      return biasOfMask(at, at.slice(rows, 3, 0, columns), hidden);
    }
    default:
      return at.fail('its mask has an unknown shape');
  }
}
