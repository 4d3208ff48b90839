import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { UserError } from '../errors';

/** What `config.json` says that matters here; everything may be missing. */
export interface ModelConfig {
  readonly modelType: string;
  readonly architecture: string;
  readonly labels: readonly string[];
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly isEncoderDecoder: boolean;
  readonly isMultiLabel: boolean;
  readonly decoderStartToken: number | undefined;
  readonly padToken: number | undefined;
  readonly bosToken: number | undefined;
  /** Sides of the square picture and of its patches; 0 where it does not say. */
  readonly imageSize: number;
  readonly patchSize: number;
}

/** Where a model lies on disk. */
export interface ModelFolder {
  /** As the user named it: the name of a built-in model, a folder, or an `.onnx` file. */
  readonly reference: string;
  readonly name: string;
  /** Holds `config.json` and the tokenizer. */
  readonly folder: string;
  readonly onnxFile: string;
  /** The encoder's own file, where encoder and decoder were exported apart. */
  readonly encoderFile?: string;
  readonly config: ModelConfig;
}

/** Names that exporters give, in the order in which one is chosen; looked for in `onnx/` and in the folder itself. */
const fileNames = [
  'model.onnx',
  'decoder_model.onnx',
  'decoder_model_merged.onnx',
  'decoder_with_past_model.onnx',
  'model_fp16.onnx',
  'model_quantized.onnx',
  'model_int8.onnx',
  'model_uint8.onnx',
  'model_q4.onnx',
  'model_q4f16.onnx',
  'model_bnb4.onnx',
  'decoder_model_fp16.onnx',
  'decoder_model_quantized.onnx',
];

/** Configuration files of more than this are refused before they are read. */
const largestConfig = 16 << 20;

/**
 * Finds the files of a model.
 * @param reference name of a model in `modelsFolder`, a folder laid out as on the Hugging Face hub, or an `.onnx` file.
 * @param onnx picks the file, relative to the folder.
 * @throws UserError that says what is missing and where it was looked for.
 */
export function findModel(reference: string, modelsFolder: string, onnx?: string): ModelFolder {
  const builtIn = /^[\w.-]+$/.test(reference) ? join(modelsFolder, reference) : undefined;
  const isBuiltIn = builtIn !== undefined && existsSync(join(builtIn, 'config.json'));
  const path = isBuiltIn ? builtIn : resolve(reference);
  if (!existsSync(path)) {
    const names = builtInModels(modelsFolder).join(', ');
    throw new UserError(
      `There is no model “${reference}”. Give one of the built-in models (${names}), a folder with an ONNX model, or an .onnx file.`,
      'model',
    );
  }
  const isFile = statSync(path).isFile();
  if (isFile && extname(path) !== '.onnx') {
    throw new UserError(
      `“${reference}” is not an .onnx file. Choose the model's folder or its .onnx file.`,
      'model',
    );
  }
  const folder = isFile ? folderOfFile(path) : path;
  const onnxFile = isFile ? path : onnx === undefined ? chooseFile(folder) : resolve(folder, onnx);
  if (!existsSync(onnxFile))
    throw new UserError(`“${onnxFile}” does not exist. The folder has ${listOnnx(folder)}.`, 'model');
  const encoderFile = encoderBeside(onnxFile);
  const name = isBuiltIn ? reference : nameOf(folder, onnxFile);
  const found = { reference, name, folder, onnxFile, config: readConfig(folder) };
  return encoderFile === undefined ? found : { ...found, encoderFile };
}

/** Names of the models that come with the extension. */
export function builtInModels(modelsFolder: string): string[] {
  if (!existsSync(modelsFolder)) return [];
  return readdirSync(modelsFolder).filter((name) => existsSync(join(modelsFolder, name, 'config.json')));
}

/** A file often lies in `onnx/` below its configuration: the nearest folder upwards (two steps at most) that has one. */
function folderOfFile(file: string): string {
  let folder = dirname(file);
  for (let steps = 0; steps <= 2; steps++) {
    if (
      ['config.json', 'tokenizer.json', 'vocab.txt', 'vocab.json'].some((name) =>
        existsSync(join(folder, name)),
      )
    )
      return folder;
    folder = dirname(folder);
  }
  return dirname(file);
}

function chooseFile(folder: string): string {
  for (const place of [join(folder, 'onnx'), folder]) {
    for (const name of fileNames) if (existsSync(join(place, name))) return join(place, name);
    const others = onnxFilesIn(place).filter((name) => !/encoder/.test(name));
    if (others.length === 1) return join(place, others[0]);
  }
  if (onnxFilesIn(folder).length + onnxFilesIn(join(folder, 'onnx')).length > 0) {
    throw new UserError(
      `It is not clear which ONNX file of “${folder}” to open: it has ${listOnnx(folder)}. Choose the .onnx file itself.`,
      'model',
    );
  }
  throw new UserError(
    `“${folder}” has no ONNX model. Choose a folder with model.onnx or onnx/model.onnx (on the Hugging Face hub, look for models with the library tag “ONNX”).`,
    'model',
  );
}

function onnxFilesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.onnx')) : [];
}

function listOnnx(folder: string): string {
  const found = [...onnxFilesIn(folder), ...onnxFilesIn(join(folder, 'onnx')).map((name) => `onnx/${name}`)];
  return found.length === 0 ? 'no ONNX file' : found.join(', ');
}

/** `decoder_model*.onnx` needs the hidden states of the `encoder_model*.onnx` beside it. */
function encoderBeside(onnxFile: string): string | undefined {
  const name = basename(onnxFile);
  if (!name.startsWith('decoder_')) return undefined;
  const suffix = /(_fp16|_quantized|_int8|_uint8|_q4f16|_q4|_bnb4)\.onnx$/.exec(name)?.[1] ?? '';
  for (const candidate of [`encoder_model${suffix}.onnx`, 'encoder_model.onnx']) {
    const path = join(dirname(onnxFile), candidate);
    if (existsSync(path)) return path;
  }
  return undefined;
}

function nameOf(folder: string, onnxFile: string): string {
  const inside = relative(folder, onnxFile).replaceAll('\\', '/');
  const isUsual = inside === 'onnx/model.onnx' || inside === 'model.onnx';
  return isUsual
    ? basename(folder)
    : `${basename(folder)} · ${inside.replace(/^onnx\//, '').replace(/\.onnx$/, '')}`;
}

function readConfig(folder: string): ModelConfig {
  const path = join(folder, 'config.json');
  const json = existsSync(path) ? parseConfig(path) : {};
  const text = asObject(json['text_config']);
  const vision = asObject(json['vision_config']);
  const number = (...keys: string[]): number | undefined => {
    for (const source of [json, text, vision]) {
      for (const key of keys) {
        const value = source[key];
        if (typeof value === 'number' && Number.isFinite(value)) return value;
      }
    }
    return undefined;
  };
  const architectures = json['architectures'];
  return {
    modelType: typeof json['model_type'] === 'string' ? json['model_type'] : '',
    architecture:
      Array.isArray(architectures) && typeof architectures[0] === 'string' ? architectures[0] : '',
    labels: labelsOf(json['id2label']),
    contextLength: contextLengthOf(json, number),
    vocabularySize: number('vocab_size') ?? 0,
    isEncoderDecoder: json['is_encoder_decoder'] === true,
    isMultiLabel: json['problem_type'] === 'multi_label_classification',
    decoderStartToken: number('decoder_start_token_id'),
    padToken: number('pad_token_id'),
    bosToken: number('bos_token_id'),
    imageSize: number('image_size') ?? 0,
    patchSize: number('patch_size') ?? 0,
  };
}

function contextLengthOf(
  json: Readonly<Record<string, unknown>>,
  number: (...keys: string[]) => number | undefined,
): number {
  const stated = number(
    'max_position_embeddings',
    'n_positions',
    'n_ctx',
    'max_seq_len',
    'max_sequence_length',
    'seq_length',
    'max_source_positions',
  );
  if (stated === undefined || stated <= 0) return 0;
  // RoBERTa and its kin begin counting positions behind the pad token's id, so that many rows of the table are lost.
  const type = String(json['model_type'] ?? '');
  const pad = number('pad_token_id');
  const countsFromPad = ['roberta', 'xlm-roberta', 'camembert', 'longformer', 'mpnet'].includes(type);
  return countsFromPad && pad !== undefined ? stated - pad - 1 : stated;
}

function parseConfig(path: string): Readonly<Record<string, unknown>> {
  if (statSync(path).size > largestConfig)
    throw new UserError(`“${path}” is too large for a model configuration.`, 'model');
  try {
    return asObject(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UserError(`“${path}” is not valid JSON. Download the model's config.json again.`, 'model', {
      cause,
    });
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function labelsOf(id2label: unknown): string[] {
  const labels: string[] = [];
  for (const [id, label] of Object.entries(asObject(id2label))) {
    const index = Number(id);
    if (Number.isInteger(index) && index >= 0 && index < 100_000) labels[index] = String(label);
  }
  return Array.from(labels, (label, index) => label ?? `LABEL_${index}`);
}
