import { LRUCache } from 'lru-cache';
import { join } from 'node:path';
import type { AttentionEdit } from '../../protocol/edits';
import type {
  AttentionRequest,
  CalibrationRequest,
  CallId,
  EngineCalls,
  EngineEvents,
  MeasureHeadsRequest,
  OpenAttentionRequest,
  Related,
  RelateRequest,
} from '../../protocol/engine';
import type {
  HeadMeasurement,
  HeadRef,
  InspectRequest,
  Inspection,
  ModelInspection,
} from '../../protocol/inspection';
import type { ModelSummary } from '../../protocol/model';
import type {
  Changes,
  ChangesRequest,
  Generation,
  GenerationRequest,
  NextTokens,
  PromptPlace,
} from '../../protocol/prompt';
import type { Tensor } from '../../protocol/tensor';
import type {
  Expectation,
  PromptCost,
  PromptRequest,
  TokenAttention,
  TokenRequest,
} from '../../protocol/token';
import { DataSetCalls } from '../dataSets/calls';
import { withRelated } from '../../protocol/relations';
import { UserError } from '../errors';
import { calibrationEdits } from '../measures/sinkCalibration';
import { strongestOfToken } from '../measures/tokenAttention';
import { betweenWords } from './betweenWords';
import { carriedEdits, droppedSentence } from './carriedEdits';
import { changesSince } from './changes';
import { distribution, promptSurprisal } from './distribution';
import { expectationsOf, logitsOfEveryToken } from './expectations';
import { contentKey } from './contentKey';
import { findModel } from './folder';
import { generate } from './generate';
import { isIntervened, withoutInterventions } from './intact';
import { bytesOfResult, inspectText, type InspectionResult } from './inspect';
import { LoadedModel, versionOf } from './loaded';
import { promptCost } from './promptCost';
import { measureHeads } from './measureHeads';
import { OpenedFiles } from './openedFiles';
import { WorkQueue, type Turn, type Work } from './queue';
import { relatedAnew } from './relate';
import { SessionCache } from './sessions';
import { ResultStore } from './store';
import { rowsOf } from './summary';
import { TextParser } from './textParser';

export interface EngineOptions {
  /** Folder of the built-in models. */
  readonly modelsFolder: string;
  /** Folder that may be written to; without it nothing is. */
  readonly storage?: string;
  readonly events: EngineEvents;
  /** Bytes that results may take. Default 512 MB. */
  readonly memoryBudget?: number;
  /** Most tokens inspected at once; 0 or left out: what the model takes. */
  readonly mostTokens?: number;
}

/** What a call about an earlier inspection works with. */
export interface Recalled {
  readonly request: InspectRequest;
  readonly model: LoadedModel;
  readonly result: InspectionResult;
}

/** Models and sessions kept open: a model is its graph tables; a session holds onnxruntime's arena too. */
const modelsKept = 4;
const sessionsKept = 6;
/** Inspections that interventions may be compared with at once: the store forgets them sooner. */
const intactKept = 100;

/** The introspection engine: everything that Headlight computes, without any editor. */
export class Engine implements EngineCalls {
  private readonly queue: WorkQueue;
  private readonly sessions = new SessionCache(sessionsKept);
  private readonly models = new LRUCache<string, LoadedModel>({ max: modelsKept });
  private readonly results: ResultStore<InspectionResult>;
  private readonly parser: TextParser;
  private readonly dataSets: DataSetCalls;
  private readonly files = new OpenedFiles();
  /** Ids of inspections of models as they are, by what was asked. */
  private readonly intactIds = new LRUCache<string, string>({ max: intactKept });

  constructor(private readonly options: EngineOptions) {
    this.queue = new WorkQueue((call, progress) => options.events.progress(call, progress));
    this.results = new ResultStore<InspectionResult>(options.memoryBudget ?? 512 << 20, bytesOfResult);
    this.parser = new TextParser(join(options.modelsFolder, 'headlight-parser-ewt'));
    this.dataSets = new DataSetCalls({
      queue: this.queue,
      parser: this.parser,
      load: (work, model, onnx) => this.load(work, model, onnx),
      storage: options.storage,
    });
  }

  inspect(call: CallId, request: InspectRequest): Promise<ModelInspection> {
    return this.queue.run(call, async (work) => (await this.inspectNow(work, request, false)).inspection);
  }

  /** As {@link inspect}, with every tensor of the headless contract. For callers in the same process. */
  inspectCompletely(call: CallId, request: InspectRequest): Promise<InspectionResult> {
    return this.queue.run(call, (work) => this.inspectNow(work, request, true));
  }

  openAttention(call: CallId, { path }: OpenAttentionRequest): Promise<Inspection> {
    return this.queue.run(call, (work) => this.files.open(this.results.newId(), path, this.parser, work));
  }

  attention(call: CallId, request: AttentionRequest): Promise<Tensor[]> {
    const fromFile = this.files.attention(request);
    if (fromFile !== undefined) return fromFile;
    // What the store has is answered at once: hovering over heads must not wait for a run in progress.
    const stored = this.results.get(request.inspection);
    if (stored !== undefined)
      return Promise.resolve(request.heads.map((head) => attentionOf(stored, head, request.level)));
    return this.queue.run(call, async (work) => {
      const { result } = await this.recalled(work, request.inspection);
      return request.heads.map((head) => attentionOf(result, head, request.level));
    });
  }

  tokenAttention(call: CallId, { inspection, token }: TokenRequest): Promise<TokenAttention> {
    // A mouse that rests on a word must not wait for a run in progress.
    const stored = this.results.get(inspection);
    if (stored !== undefined) return Promise.resolve(attentionOfToken(stored, token));
    return this.queue.run(call, async (work) =>
      attentionOfToken((await this.recalled(work, inspection)).result, token),
    );
  }

  expectations(
    call: CallId,
    { inspection, leastBits }: { readonly inspection: string; readonly leastBits: number },
  ): Promise<Expectation[]> {
    return this.queue.run(call, async (work) => {
      const { model, result } = await this.recalled(work, inspection);
      const { prepared, interventions, forward } = result;
      work.check();
      const logits = await logitsOfEveryToken(model, prepared, interventions, forward.stream);
      return expectationsOf(model, prepared, logits, leastBits);
    });
  }

  promptCost(call: CallId, { model, onnx, text }: PromptRequest): Promise<PromptCost> {
    return this.queue.run(call, async (work) => promptCost(await this.load(work, model, onnx), text));
  }

  measureHeads(call: CallId, { inspection, names, shapley }: MeasureHeadsRequest): Promise<HeadMeasurement> {
    return this.queue.run(call, async (work) => {
      const { request, model, result } = await this.recalled(work, inspection);
      return measureHeads(names, { ...result, request: { ...request, shapley }, model, work });
    });
  }

  sinkCalibration(
    call: CallId,
    { inspection, ...calibration }: CalibrationRequest,
  ): Promise<AttentionEdit[]> {
    return this.queue.run(call, async (work) => {
      const { request, model, result } = await this.recalled(work, inspection);
      const { attentions } = isIntervened(request)
        ? await this.intact(work, withoutInterventions(request), model)
        : result;
      return calibrationEdits(attentions, calibration);
    });
  }

  distribution(call: CallId, place: PromptPlace): Promise<NextTokens> {
    return this.furtherRun(call, place.inspection, (recalled, work) => distribution(recalled, work, place));
  }

  surprisal(call: CallId, { inspection }: { readonly inspection: string }): Promise<Float32Array> {
    return this.furtherRun(call, inspection, promptSurprisal);
  }

  generate(call: CallId, request: GenerationRequest): Promise<Generation> {
    return this.furtherRuns(call, request.inspection, (recalled, work, turn) =>
      generate(recalled, work, request, { turn }),
    );
  }

  changes(call: CallId, request: ChangesRequest): Promise<Changes> {
    return this.furtherRuns(call, request.inspection, (recalled, work, turn) =>
      changesSince(recalled, work, request, turn),
    );
  }

  relate(call: CallId, { inspection, definitions }: RelateRequest): Promise<Related> {
    return this.queue.run(call, async (work) => {
      const { request: asked, result } = await this.recalled(work, inspection);
      const request = { ...asked, ...(asked.code ? { code: { ...asked.code, definitions } } : {}) };
      const related = await relatedAnew(result, request, this.parser, work);
      this.results.put(inspection, request, {
        ...result,
        inspection: withRelated(result.inspection, related),
      });
      return related;
    });
  }

  describe(call: CallId, model: string, onnx?: string): Promise<ModelSummary> {
    return this.queue.run(call, async (work) => (await this.load(work, model, onnx)).summary);
  }

  outlineDataSet: EngineCalls['outlineDataSet'] = (...asked) => this.dataSets.outlineDataSet(...asked);
  openDataSet: EngineCalls['openDataSet'] = (...asked) => this.dataSets.openDataSet(...asked);
  runDataSet: EngineCalls['runDataSet'] = (...asked) => this.dataSets.runDataSet(...asked);
  instances: EngineCalls['instances'] = (...asked) => this.dataSets.instances(...asked);
  rowTexts: EngineCalls['rowTexts'] = (...asked) => this.dataSets.rowTexts(...asked);
  textOrder: EngineCalls['textOrder'] = (...asked) => this.dataSets.textOrder(...asked);
  searchDataSet: EngineCalls['searchDataSet'] = (...asked) => this.dataSets.searchDataSet(...asked);
  projectDataSet: EngineCalls['projectDataSet'] = (...asked) => this.dataSets.projectDataSet(...asked);
  dataSetScores: EngineCalls['dataSetScores'] = (...asked) => this.dataSets.dataSetScores(...asked);

  cancel(call: CallId): void {
    this.queue.cancel(call);
  }

  /** Any further run on an earlier inspection. For callers in the same process. */
  furtherRun<T>(
    call: CallId,
    inspection: string,
    body: (recalled: Recalled, work: Work) => Promise<T>,
  ): Promise<T> {
    return this.queue.run(call, async (work) => body(await this.recalled(work, inspection), work));
  }

  /** Many runs on an earlier inspection, between which other calls are served: who generates goes on to read and to write. */
  private furtherRuns<T>(
    call: CallId,
    inspection: string,
    body: (recalled: Recalled, work: Work, turn: Turn) => Promise<T>,
  ): Promise<T> {
    return this.queue.runInPieces(call, async (work, turn) =>
      body(await turn(() => this.recalled(work, inspection)), work, turn),
    );
  }

  /** An earlier inspection, made again where the store has let go of it, with its request and its model, for further runs. */
  private async recalled(work: Work, inspection: string): Promise<Recalled> {
    this.files.refuse(inspection);
    const request = this.results.requestOf(inspection);
    if (request === undefined)
      throw new UserError(
        'This inspection is too old to be drawn further. Inspect the text again.',
        'forgotten',
      );
    const model = await this.load(work, request.model, request.onnx);
    const result = this.results.get(inspection) ?? (await this.inspectNow(work, request, false, inspection));
    return { request, model, result };
  }

  private async inspectNow(
    work: Work,
    asked: InspectRequest,
    isComplete: boolean,
    id = this.results.newId(),
  ): Promise<InspectionResult> {
    const began = performance.now();
    const model = await this.load(work, asked.model, asked.onnx);
    const loadTime = performance.now() - began;
    const { parser } = this;
    const mostTokens = asked.maxTokens ?? this.options.mostTokens;
    const plain = isIntervened(asked)
      ? await this.intact(work, withoutInterventions(asked), model)
      : undefined;
    const { request, notes } = applicable(asked, plain);
    const intact = isIntervened(request) ? plain : undefined;
    const context = { model, parser, work, isComplete, mostTokens, intact, notes, loadTime };
    const result = await inspectText(id, request, context);
    work.check();
    this.results.put(id, request, result);
    if (intact === undefined) this.intactIds.set(contentKey(request, model), id);
    return result;
  }

  /** The inspection of the model as it is: the one that was shown before the first intervention, where the store still has it. */
  private async intact(work: Work, request: InspectRequest, model: LoadedModel): Promise<InspectionResult> {
    const id = this.intactIds.get(contentKey(request, model));
    const stored = id === undefined ? undefined : this.results.get(id);
    if (stored !== undefined) return stored;
    // Only the inspection that was asked for may be glimpsed: its colours are others.
    const report: Work['report'] = ({ glimpse: _other, ...progress }) => work.report(progress);
    return this.inspectNow({ check: () => work.check(), report }, request, false);
  }

  private async load(work: Work, reference: string, onnx?: string): Promise<LoadedModel> {
    const found = findModel(reference, this.options.modelsFolder, onnx);
    const version = versionOf(found);
    const warm = this.models.get(version);
    if (warm !== undefined) return warm;
    work.report({ message: `Loading ${found.name}` });
    const opened = await LoadedModel.open(found, this.sessions);
    this.models.set(version, opened);
    return opened;
  }
}

/** The request with those of its edits whose tokens are still there, and what is to be said of the others. */
function applicable(
  request: InspectRequest,
  intact: InspectionResult | undefined,
): { readonly request: InspectRequest; readonly notes: readonly string[] } {
  const { edits = [], editedTokens, ...rest } = request;
  if (intact === undefined || edits.length === 0) return { request, notes: [] };
  const { edits: kept, dropped } = carriedEdits(edits, editedTokens, intact.inspection);
  return { request: { ...rest, edits: kept }, notes: dropped > 0 ? [droppedSentence(dropped)] : [] };
}

/** Entries of each list of {@link TokenAttention}. */
const headsPerToken = 3;

/** The strongest heads of a token of the main row. */
function attentionOfToken({ attentions, inspection }: InspectionResult, token: number): TokenAttention {
  const blocks = Array.from(attentions, ([block, layers]) => {
    const row = rowsOf(block);
    const specialOf = (which: 'tokens' | 'pair') =>
      (which === 'pair' ? inspection.pair : inspection.tokens)?.special;
    return {
      block,
      layers,
      isSelf: row.queries === row.keys,
      specialQueries: specialOf(row.queries),
      specialKeys: specialOf(row.keys),
      ...(row.queries === 'tokens' ? { query: token } : {}),
      ...(row.keys === 'tokens' ? { key: token } : {}),
    };
  });
  return strongestOfToken(blocks, headsPerToken);
}

/**
 * One head's attention as a view wants it.
 * @returns [Sq, Sk] of tokens, or [Wq, Wk] of words
 */
function attentionOf(
  { attentions, inspection }: InspectionResult,
  { block, layer, head }: HeadRef,
  level: AttentionRequest['level'],
): Tensor {
  const tensor = attentions.get(block)?.[layer];
  if (tensor === undefined || head < 0 || head >= tensor.dims[0]) {
    throw new UserError(`There is no head ${layer}.${head} in the block “${block}” of this model.`, 'input');
  }
  const [, queries, keys] = tensor.dims;
  const weights = tensor.data.subarray(head * queries * keys, (head + 1) * queries * keys);
  // A copy: what is sent must not drag the whole layer's buffer across the border.
  if (level === 'token') return { data: weights.slice(), dims: [queries, keys] };
  return betweenWords({ data: weights, dims: [queries, keys] }, block, inspection);
}
