import * as vscode from 'vscode';
import { DataSetRun } from './dataSetRun';
import { UserError } from './engine/errors';
import type { EngineClient } from './engineClient';
import { report } from './failures';
import { modelName } from './models/chosenModel';
import type { ChosenModel } from './models/chosenModel';
import type { ColumnChoice, DataSetRequest, DataSetSource } from './protocol/dataSet';
import type { DataSetState } from './protocol/dataSetView';
import type { Progress } from './protocol/engine';

/** Texts that a user has chosen to be a data set. Plain values, so that they can be kept over a reload. */
export interface DataSetSubject {
  readonly source: DataSetSource;
  readonly columns: ColumnChoice;
  /** The document that the texts stand in, where it can be shown as text. */
  readonly uri?: string;
  /** The first line of the document that belongs to it, where that is only a part. */
  readonly firstLine?: number;
}

/** What is kept over a reload. */
interface Remembered {
  readonly subject: DataSetSubject;
  readonly model: string;
  readonly isPaused: boolean;
  readonly isScored: boolean;
}

const rememberedKey = 'headlight.dataSet';
/** Lines of an editor beyond this length are not kept: VS Code reads all of its store when it starts. */
const mostRemembered = 200_000;
/** Rows that are read: more are neither looked at nor sorted in a table. `headlight corpus` takes any number. */
const mostRows = 1_000_000;
/** Milliseconds between two words about a run: what is shown of it is read by people. */
const betweenReports = 400;

/** The data set that is open: one at a time, as there is one inspection. */
export class DataSets implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #engine: EngineClient;
  readonly #model: ChosenModel;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<DataSetState | undefined>();
  readonly #listener: vscode.Disposable;
  #opened = 0;
  #subject?: DataSetSubject;
  #run?: DataSetRun;
  #scoring?: DataSetRun;
  /** What is being done besides the runs. */
  #progress?: Progress;
  #told: string | undefined;
  #timer?: NodeJS.Timeout;

  /** Another data set is open, or there is more to be said of this one; undefined: none is open. */
  readonly onDidChange = this.#changed.event;

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
    this.#listener = model.onDidChange(() => {
      this.#tell();
      // What was refused may be allowed now.
      if (this.#run?.failure?.kind === 'untrusted' && vscode.workspace.isTrusted) void this.run();
    });
  }

  /** What views are told. */
  get state(): DataSetState | undefined {
    const [subject, run, scoring] = [this.#subject, this.#run, this.#scoring];
    if (!subject || !run) return undefined;
    const { opened, done, activity, failure, request } = run;
    const { reference } = this.#model;
    return {
      id: String(this.#opened),
      name: opened?.name ?? nameOf(subject.source),
      rows: opened?.rows ?? 0,
      hasPairs: subject.columns.pair !== undefined,
      model: {
        reference: opened?.model.reference ?? request.model,
        name: opened?.model.name ?? modelName(request.model),
        labels: opened?.model.labels ?? [],
      },
      labels: opened?.labels ?? [],
      done,
      activity,
      progress: run.progress ?? this.#progress,
      scores: scoring && {
        activity: scoring.activity,
        done: scoring.done,
        progress: scoring.progress,
        failure: scoring.failure?.message,
      },
      notes: opened?.notes ?? [],
      failure: failure?.message,
      otherModel: request.model === reference ? undefined : modelName(reference),
    };
  }

  /** What the open data set is made of. */
  get subject(): DataSetSubject | undefined {
    return this.#subject;
  }

  /**
   * Opens texts in place of those that are open, and runs the chosen model on them. What fails then is told.
   * @throws UserError where the model is not trusted; what is open stays
   */
  async open(subject: DataSetSubject): Promise<void> {
    await this.#begin(subject, this.#model.reference, false);
  }

  /** Runs what has not been run yet. */
  async run(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    this.#remember(false);
    await run.start();
    this.#reportOf(run);
  }

  pause(): void {
    this.#run?.pause();
    this.#remember(true);
  }

  /** Measures all heads on every row, or goes on with it. */
  async scoreHeads(): Promise<void> {
    const run = this.#run;
    if (!run) throw new UserError('No data set is open. Choose “Headlight: Open Data Set…” first.');
    this.#scoring ??= this.#runOf({ ...run.request, scores: true });
    const scoring = this.#scoring;
    this.#remember(run.activity === 'paused');
    await scoring.start();
    this.#reportOf(scoring);
  }

  pauseScoring(): void {
    this.#scoring?.pause();
  }

  /** Opens the same texts with the model that is chosen now. */
  async useChosenModel(): Promise<void> {
    if (this.#subject) await this.open(this.#subject);
  }

  /** Opens what was open before the window was reloaded. */
  async restore(): Promise<void> {
    const remembered = this.#context.workspaceState.get<Remembered>(rememberedKey);
    if (!remembered || this.#run) return;
    const { subject, model, isPaused, isScored } = remembered;
    const begun = this.#begin(subject, model, isPaused);
    if (isScored && this.#run) void this.scoreHeads();
    await begun;
  }

  /**
   * The engine's id of the data set that views know by another one.
   * @throws UserError where another is open by now
   */
  engineId(id: string): string {
    return this.#known(id, this.#run);
  }

  /** The same of the run that scores heads. */
  scoringId(id: string): string {
    return this.#known(id, this.#scoring);
  }

  /** Something else is being done with the data set; undefined: nothing any more. */
  setProgress(progress: Progress | undefined): void {
    this.#progress = progress;
    this.#soon();
  }

  dispose(): void {
    this.#run?.close();
    this.#scoring?.close();
    clearTimeout(this.#timer);
    this.#listener.dispose();
    this.#changed.dispose();
  }

  async #begin(subject: DataSetSubject, model: string, isPaused: boolean): Promise<void> {
    this.#model.requireTrust(model);
    this.#run?.close();
    this.#scoring?.close();
    this.#scoring = undefined;
    this.#opened++;
    this.#subject = subject;
    const { source, columns } = subject;
    const run = this.#runOf({ source, columns, model, scores: false, mostRows });
    this.#run = run;
    void vscode.commands.executeCommand('setContext', 'headlight.dataSet', true);
    this.#remember(isPaused);
    await (isPaused ? run.open() : run.start());
    this.#reportOf(run);
  }

  #runOf(request: DataSetRequest): DataSetRun {
    const permit = (): void => this.#model.requireTrust(request.model);
    return new DataSetRun(this.#engine, request, () => this.#soon(), permit);
  }

  #known(id: string, run: DataSetRun | undefined): string {
    if (id === String(this.#opened) && run?.opened) return run.opened.id;
    throw new UserError('This data set is no longer open.');
  }

  #reportOf(run: DataSetRun): void {
    if (run.failure && (run === this.#run || run === this.#scoring)) report(run.failure, this.#log);
  }

  #remember(isPaused: boolean): void {
    const [subject, run] = [this.#subject, this.#run];
    if (!subject || !run) return;
    const isLong = subject.source.kind === 'lines' && subject.source.text.length > mostRemembered;
    const remembered: Remembered = {
      subject,
      model: run.request.model,
      isPaused,
      isScored: this.#scoring !== undefined,
    };
    void this.#context.workspaceState.update(rememberedKey, isLong ? undefined : remembered);
  }

  /** Tells at once what is another activity, and the rest now and then. */
  #soon(): void {
    const key = JSON.stringify([
      this.#opened,
      ...[this.#run, this.#scoring].map((run) => run && [run.activity, run.failure?.message]),
      this.#progress === undefined,
    ]);
    if (key !== this.#told) {
      this.#told = key;
      return this.#tell();
    }
    this.#timer ??= setTimeout(() => this.#tell(), betweenReports);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.fire(this.state);
  }
}

function nameOf(source: DataSetSource): string {
  return source.kind === 'file' ? (source.path.split(/[\\/]/).pop() ?? source.path) : source.name;
}
