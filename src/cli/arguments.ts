import { parseArgs } from 'node:util';
import { svgViews, type SvgView } from '../export/svg';
import {
  blockMeasureNames,
  headMeasureNames,
  saliencyNames,
  type BlockName,
  type HeadRef,
  type InspectRequest,
  type SaliencyName,
} from '../protocol/inspection';
import type { AttentionEdit } from '../protocol/edits';
import { parseEdits } from './edits';
import { WrongUsage } from './wrongUsage';

/** `headlight inspect`, as it was asked for. */
export interface InspectArguments {
  readonly model: string;
  readonly onnx?: string;
  readonly text?: string;
  readonly file?: { readonly path: string; readonly from?: number; readonly to?: number };
  readonly pair?: string;
  readonly inputIds?: readonly number[];
  readonly decoderInputIds?: readonly number[];
  readonly feeds?: string;
  readonly image?: string;
  /** A file with attention that is opened instead of running a model. */
  readonly attention?: string;
  readonly target?: string;
  readonly position?: number;
  readonly contrast?: string;
  readonly steps?: number;
  readonly baseline?: 'pad' | 'mask' | 'unk' | 'zero';
  /** Undefined: those that are cheap. */
  readonly saliency?: readonly SaliencyName[];
  readonly measures?: InspectRequest['measures'];
  readonly shapleySeconds?: number;
  readonly parse: boolean;
  /** A CoNLL-U, BRAT or JSON file. */
  readonly relations?: string;
  /** VS Code's id of a language; default: by the file's ending. */
  readonly language?: string;
  readonly ablate: readonly HeadRef[];
  readonly edits: readonly AttentionEdit[];
  /** Factor on attention sinks. */
  readonly calibrateSinks?: number;
  readonly json?: string;
  readonly tensors?: string;
  readonly html?: string;
  readonly svg?: { readonly path: string; readonly view: SvgView };
}

const options = {
  text: { type: 'string' },
  file: { type: 'string' },
  pair: { type: 'string' },
  model: { type: 'string' },
  onnx: { type: 'string' },
  'input-ids': { type: 'string' },
  'decoder-input-ids': { type: 'string' },
  feeds: { type: 'string' },
  image: { type: 'string' },
  attention: { type: 'string' },
  target: { type: 'string' },
  position: { type: 'string' },
  contrast: { type: 'string' },
  'ig-steps': { type: 'string' },
  'ig-baseline': { type: 'string' },
  measures: { type: 'string' },
  'shapley-seconds': { type: 'string' },
  'no-parse': { type: 'boolean' },
  relations: { type: 'string' },
  language: { type: 'string' },
  ablate: { type: 'string' },
  edit: { type: 'string', multiple: true },
  'calibrate-sinks': { type: 'string' },
  block: { type: 'string' },
  json: { type: 'string' },
  tensors: { type: 'string' },
  html: { type: 'string' },
  svg: { type: 'string' },
  view: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const inspectUsage = `headlight inspect [INPUT] [options]      analyse one text

Input (else: standard input)
  --text TEXT               the text itself
  --file PATH[:FROM[-TO]]   a file, or some of its lines (counted from 1)
  --pair TEXT               second text: sentence pairs, or what the decoder says
  --input-ids 1,2,3         exact token ids instead of a text; --decoder-input-ids likewise
  --feeds FILE.safetensors  tensors named as the model's inputs
  --image FILE              PNG or JPEG, for vision models; with --text where they read too
  --attention FILE.safetensors   attention that any program saved, PyTorch for example; no model is run

Model
  --model NAME|FOLDER|FILE  built-in model, folder of the Hugging Face hub, or .onnx file
  --onnx FILE               picks the file inside the folder

What is explained
  --target auto|LABEL|TOKEN|#ID   --position N   --contrast TOKEN
  --measures NAME,...|all         measures of tokens and heads
  --ig-steps N (50)   --ig-baseline pad|mask|unk|zero
  --shapley-seconds N (10)        time for the Shapley values of heads
  --ablate L.H,L.H   --block encoder|decoder|cross
  --edit L.H:Q>K=F                what of the weight of token Q on token K remains in head H of
                                  layer L; L.H:>K=F of all tokens on K; * for all layers or heads
  --calibrate-sinks F             what remains of the attention on sinks, but the first token
  --relations FILE                heads are compared with the relations of a CoNLL-U, BRAT (.ann) or JSON file
  --language ID                   the text is code: typescript, python, cpp, … (default: by the file's ending)
  --no-parse                      leave the dependency parse and the syntax tree of code out

Output
  --json FILE|-             the inspection record (default: a short summary as text)
  --tensors FILE            all tensors as safetensors
  --html FILE               a page with the interactive views that needs no network
  --svg FILE --view NAME    a picture of one view: heads, dependencies, matrix or saliency
`;

/**
 * Reads the arguments of `headlight inspect`.
 * @throws WrongUsage with a line that says what is wrong
 */
export function parseInspect(argv: readonly string[]): InspectArguments | 'help' {
  const { values } = parse(argv);
  if (values.help) return 'help';
  const inputs = (['text', 'file', 'input-ids', 'feeds'] as const).filter(
    (name) => values[name] !== undefined,
  );
  const isPlain = inputs.length > 1 && !(inputs.length === 2 && inputs.includes('feeds'));
  if (isPlain) throw new WrongUsage(`--${inputs[0]} and --${inputs[1]} exclude each other`);
  if (values.attention !== undefined) refuseWithAttention(values);
  const block =
    oneOf('block', values.block, ['self', 'encoder', 'decoder', 'cross', 'text', 'vision'] as const) ??
    'self';
  if (values.block !== undefined && values.ablate === undefined && values.edit === undefined)
    throw new WrongUsage('--block says where heads are ablated or edited; give --ablate or --edit beside it');
  const measures = values.measures === undefined ? {} : splitMeasures(values.measures);
  return {
    model: values.model ?? 'headlight-encoder-sentiment',
    onnx: values.onnx,
    text: values.text,
    file: values.file === undefined ? undefined : fileRange(values.file),
    pair: values.pair,
    inputIds: ids('input-ids', values['input-ids']),
    decoderInputIds: ids('decoder-input-ids', values['decoder-input-ids']),
    feeds: values.feeds,
    image: values.image,
    attention: values.attention,
    target: values.target,
    position: whole('position', values.position),
    contrast: values.contrast,
    steps: whole('ig-steps', values['ig-steps']),
    baseline: oneOf('ig-baseline', values['ig-baseline'], ['pad', 'mask', 'unk', 'zero'] as const),
    ...measures,
    shapleySeconds: whole('shapley-seconds', values['shapley-seconds']),
    parse: values['no-parse'] !== true,
    relations: values.relations,
    language: values.language,
    ablate: values.ablate === undefined ? [] : values.ablate.split(',').map((head) => headRef(head, block)),
    edits: parseEdits(values.edit ?? [], block),
    calibrateSinks: share('calibrate-sinks', values['calibrate-sinks']),
    json: values.json,
    tensors: values.tensors,
    html: values.html,
    svg:
      values.svg === undefined
        ? undefined
        : { path: values.svg, view: oneOf('view', values.view, svgViews) ?? 'heads' },
  };
}

/** What a file holds is all that is known: nothing can be asked of a model. */
function refuseWithAttention(values: Readonly<Record<string, unknown>>): void {
  const allowed = ['attention', 'json', 'html', 'svg', 'view', 'help'];
  const other = Object.keys(values).find((name) => !allowed.includes(name));
  if (other === undefined) return;
  throw new WrongUsage(`--attention opens a file without a model, so --${other} has no meaning beside it`);
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false });
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new WrongUsage(`--${name} wants a whole number, not “${value}”`);
  return number;
}

function share(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new WrongUsage(`--${name} wants a number from 0 to 1, not “${value}”`);
  return number;
}

function ids(name: string, value: string | undefined): number[] | undefined {
  return value?.split(',').map((part) => {
    const id = Number(part.trim());
    if (part.trim() === '' || !Number.isInteger(id) || id < 0)
      throw new WrongUsage(`--${name} wants token ids such as 1,2,3, not “${part}”`);
    return id;
  });
}

function oneOf<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw new WrongUsage(`--${name} is one of ${allowed.join(', ')}, not “${value}”`);
  return found;
}

function headRef(text: string, block: BlockName): HeadRef {
  const match = /^(\d+)\.(\d+)$/.exec(text.trim());
  if (match === null) throw new WrongUsage(`--ablate wants heads such as 0.3,2.1, not “${text}”`);
  return { block, layer: Number(match[1]), head: Number(match[2]) };
}

/** PATH[:FROM[-TO]]; a colon that is followed by anything but line numbers belongs to the path. */
function fileRange(value: string): { path: string; from?: number; to?: number } {
  const match = /^(.+):(\d+)(?:-(\d+))?$/.exec(value);
  if (match === null) return { path: value };
  const from = Number(match[2]);
  const to = match[3] === undefined ? from : Number(match[3]);
  if (from < 1 || to < from)
    throw new WrongUsage(`--file wants lines such as 10-20, counted from 1, not “${value}”`);
  return { path: match[1], from, to };
}

const headNames = [...headMeasureNames, ...blockMeasureNames] as const;

function splitMeasures(value: string): {
  saliency: SaliencyName[];
  measures: NonNullable<InspectRequest['measures']>;
} {
  if (value === 'all') return { saliency: [...saliencyNames], measures: headNames };
  const saliency: SaliencyName[] = [];
  const measures: (typeof headNames)[number][] = [];
  for (const name of value.split(',').map((part) => part.trim())) {
    const token = saliencyNames.find((known) => known === name);
    const head = headNames.find((known) => known === name);
    if (token !== undefined) saliency.push(token);
    else if (head !== undefined) measures.push(head);
    else
      throw new WrongUsage(
        `there is no measure “${name}”; known are ${[...saliencyNames, ...headNames].join(', ')}`,
      );
  }
  return { saliency, measures };
}
