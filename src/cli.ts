import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspectUsage, parseInspect, type InspectArguments } from './cli/arguments';
import { runCorpus } from './cli/corpus';
import { corpusUsage } from './cli/corpusArguments';
import { modelsUsage, resolveReference, runModels } from './cli/models';
import { codeOf, type FilePart, relationsOf } from './cli/structure';
import { recordJson, recordText } from './cli/record';
import { writePage } from './cli/page';
import { WrongUsage } from './cli/wrongUsage';
import { UserError } from './engine/errors';
import { svgOf } from './export/svg';
import { readSafetensorsFile, writeSafetensorsFile } from './engine/safetensors';
import { serve } from './engine/serve';
import { Engine } from './engine/session/engine';
import { tensorMetadata } from './engine/session/tensorMetadata';
import { tensorTable } from './engine/session/tensorTable';
import { chatFormOf } from './protocol/chat';
import type { AttentionRequest } from './protocol/engine';
import type { Inspection, InspectRequest } from './protocol/inspection';
import type { Numbers, Tensor } from './protocol/tensor';

const usage = `${inspectUsage}\n${corpusUsage}\n${modelsUsage}`;

/** Larger texts are not read whole: only a window around their beginning could be inspected anyway. */
const largestFile = 256 << 20;
const largestImage = 64 << 20;

/** Built-in models lie beside the bundle (dist/) in the package. */
function modelsFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'media', 'models');
    if (existsSync(candidate)) return candidate;
  }
  return join(__dirname, '..', 'media', 'models');
}

async function main(argv: readonly string[]): Promise<string> {
  const [command, ...rest] = argv;
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') return usage;
  if (command === 'inspect') return inspect(rest);
  if (command === 'corpus') return runCorpus(rest, modelsFolder());
  if (command === 'models') return rest.includes('--help') ? modelsUsage : runModels(rest, modelsFolder());
  if (command === 'serve-stdio') {
    const start = rest[0] ?? JSON.stringify({ modelsFolder: modelsFolder() });
    serve((options, events) => new Engine({ ...options, events }), start);
    return '';
  }
  throw new WrongUsage(`there is no command “${command}”; known are inspect, corpus and models`);
}

async function inspect(argv: readonly string[]): Promise<string> {
  const asked = parseInspect(argv);
  if (asked === 'help') return inspectUsage;
  const engine = new Engine({
    modelsFolder: modelsFolder(),
    events: { progress: () => undefined, log: () => undefined },
  });
  if (asked.attention !== undefined) {
    const opened = await engine.openAttention(1, { path: asked.attention });
    await writePageOf(asked, opened, engine);
    return writeRecord(asked, opened);
  }
  const request = await calibrated(await requestOf(asked), asked, engine);
  if (asked.tensors === undefined) {
    const inspection = await engine.inspect(1, request);
    await writePageOf(asked, inspection, engine);
    return writeRecord(asked, inspection);
  }
  const result = await engine.inspectCompletely(1, request);
  await writePageOf(asked, result.inspection, engine);
  await writeSafetensorsFile(asked.tensors, tensorTable(result), tensorMetadata(result.inspection));
  return writeRecord(asked, result.inspection);
}

/** The request with edits of the sinks that the model has on its text. */
async function calibrated(
  request: InspectRequest,
  { calibrateSinks: factor }: InspectArguments,
  engine: Engine,
): Promise<InspectRequest> {
  if (factor === undefined) return request;
  const { id } = await engine.inspect(1, request);
  const sinks = await engine.sinkCalibration(1, { inspection: id, factor, keepFirst: true });
  return { ...request, edits: [...(request.edits ?? []), ...sinks] };
}

async function writePageOf(
  { html, svg }: InspectArguments,
  inspection: Inspection,
  engine: Engine,
): Promise<void> {
  const attention = (request: AttentionRequest) => engine.attention(1, request);
  if (html !== undefined) await writePage(html, inspection, attention);
  if (svg !== undefined) writeText(svg.path, await svgOf(svg.view, inspection, attention));
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new UserError(
      `“${path}” cannot be written. Check the folder, your rights and the free space.`,
      'input',
      { cause },
    );
  }
}

function writeRecord(asked: InspectArguments, inspection: Parameters<typeof recordText>[0]): string {
  if (asked.json === undefined) return recordText(inspection);
  if (asked.json === '-') return `${recordJson(inspection)}\n`;
  writeText(asked.json, recordJson(inspection));
  return recordText(inspection);
}

async function requestOf(asked: InspectArguments): Promise<InspectRequest> {
  const feeds =
    asked.feeds === undefined ? undefined : feedsOf((await readSafetensorsFile(asked.feeds)).tensors);
  const hasExactInputs = asked.inputIds !== undefined || feeds !== undefined || asked.image !== undefined;
  const part = asked.text === undefined && asked.file !== undefined ? readLines(asked.file) : undefined;
  const text = asked.text ?? part?.text ?? (hasExactInputs ? '' : readInput());
  const isTargeted =
    asked.target !== undefined || asked.position !== undefined || asked.contrast !== undefined;
  return {
    model: resolveReference(asked.model),
    onnx: asked.onnx,
    text,
    chat: part === undefined || asked.file === undefined ? undefined : chatFormOf(asked.file.path),
    pair: asked.pair,
    inputIds: asked.inputIds,
    decoderInputIds: asked.decoderInputIds,
    feeds,
    ...(asked.image === undefined ? {} : { image: readImage(asked.image) }),
    target: isTargeted
      ? {
          label: asked.target,
          position: asked.position,
          contrast: asked.contrast === undefined ? undefined : { label: asked.contrast },
        }
      : undefined,
    saliency: asked.saliency,
    measures: asked.measures,
    shapley: { seconds: asked.shapleySeconds },
    parse: asked.parse ? 'auto' : 'none',
    code: codeOf(asked, part),
    relations: relationsOf(asked, part),
    ablate: asked.ablate,
    edits: asked.edits,
    integratedGradients: { steps: asked.steps, baseline: asked.baseline },
  };
}

function feedsOf(tensors: ReadonlyMap<string, Tensor<Numbers>>): InspectRequest['feeds'] {
  const feeds: Record<string, Tensor<Float32Array | Int32Array | BigInt64Array>> = {};
  for (const [name, { data, dims }] of tensors) {
    const isWide =
      data instanceof Float32Array || data instanceof Int32Array || data instanceof BigInt64Array;
    feeds[name] = {
      data: isWide ? data : data instanceof Float64Array ? Float32Array.from(data) : Int32Array.from(data),
      dims,
    };
  }
  return feeds;
}

function readImage(path: string): InspectRequest['image'] {
  try {
    if (statSync(path).size > largestImage)
      throw new UserError(`“${path}” is too large for a picture to look at. Scale it down.`, 'input');
    return { name: path, bytes: readFileSync(path) };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`“${path}” cannot be read. Check the path and your rights.`, 'input', { cause });
  }
}

function readInput(): string {
  if (process.stdin.isTTY) throw new WrongUsage('there is no input: give --text, --file or pipe a text in');
  return readFileSync(0, 'utf8');
}

function readLines({ path, from, to }: NonNullable<InspectArguments['file']>): FilePart {
  let bytes: Buffer;
  try {
    if (statSync(path).size > largestFile)
      throw new UserError(
        `“${path}” is too large to read whole. Give some of its lines from a smaller file.`,
        'input',
      );
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`“${path}” cannot be read. Check the path and your rights.`, 'input', { cause });
  }
  if (bytes.subarray(0, 8192).includes(0))
    throw new UserError(`“${path}” is a binary file, not text.`, 'input');
  const text = bytes.toString('utf8');
  if (from === undefined) return { text, document: text, start: 0 };
  const lines = text.split(/(?<=\n)/);
  if (from > lines.length)
    throw new UserError(`“${path}” has ${lines.length} lines; there is no line ${from}.`, 'input');
  const start = lines.slice(0, from - 1).join('').length;
  return { text: lines.slice(from - 1, to).join(''), document: text, start };
}

main(process.argv.slice(2)).then(
  (output) => {
    process.stdout.write(output);
  },
  (error: unknown) => {
    if (error instanceof WrongUsage) {
      process.stderr.write(`headlight: ${error.message}\nTry “headlight --help”.\n`);
      process.exitCode = 2;
      return;
    }
    const isForUser = error instanceof UserError;
    process.stderr.write(
      `headlight: ${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)}\n`,
    );
    if (!isForUser && error instanceof Error && process.env['HEADLIGHT_DEBUG'] !== undefined)
      process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  },
);
