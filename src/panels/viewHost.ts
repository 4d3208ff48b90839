import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { shownMeasure } from '../editor/levels';
import type { DataSets } from '../dataSets';
import type { TokenMarks } from '../editor/tokenMarks';
import type { EngineClient } from '../engineClient';
import { orReport } from '../failures';
import type { HeadMeasuring } from '../headMeasuring';
import type { Inspections } from '../inspections';
import type { LinkedSelection } from '../linkedSelection';
import type { Pins } from '../pins/pins';
import { connectToView } from '../protocol/rpc';
import type { HostCalls, SavedFile, ViewName, ViewSettings, ViewStart } from '../protocol/view';
import { readSettings, writeRelations, writeSaliencyLevel, writeSaliencyMethod } from '../settings';
import { dataSetCalls } from './dataSetHost';
import type { ReferenceVersions } from '../referenceVersions';
import { PromptHost } from './promptHost';
import { saveFile } from './saveFile';
import { viewDocument } from './document';

/** What views are connected with. */
export interface ViewContext {
  readonly extension: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly engine: EngineClient;
  readonly inspections: Inspections;
  readonly measuring: HeadMeasuring;
  readonly selection: LinkedSelection;
  readonly marks: TokenMarks;
  readonly pins: Pins;
  readonly dataSets: DataSets;
  readonly references: ReferenceVersions;
}

/** Commands that a view may run; it shows text of the user's, so it is not trusted with more. */
const commandsForViews: ReadonlySet<string> = new Set([
  'calibrateSinks',
  'chooseModel',
  'chooseTarget',
  'chooseSaliency',
  'clear',
  'comparePin',
  'exportPage',
  'inspectSelection',
  'openDataSet',
  'markReference',
  'openInspector',
  'openLinesAsDataSet',
  'openView',
  'pinInspection',
  'redoIntervention',
  'resetInterventions',
  'restartEngine',
  'showLog',
  'switchAllHeadsOn',
  'trySample',
  'undoIntervention',
  'unpinInspection',
  'useRelations',
  'whichHeadFindsTheDefinition',
]);

/** A view in a webview, for as long as that lives. */
export interface HostedView extends vscode.Disposable {
  /** Has the view save what it shows. */
  save(format: SavedFile['extension']): void;
}

/**
 * Fills a webview with a view and connects the two for as long as the webview lives. While the tab is hidden VS Code
 * keeps nothing of it; it asks for everything again when it is ready.
 */
export function hostView(
  webview: vscode.Webview,
  name: ViewName,
  title: string,
  context: ViewContext,
): HostedView {
  const { engine, inspections, measuring, selection, marks, pins, dataSets } = context;
  const own = {};
  const prompts = new PromptHost(context, (run, progress) => void view.progressed(run, progress));
  const calls: HostCalls = {
    ready: () => Promise.resolve(startOf(name, context)),
    attention: (request) => engine.attention(request),
    pinned: (pin) => pins.inspectionOf(pin),
    select: (chosen) => selection.set(chosen, own),
    revealToken: (token) => void orReport(marks.reveal(token), context.log),
    retarget: (target) => void inspections.retarget(target),
    switchHeads: (heads) => void inspections.interventions.switchHeads(heads),
    editAttention: (edits) => void inspections.interventions.editAttention(edits),
    measureHeads: (names) => void measuring.measure(names),
    stopMeasuring: () => measuring.stop(),
    chooseModel: () => void vscode.commands.executeCommand('headlight.chooseModel'),
    chooseSaliency: (measure) => void writeSaliencyMethod(measure),
    chooseLevel: (level) => void writeSaliencyLevel(level),
    chooseRelations: (choice) => void writeRelations(choice),
    setLive: (live) => inspections.setLive(live),
    run: (command) =>
      void (commandsForViews.has(command) && vscode.commands.executeCommand(`headlight.${command}`)),
    save: (file) => void saveFile(file),
    ...dataSetCalls(engine, dataSets),
    distribution: prompts.distribution,
    surprisal: prompts.surprisal,
    generate: prompts.generate,
    changes: prompts.changes,
    stop: prompts.stop,
    insertAfter: prompts.insertAfter,
    revealRange: prompts.revealRange,
  };
  const view = connectToView(
    {
      post: (message) => webview.postMessage(message),
      listen: (receive) => {
        const listener = webview.onDidReceiveMessage(receive);
        return () => listener.dispose();
      },
    },
    calls,
  );
  const begin = () => (webview.html = documentOf(webview, context.extension, name, title));
  webview.options = { enableScripts: true, localResourceRoots: rootsOf(context.extension) };
  begin();
  const configure = () => void view.configure(viewSettings(inspections));
  const connections = vscode.Disposable.from(
    inspections.onDidShow((shown) => {
      configure();
      if (shown) void view.show(shown.inspection);
      // Without an inspection the view begins afresh.
      else if (name !== 'instances') begin();
    }),
    dataSets.onDidChange((state) => void view.showDataSet(state)),
    inspections.onDidProgress((progress) => void view.busy(progress)),
    measuring.onDidProgress((progress) => void view.measuring(progress)),
    measuring.onDidMeasure(({ inspection, measurement }) => void view.measured(inspection, measurement)),
    inspections.onDidFail((failure) => void view.failed(failure)),
    inspections.onDidSetLive(configure),
    pins.onDidChange((list) => void view.pins(list)),
    selection.onDidChange(({ selection: chosen, from }) => from !== own && void view.select(chosen)),
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration('headlight') && configure(),
    ),
    prompts,
    new vscode.Disposable(() => view.$close()),
  );
  const dispose = () => {
    connections.dispose();
    // A view that goes away under the mouse cannot say any more that the mouse has left its token.
    if (selection.value.hoveredToken !== undefined)
      selection.set({ ...selection.value, hoveredToken: undefined }, own);
  };
  return { save: (format) => void view.save(format), dispose };
}

/** The folders that a webview may read. */
function rootsOf(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist', 'webview'), vscode.Uri.joinPath(extension, 'media')];
}

function documentOf(webview: vscode.Webview, extension: vscode.Uri, view: ViewName, title: string): string {
  const [bundle] = rootsOf(extension);
  const resource = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(bundle, file)).toString();
  return viewDocument({
    view,
    title,
    script: resource('inspector.js'),
    style: resource('inspector.css'),
    source: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
  });
}

function startOf(
  view: ViewName,
  { inspections, measuring, selection, pins, dataSets }: ViewContext,
): ViewStart {
  const { shown, failure, progress } = inspections;
  return {
    view,
    settings: viewSettings(inspections),
    selection: selection.value,
    inspection: shown?.inspection,
    failure,
    busy: progress,
    pins: pins.list,
    dataSet: dataSets.state,
    measuring: measuring.progress,
  };
}

function viewSettings(inspections: Inspections): ViewSettings {
  const { shown, live, interventions } = inspections;
  const { saliency, saliencyLevel: level, countFrom, relations } = readSettings();
  const measure = shown && shownMeasure(shown.inspection, saliency);
  const { canUndo, canRedo } = interventions;
  return {
    saliency: measure ?? saliency,
    level,
    countFrom,
    live,
    relations,
    canUndoIntervention: canUndo,
    canRedoIntervention: canRedo,
    canMeasure: true,
    canFollow: inspections.canFollow,
  };
}
