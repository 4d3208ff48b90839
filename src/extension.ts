import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { DefinitionLinks } from './definitionLinks';
import { followCursor } from './editor/cursorToken';
import { ExpectedTokens } from './editor/expectedTokens';
import { LiveSwitch } from './editor/liveSwitch';
import { PromptLenses } from './editor/promptLens';
import { SaliencyColours } from './editor/saliencyColours';
import { StatusBar } from './editor/statusBar';
import { TokenBorders } from './editor/tokenBorders';
import { TokenHover } from './editor/tokenHover';
import { TokenMarks } from './editor/tokenMarks';
import { DataSets } from './dataSets';
import { EngineClient } from './engineClient';
import { HeadMeasuring } from './headMeasuring';
import { Inspections } from './inspections';
import { LinkedSelection } from './linkedSelection';
import { ChosenModel } from './models/chosenModel';
import { ModelTree } from './models/modelTree';
import { Pins } from './pins/pins';
import { PinTree } from './pins/pinTree';
import { Panels } from './panels/panels';
import type { EngineStart } from './protocol/rpc';
import { ReferenceVersions } from './referenceVersions';
import { readSettings } from './settings';
import type { HeadlightApi } from './testing';

let engine: EngineClient | undefined;

/** Registers everything and does nothing: the engine starts with the first inspection. */
export function activate(context: vscode.ExtensionContext): HeadlightApi {
  const log = vscode.window.createOutputChannel('Headlight', { log: true });
  engine = createEngine(context, log);
  const model = new ChosenModel(context);
  const inspections = new Inspections(context, engine, model, log);
  const dataSets = new DataSets(context, engine, model, log);
  const selection = new LinkedSelection();
  const links = new DefinitionLinks(inspections, engine, log);
  const colours = new SaliencyColours(inspections);
  const marks = new TokenMarks(inspections, selection);
  const statusBar = new StatusBar(inspections, model);
  const liveSwitch = new LiveSwitch(inspections);
  const pins = new Pins(context, engine, model);
  const pinTree = new PinTree(pins);
  const measuring = new HeadMeasuring(engine, inspections, log);
  const references = new ReferenceVersions(context.workspaceState);
  const panels = new Panels({
    extension: context.extensionUri,
    log,
    engine,
    inspections,
    measuring,
    selection,
    marks,
    pins,
    dataSets,
    references,
  });
  const modelTree = new ModelTree(engine, model);

  context.subscriptions.push(
    log,
    model,
    inspections,
    dataSets,
    measuring,
    selection,
    links,
    colours,
    marks,
    statusBar,
    liveSwitch,
    panels,
    modelTree,
    pins,
    pinTree,
    inspections.onDidShow((shown) => selection.keepWhatIsIn(shown?.inspection, inspections)),
    new ExpectedTokens(inspections, engine),
    new PromptLenses(engine, model, inspections),
    new TokenBorders(inspections),
    followCursor(inspections, selection),
    vscode.languages.registerHoverProvider('*', new TokenHover(inspections, engine)),
    vscode.window.registerTreeDataProvider('headlight.models', modelTree),
    vscode.window.registerTreeDataProvider('headlight.pins', pinTree),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('headlight.engine')) void engine?.restart(engineStart(context));
    }),
    registerCommands({
      log,
      engine,
      model,
      inspections,
      panels,
      pins,
      selection,
      links,
      dataSets,
      references,
    }),
  );
  return {
    engine,
    inspections,
    selection,
    links,
    colours,
    marks,
    statusBar,
    liveSwitch,
    panels,
    pins,
    model,
    dataSets,
  };
}

/** The engine goes with the extension. */
export async function deactivate(): Promise<void> {
  await engine?.shutdown();
}

function createEngine(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): EngineClient {
  return new EngineClient({
    program: { entry: context.asAbsolutePath('dist/engine.js') },
    start: engineStart(context),
    log: (level, message) => {
      if (level === 'error') log.error(message);
      else if (level === 'warning') log.warn(message);
      else log.info(message);
    },
  });
}

function engineStart(context: vscode.ExtensionContext): EngineStart {
  return {
    modelsFolder: context.asAbsolutePath('media/models'),
    storage: context.globalStorageUri.fsPath,
    memoryBudget: readSettings().memoryBudget,
  };
}
