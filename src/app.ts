import type * as vscode from 'vscode';
import type { DataSets } from './dataSets';
import type { DefinitionLinks } from './definitionLinks';
import type { EngineClient } from './engineClient';
import type { Inspections } from './inspections';
import type { LinkedSelection } from './linkedSelection';
import type { ChosenModel } from './models/chosenModel';
import type { Pins } from './pins/pins';
import type { Panels } from './panels/panels';
import type { ReferenceVersions } from './referenceVersions';

/** The parts of the extension that commands act on. */
export interface App {
  readonly log: vscode.LogOutputChannel;
  readonly engine: EngineClient;
  readonly model: ChosenModel;
  readonly inspections: Inspections;
  readonly panels: Panels;
  readonly pins: Pins;
  readonly selection: LinkedSelection;
  readonly dataSets: DataSets;
  readonly references: ReferenceVersions;
  readonly links: DefinitionLinks;
}
