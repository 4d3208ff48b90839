import * as vscode from 'vscode';
import { toEdits } from './editor/edits';
import { TrackedRanges } from './editor/trackedRanges';
import type { Edit } from './editor/trackedRanges';
import { UserError } from './engine/errors';
import type { EngineClient } from './engineClient';
import { ask, type Asked } from './asked';
import { report } from './failures';
import type { ChosenModel } from './models/chosenModel';
import { withLateProgress } from './lateProgress';
import type { Glimpse, Progress, Related } from './protocol/engine';
import type { HeadMeasurement, Inspection, SaliencyName, TargetRequest } from './protocol/inspection';
import { withMeasurement } from './protocol/measured';
import { toFailure } from './protocol/rpc';
import { RunProgress } from './runProgress';
import { readSettings } from './settings';
import { withRelated } from './protocol/relations';
import { foundAgain, keptOverReload, nothingToInspect, refreshed, requestFor, textIn } from './subject';
import type { Subject } from './subject';
import { Interventions, withoutChanges } from './interventions';
import { surroundingsOf } from './surroundings';

/** The inspection that is in the views and in the editor. */
export interface Shown {
  readonly subject: Subject;
  readonly inspection: Inspection;
  /** What it was made from. */
  readonly asked: Asked;
  /** Where its tokens are in the document now. */
  readonly ranges: TrackedRanges;
}

/** What the text in the editor is coloured by: the inspection shown, or what is known already of the next one. */
export type Coloured = Pick<Shown, 'subject' | 'ranges'> & {
  readonly inspection: Pick<Inspection, 'saliency'> & Pick<Partial<Glimpse>, 'target'>;
};

/** One run and the edits that are made meanwhile. */
interface Run {
  readonly subject: Subject;
  readonly manner: Manner;
  readonly abort: AbortController;
  readonly edits: (readonly Edit[])[];
}

/** Who is told of a run: a run that the user did not ask for with a command keeps to the views. */
type Manner = 'asked for' | 'live';

const subjectKey = 'headlight.subject';
const liveKey = 'headlight.live';
/** Milliseconds after which views are too old for a run to be given up for the next keystroke, once its colours are there. */
const oldestViews = 1000;

/** Runs inspections, one at a time, the newest one first, and keeps the last good one. */
export class Inspections implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  /** What is changed inside the model that is inspected. */
  readonly interventions: Interventions;
  readonly #engine: EngineClient;
  readonly #model: ChosenModel;
  readonly #log: vscode.LogOutputChannel;
  readonly #listeners: vscode.Disposable[];
  readonly #shownChanged = new vscode.EventEmitter<Shown | undefined>();
  readonly #rangesChanged = new vscode.EventEmitter<Shown>();
  readonly #began = new vscode.EventEmitter<void>();
  readonly #progress = new RunProgress();
  readonly #failed = new vscode.EventEmitter<string | undefined>();
  readonly #coloured = new vscode.EventEmitter<void>();
  readonly #liveChanged = new vscode.EventEmitter<boolean>();
  /** Documents that are followed at every keystroke. */
  readonly #liveDocuments: Set<string>;
  #shown?: Shown;
  /** When that was shown, on the clock of `performance`. */
  #shownAt = -Infinity;
  /** What is known of the run under way. */
  #glimpsed?: Coloured;
  #run?: Run;
  #failure?: string;
  /** What could not be inspected for no fault of its own: another model may do better. */
  #refused?: Subject;
  /** The inspected part of the document shown, as it was when the document was closed. */
  #closedText?: string;
  /** The text was written in during a live run, which is therefore to be repeated. */
  #outdated = false;

  /** Another inspection is shown, or none any more. */
  readonly onDidShow = this.#shownChanged.event;
  /** Tokens of the inspection shown lost their ranges, or have them again. */
  readonly onDidChangeRanges = this.#rangesChanged.event;
  /** A run begins. */
  readonly onDidBegin = this.#began.event;
  readonly onDidProgress = this.#progress.onDidChange;
  /** An inspection failed; undefined: the next one did not. */
  readonly onDidFail = this.#failed.event;
  readonly onDidSetLive = this.#liveChanged.event;
  /** The text is to be coloured otherwise; comes before {@link onDidShow} and with it. */
  readonly onDidColour = this.#coloured.event;

  constructor(
    context: vscode.ExtensionContext,
    engine: EngineClient,
    model: ChosenModel,
    log: vscode.LogOutputChannel,
  ) {
    this.#context = context;
    this.#engine = engine;
    this.#model = model;
    this.#log = log;
    const subject = () => (this.#run ?? this.#shown)?.subject;
    const inspection = () => this.#shown?.inspection;
    this.interventions = new Interventions({ subject, inspection, again: (changes) => this.again(changes) });
    this.#liveDocuments = new Set(context.workspaceState.get<readonly string[]>(liveKey));
    this.#listeners = [
      vscode.workspace.onDidChangeTextDocument((change) => this.#written(change)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#closed(document)),
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      model.onDidChange(() => this.#modelChanged()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        const other = rerunSettings.some((name) => change.affectsConfiguration(name));
        const method = change.affectsConfiguration('headlight.saliency.method');
        if (other || (method && this.#lacks(readSettings().saliency))) void this.again({});
      }),
    ];
  }

  get shown(): Shown | undefined {
    return this.#shown;
  }

  get progress(): Progress | undefined {
    return this.#progress.current;
  }

  /** Why the last inspection failed, where the one shown is not the last. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get coloured(): Coloured | undefined {
    return this.#glimpsed ?? this.#shown;
  }

  /** Whether the text is inspected again at every keystroke. */
  get live(): boolean {
    const uri = (this.#run ?? this.#shown)?.subject.uri;
    return uri !== undefined && this.#liveDocuments.has(uri);
  }

  /** Whether the text is in a document that can be followed: not where it was read from a file with attention, or its document is gone. */
  get canFollow(): boolean {
    return (this.#run ?? this.#shown)?.subject.uri !== undefined;
  }

  /** Follows the document of the text that is inspected, or leaves it alone; every document has its own switch. */
  setLive(live: boolean): void {
    const uri = (this.#run ?? this.#shown)?.subject.uri;
    if (uri === undefined || live === this.live) return;
    if (live) this.#liveDocuments.add(uri);
    else this.#liveDocuments.delete(uri);
    void this.#context.workspaceState.update(liveKey, [...this.#liveDocuments]);
    this.#liveChanged.fire(live);
    if (live) void this.#inspect({}, 'live');
  }

  /** Inspects a text in place of the one shown. Never rejects: failures are told, and the last picture stays. */
  async inspect(subject: Subject): Promise<void> {
    this.interventions.forget();
    await this.#start(subject, 'asked for');
  }

  /** Inspects the text that is shown again, as it is now, with something else asked of it. */
  async again(changes: Partial<Subject>): Promise<void> {
    await this.#inspect(changes, 'asked for');
  }

  /** Adds measures of heads to the inspection shown. @returns whether it still is that inspection */
  addMeasurement(inspection: string, measurement: HeadMeasurement): boolean {
    const shown = this.#shown;
    if (shown?.inspection.id !== inspection) return false;
    this.#shown = { ...shown, inspection: withMeasurement(shown.inspection, measurement) };
    return true;
  }

  async retarget(target: TargetRequest): Promise<void> {
    await this.again({ target });
  }

  /** Inspects what was shown before the window was reloaded. */
  async restore(): Promise<void> {
    const subject = this.#context.workspaceState.get<Subject>(subjectKey);
    if (!subject || this.#shown || this.#run) return;
    const found = await foundAgain(subject);
    if (!this.#shown && !this.#run) await this.#start(found, 'asked for');
  }

  /** Shows the same inspection with relations that became known since. */
  relate(id: string, related: Related): void {
    const shown = this.#shown;
    if (shown?.inspection.id !== id) return;
    this.#show({ ...shown, inspection: withRelated(shown.inspection, related) });
  }

  /** Forgets what is shown and stops what runs. */
  clear(): void {
    this.setLive(false);
    this.#run?.abort.abort();
    this.interventions.forget();
    this.#refused = undefined;
    this.#show(undefined);
    this.#setFailure(undefined);
    void this.#context.workspaceState.update(subjectKey, undefined);
  }

  dispose(): void {
    this.#run?.abort.abort();
    vscode.Disposable.from(...this.#listeners).dispose();
    const emitters = [
      this.#shownChanged,
      this.#rangesChanged,
      this.#began,
      this.#progress,
      this.#failed,
      this.#coloured,
      this.#liveChanged,
    ];
    for (const emitter of emitters) emitter.dispose();
  }

  async #inspect(changes: Partial<Subject>, manner: Manner): Promise<void> {
    // Of a file nothing can be asked but what is in it.
    if ((this.#run ?? this.#shown)?.subject.attentionFile !== undefined) return;
    const { subject: running, edits } = this.#run ?? {};
    // The run that is given up knows what was written since its text was taken.
    if (running) return this.#start({ ...running, ...changes }, manner, edits);
    const shown = this.#shown;
    const subject =
      this.#refused && manner === 'asked for'
        ? await foundAgain(this.#refused)
        : shown && refreshed(shown.subject, shown.ranges.whole);
    if (subject && !this.#run) await this.#start({ ...subject, ...changes }, manner);
  }

  async #start(subject: Subject, manner: Manner, edits: Run['edits'] = []): Promise<void> {
    this.#run?.abort.abort();
    const run: Run = { subject, manner, abort: new AbortController(), edits };
    this.#run = run;
    // What was written before this run began is not in its text either.
    this.#outdated = edits.length > 0;
    try {
      this.#began.fire();
      this.#progress.begin({ message: 'Inspecting' }, manner === 'live');
      const asked = await this.#askedOf(subject, manner === 'live');
      if (this.#run !== run) return;
      const inspection = await this.#ask(run, asked, manner);
      if (this.#run !== run) return;
      this.#refused = undefined;
      this.#setFailure(undefined);
      const edited = this.interventions.made(subject, inspection);
      this.#show({ subject: edited, inspection, asked, ranges: rangesOf(subject, inspection, run.edits) });
      void this.#context.workspaceState.update(subjectKey, keptOverReload(edited));
    } catch (error) {
      if (this.#run !== run) return;
      const failure = toFailure(error);
      if (failure.kind !== 'cancelled') this.#setFailure(failure.message);
      this.#refused = failure.kind === 'input' || failure.kind === 'cancelled' ? undefined : subject;
      if (manner === 'asked for') report(failure, this.#log);
      else if (failure.detail) this.#log.error(failure.detail);
    } finally {
      if (this.#run === run) {
        this.#run = undefined;
        this.#progress.end();
        this.#setGlimpse(undefined);
        if (this.live && this.#outdated) void this.#inspect({}, 'live');
      }
    }
  }

  /** @throws UserError where there is nothing that could be asked */
  async #askedOf(subject: Subject, isLive: boolean): Promise<Asked> {
    if (subject.attentionFile !== undefined) return { open: { path: subject.attentionFile } };
    if (subject.text.trim() === '') throw new UserError(nothingToInspect(subject));
    const model = this.#model.reference;
    this.#model.requireTrust(model);
    const settings = readSettings();
    return { inspect: requestFor(subject, model, settings, await surroundingsOf(subject, settings, isLive)) };
  }

  #ask({ abort }: Run, asked: Asked, manner: Manner): Promise<Inspection> {
    const work = (progress: (step: Progress) => void) =>
      ask(this.#engine, asked, {
        signal: abort.signal,
        progress: ({ glimpse, ...step }) => {
          if (this.#run?.abort !== abort) return;
          this.#progress.report(step);
          progress(step);
          if (glimpse) this.#glimpse(this.#run, glimpse);
        },
      });
    return manner === 'asked for' ? withLateProgress(abort, work) : work(() => undefined);
  }

  /** Colours the text, and goes on to the next state of a text that was written in meanwhile. */
  #glimpse({ subject, edits }: Run, glimpse: Glimpse): void {
    this.#setGlimpse({ subject, inspection: glimpse, ranges: rangesOf(subject, glimpse, edits) });
    if (this.#outdated && this.#mayGiveUp) this.#follow();
  }

  #setGlimpse(glimpsed: Coloured | undefined): void {
    if (glimpsed === this.#glimpsed) return;
    this.#glimpsed = glimpsed;
    this.#coloured.fire();
  }

  /** Whether the run under way has done what matters at a keystroke: its colours are there, and the views are not old. */
  get #mayGiveUp(): boolean {
    const isGlimpsed = this.#glimpsed !== undefined && this.#glimpsed.subject === this.#run?.subject;
    return isGlimpsed && this.#run?.manner === 'live' && performance.now() - this.#shownAt < oldestViews;
  }

  /** Inspects the text as it is now instead of as it was when the run under way began. */
  #follow(): void {
    const latest = this.coloured;
    if (latest) void this.#start(refreshed(latest.subject, latest.ranges.whole), 'live');
  }

  #show(shown: Shown | undefined): void {
    this.#shown = shown;
    this.#shownAt = performance.now();
    this.#glimpsed = undefined;
    this.#coloured.fire();
    this.#shownChanged.fire(shown);
    const { ablated, before } = shown?.inspection ?? {};
    void vscode.commands.executeCommand('setContext', 'headlight.active', shown !== undefined);
    void vscode.commands.executeCommand('setContext', 'headlight.headsOff', ablated !== undefined);
    void vscode.commands.executeCommand('setContext', 'headlight.intervened', before !== undefined);
  }

  #setFailure(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    this.#failed.fire(failure);
  }

  #written({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0) return;
    const uri = document.uri.toString();
    if (this.#run?.subject.uri === uri) this.#run.edits.push(toEdits(contentChanges));
    const edits = toEdits(contentChanges);
    const coloured = this.coloured;
    const [start, end] = coloured?.ranges.whole ?? [0, -1];
    const shown = this.#shown;
    if (this.#glimpsed?.subject.uri === uri && this.#glimpsed.ranges.follow(edits)) this.#coloured.fire();
    if (shown?.subject.uri === uri && shown.ranges.follow(edits)) this.#rangesChanged.fire(shown);
    const isInside = edits.some(({ offset, length }) => offset <= end && offset + length >= start);
    if (coloured?.subject.uri !== uri || !this.live || !isInside) return;
    // A run is short and its colours worth seeing; giving up each for the next would show nothing while one types on.
    if (!this.#run) void this.#inspect({}, 'live');
    else if (this.#mayGiveUp) this.#follow();
    else this.#outdated = true;
  }

  #closed(document: vscode.TextDocument): void {
    const shown = this.#shown;
    if (shown?.subject.uri === document.uri.toString())
      this.#closedText = textIn(document, shown.ranges.whole);
  }

  /** A document that was closed may come back with another text. It is also closed and opened when its language changes. */
  #opened(document: vscode.TextDocument): void {
    const shown = this.#shown;
    if (shown?.subject.uri !== document.uri.toString() || this.#closedText === undefined) return;
    const isSame = textIn(document, shown.ranges.whole) === this.#closedText;
    this.#closedText = undefined;
    if (isSame) return;
    const subject = { ...shown.subject, uri: undefined };
    this.#shown = { ...shown, subject, ranges: rangesOf(subject, shown.inspection, []) };
    this.#rangesChanged.fire(this.#shown);
  }

  #lacks(saliency: SaliencyName): boolean {
    return this.#shown !== undefined && this.#shown.inspection.saliency[saliency] === undefined;
  }

  #modelChanged(): void {
    const reference = this.#run ? undefined : this.#shown?.inspection.model.reference;
    if (reference === this.#model.reference) return;
    this.interventions.forget();
    void this.again({ target: undefined, ...withoutChanges });
  }
}

/** Settings that change what is computed. */
const rerunSettings = ['headlight.relations', 'headlight.maxTokens', 'headlight.integratedGradients'];

function rangesOf(
  subject: Subject,
  inspection: Pick<Glimpse, 'start' | 'tokens'>,
  edits: readonly (readonly Edit[])[],
): TrackedRanges {
  const { offsets } = inspection.tokens;
  const inDocument = subject.uri === undefined ? new Int32Array(offsets.length).fill(-1) : offsets;
  const ranges = new TrackedRanges(inDocument, subject.range[0] + inspection.start, subject.range);
  for (const event of edits) ranges.follow(event);
  return ranges;
}
