import {
  badLine,
  cleanLabel,
  type FilePair,
  type FileRelations,
  type FileSpan,
  mostPairs,
  mostSpans,
} from './file';

/** Label of BRAT's equivalences (`*	Equiv T1 T2`), which have no direction. */
const equivalence = 'Equiv';

/**
 * Reads BRAT's stand-off format (https://brat.nlplab.org/standoff.html): text-bound annotations (`T`) are the spans;
 * relations (`R`), the arguments of events (`E`, from the argument to the trigger) and equivalences (`*`) are the pairs.
 * Attributes, normalisations and notes say nothing of pairs and are passed over. Offsets count Unicode code points.
 * @throws UserError naming the line
 */
export function readBrat(name: string, content: string): FileRelations {
  const spans: FileSpan[] = [];
  /** Span of each `T`, and of each `E` that of its trigger. */
  const spanOf = new Map<string, number>();
  const events: { readonly line: number; readonly trigger: string; readonly args: readonly Argument[] }[] =
    [];
  const relations: { readonly line: number; readonly label: string; readonly ends: readonly string[] }[] = [];
  const symmetric = new Set<string>();

  content
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((text, index) => {
      const line = index + 1;
      const bad = (fault: string) => badLine(name, line, fault);
      const [id = '', body = '', covered] = text.split('\t');
      if (id.trim() === '') return;
      switch (id[0]) {
        case 'T': {
          if (spans.length >= mostSpans) throw bad(`is one more span than the ${mostSpans} that can be read`);
          const match = /^(\S+) (\d+ \d+(?:;\d+ \d+)*)$/.exec(body.trim());
          if (!match) throw bad(`has no type with offsets, such as “T1	Person 0 5	Alice”`);
          if (spanOf.has(id)) throw bad(`gives ${id} a second time`);
          const ranges = match[2].split(';').map((part) => {
            const [start, end] = part.split(' ').map(Number);
            if (end <= start) throw bad(`has the span ${start} to ${end}, which is empty`);
            return [start, end] as const;
          });
          spanOf.set(id, spans.length);
          spans.push({ ranges, line, ...(covered === undefined ? {} : { text: covered }) });
          return;
        }
        case 'R': {
          const match = /^(\S+) \w+:(\S+) \w+:(\S+)$/.exec(body.trim());
          const label = cleanLabel(match?.[1]);
          if (!match || !label) throw bad('is no relation such as “R1	Knows Arg1:T1 Arg2:T2”');
          relations.push({ line, label, ends: [match[2], match[3]] });
          return;
        }
        case 'E': {
          const [trigger, ...args] = body
            .trim()
            .split(/\s+/)
            .map((part) => argumentOf(part));
          if (!trigger) throw bad('is no event such as “E1	Attack:T1 Target:T2”');
          events.push({ line, trigger: trigger.id, args: args.filter((one) => one !== undefined) });
          spanOf.set(id, -1 - (events.length - 1));
          return;
        }
        case '*': {
          const [kind, ...ends] = body.trim().split(/\s+/);
          const label = cleanLabel(kind);
          if (!label || ends.length < 2) throw bad(`is no equivalence such as “*	${equivalence} T1 T2”`);
          symmetric.add(label);
          // Each with the next: all with all would be a picture of nothing but arcs.
          for (let i = 1; i < ends.length; i++) relations.push({ line, label, ends: [ends[i], ends[i - 1]] });
          return;
        }
        case 'A':
        case 'M':
        case 'N':
        case '#':
          return;
        default:
          throw bad(`begins with “${id.slice(0, 20)}”, which is no annotation of BRAT`);
      }
    });

  const found = (id: string, line: number): number => {
    // An event stands where its trigger does; a trigger is never an event.
    const at = spanOf.get(id) ?? NaN;
    const span = at < 0 ? (spanOf.get(events[-1 - at].trigger) ?? NaN) : at;
    if (!(span >= 0)) throw badLine(name, line, `speaks of ${id.slice(0, 20)}, which the file does not have`);
    return span;
  };
  const pairs: FilePair[] = relations.map(({ line, label, ends: [from, to] }) => ({
    from: found(from, line),
    to: found(to, line),
    label,
  }));
  for (const { line, trigger, args } of events) {
    for (const { role, id } of args)
      pairs.push({ from: found(id, line), to: found(trigger, line), label: role });
    if (pairs.length > mostPairs)
      throw badLine(name, line, `has one relation more than the ${mostPairs} that can be read`);
  }
  if (pairs.length > mostPairs)
    throw badLine(
      name,
      relations[mostPairs].line,
      `has one relation more than the ${mostPairs} that can be read`,
    );
  return { unit: 'code-point', spans, pairs, symmetric: [...symmetric] };
}

interface Argument {
  readonly role: string;
  readonly id: string;
}

/** `Target2:T5`: roles that an event has several times are numbered. */
function argumentOf(part: string): Argument | undefined {
  const match = /^([^:\s]+?)\d*:(\S+)$/.exec(part);
  const role = cleanLabel(match?.[1]);
  return match && role ? { role, id: match[2] } : undefined;
}
