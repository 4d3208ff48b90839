import type { AttentionEdit } from './edits';
import type { DataSetHostCalls, DataSetState, DataSetViewCalls } from './dataSetView';
import type { AttentionRequest, Progress } from './engine';
import type {
  FurtherHeadMeasureName,
  HeadMeasurement,
  HeadRef,
  Inspection,
  SaliencyName,
  TargetRequest,
} from './inspection';
import type { PinList } from './pins';
import type { PromptCalls, PromptEvents } from './prompt';
import type { Tensor } from './tensor';
import type { TextLevel } from './textLevel';

/** The views that exist; each is a folder of `webview/views`, alone in a tab or part of the inspector. */
export const viewNames = [
  'inspector',
  'heads',
  'dependencies',
  'saliency',
  'attention',
  'graph',
  'matrix',
  'compare',
  'instances',
  'prompt',
  'changes',
] as const;
export type ViewName = (typeof viewNames)[number];

/** What is selected everywhere at once: a choice in one view is made in all of them and in the editor. */
export interface Selection {
  readonly head?: HeadRef;
  /** Further heads, for comparison. */
  readonly compared?: readonly HeadRef[];
  /** Token under the mouse, in a view or in the editor. */
  readonly hoveredToken?: number;
  /** Token at the editor's cursor, or clicked in a view. */
  readonly token?: number;
  /** The last token that ends before the editor's cursor or at it: what comes next is predicted from there. −1: the cursor stands before all of them. */
  readonly precedingToken?: number;
  readonly relation?: string;
}

/**
 * What heads are compared with. `auto`: a file of relations beside the text, else the syntax tree of code, else the
 * dependency parse of prose.
 */
export const relationsChoices = ['auto', 'dependencies', 'code', 'off'] as const;
export type RelationsChoice = (typeof relationsChoices)[number];

/** Settings that change how views draw. */
export interface ViewSettings {
  readonly saliency: SaliencyName;
  /** What its scores are added up to, here and in the editor. */
  readonly level: TextLevel;
  /** 0 or 1: from which number layers and heads are counted on screen. */
  readonly countFrom: 0 | 1;
  readonly live: boolean;
  /** Absent: relations cannot be chosen here. */
  readonly relations?: RelationsChoice;
  /** Whether the last intervention (heads switched, attention edited) can be taken back; absent: no. */
  readonly canUndoIntervention?: boolean;
  /** Whether what was taken back can be done again; absent: no. */
  readonly canRedoIntervention?: boolean;
  /** Whether measures that need further runs of the model can be asked for; absent: no. */
  readonly canMeasure?: boolean;
  /** Whether what is shown is of a document that can be inspected while it is written in; left out: it is. */
  readonly canFollow?: boolean;
}

/** What a view needs to begin. */
export interface ViewStart {
  readonly view: ViewName;
  readonly settings: ViewSettings;
  readonly selection: Selection;
  readonly inspection?: Inspection;
  /** Why the last inspection failed, and what to do. */
  readonly failure?: string;
  /** What is running at this moment. */
  readonly busy?: Progress;
  /** Absent where nothing can be pinned: in a saved page. */
  readonly pins?: PinList;
  /** The data set that is open. */
  readonly dataSet?: DataSetState;
  /** What of the heads is being measured at this moment. */
  readonly measuring?: Progress;
}

/** A picture or table that the user wants to keep. */
export interface SavedFile {
  readonly name: string;
  readonly extension: 'svg' | 'png' | 'csv' | 'html';
  readonly content: string | Uint8Array;
}

/** What a view asks of the extension host. */
export interface HostCalls extends DataSetHostCalls, PromptCalls {
  ready(): Promise<ViewStart>;
  attention(
    request: Omit<AttentionRequest, 'inspection'> & { readonly inspection: string },
  ): Promise<Tensor[]>;
  /** The inspection of a pin, computed again where that was forgotten. */
  pinned(pin: string): Promise<Inspection>;
  /** The user selected something in this view; absent keys are cleared. */
  select(selection: Selection): void;
  /** Shows the token's range in the editor and puts the cursor there. */
  revealToken(token: number): void;
  retarget(target: TargetRequest): void;
  /** @param heads all that are off from now on; none: every head is on again */
  switchHeads(heads: readonly HeadRef[]): void;
  /** @param edits all that are made from now on, of tokens of the inspection shown; none: attention is as the model has it */
  editAttention(edits: readonly AttentionEdit[]): void;
  /** The user chose measures of heads that need further runs of the model. */
  measureHeads(names: readonly FurtherHeadMeasureName[]): void;
  stopMeasuring(): void;
  chooseModel(): void;
  chooseSaliency(name: SaliencyName): void;
  chooseLevel(level: TextLevel): void;
  chooseRelations(choice: RelationsChoice): void;
  setLive(live: boolean): void;
  /** Runs one of the extension's own commands, by its id without the prefix `headlight.`. */
  run(command: string): void;
  save(file: SavedFile): void;
}

/** What the extension host tells a view. */
export interface ViewCalls extends DataSetViewCalls, PromptEvents {
  show(inspection: Inspection): void;
  /** Undefined: nothing is running any more. */
  busy(progress?: Progress): void;
  /** Undefined: all is well again. The last picture stays. */
  failed(message?: string): void;
  /** Undefined: nothing is being measured any more. */
  measuring(progress?: Progress): void;
  /** More was measured of the heads of this inspection. */
  measured(inspection: string, measurement: HeadMeasurement): void;
  select(selection: Selection): void;
  configure(settings: ViewSettings): void;
  pins(pins: PinList): void;
  /** Saves what is shown in this format; see {@link HostCalls.save}. */
  save(format: SavedFile['extension']): void;
}
