import { parseArgs } from 'node:util';
import type { ColumnChoice } from '../protocol/dataSet';
import { WrongUsage } from './wrongUsage';

/** `headlight corpus`, as it was asked for. */
export interface CorpusArguments {
  readonly file: string;
  readonly model: string;
  readonly onnx?: string;
  /** Undefined: as the file suggests. */
  readonly columns?: ColumnChoice;
  readonly scores: boolean;
  readonly conllu?: string;
  readonly leastInstances?: number;
  readonly limit?: number;
  readonly json?: string;
  readonly csv?: string;
  readonly html?: string;
  /** Results are kept for the next time. */
  readonly cache: boolean;
}

const options = {
  model: { type: 'string' },
  onnx: { type: 'string' },
  columns: { type: 'string' },
  scores: { type: 'boolean' },
  conllu: { type: 'string' },
  'least-instances': { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'string' },
  csv: { type: 'string' },
  html: { type: 'string' },
  'no-cache': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const corpusUsage = `headlight corpus FILE [options]          run a model over many texts

FILE: .txt (a text per line), .csv, .tsv, .jsonl or .parquet
  --columns text=NAME,pair=NAME,label=NAME   which columns mean what (else: by their names)
  --limit N                 the first N texts only
  --model NAME|FOLDER|FILE  built-in model, folder of the Hugging Face hub, or .onnx file
  --onnx FILE               picks the file inside the folder

Heads
  --scores                  measures of all heads as means over the texts; which heads find which relation
  --conllu FILE             trees of the texts, in place of the built-in parser's
  --least-instances N       instances that a relation needs for a syntactic score (100)

Output (default: a summary as text)
  --json FILE|-             everything as JSON: docs/corpus.md says what it holds
  --csv FILE                a row per text: label, prediction, confidence, tokens
  --html FILE               a page with the interactive overview of heads and the tables
  --no-cache                keep no results for the next time
`;

/**
 * Reads the arguments of `headlight corpus`.
 * @throws WrongUsage with a line that says what is wrong
 */
export function parseCorpus(argv: readonly string[]): CorpusArguments | 'help' {
  const { values, positionals } = parsed(argv);
  if (values.help) return 'help';
  const [file, ...rest] = positionals;
  if (file === undefined) throw new WrongUsage('corpus wants a file of texts');
  if (rest.length > 0) throw new WrongUsage(`“${rest[0]}” is too much: corpus takes one file`);
  const wantsTrees = values.conllu !== undefined || values['least-instances'] !== undefined;
  return {
    file,
    model: values.model ?? 'headlight-encoder-sentiment',
    onnx: values.onnx,
    ...(values.columns === undefined ? {} : { columns: columnsOf(values.columns) }),
    // Trees are for nothing else.
    scores: values.scores === true || wantsTrees,
    conllu: values.conllu,
    leastInstances: positive('least-instances', values['least-instances']),
    limit: positive('limit', values.limit),
    json: values.json,
    csv: values.csv,
    html: values.html,
    cache: values['no-cache'] !== true,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function columnsOf(value: string): ColumnChoice {
  const columns: { text?: string; pair?: string; label?: string } = {};
  for (const part of value.split(',')) {
    const match = /^(text|pair|label)=(.+)$/.exec(part.trim());
    if (match === null)
      throw new WrongUsage(`--columns wants text=NAME,pair=NAME,label=NAME, not “${part.trim()}”`);
    columns[match[1] as keyof ColumnChoice] = match[2];
  }
  return columns;
}

function positive(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new WrongUsage(`--${name} wants a whole number above 0, not “${value}”`);
  return number;
}
