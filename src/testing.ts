import type { LiveSwitch } from './editor/liveSwitch';
import type { SaliencyColours } from './editor/saliencyColours';
import type { StatusBar } from './editor/statusBar';
import type { TokenMarks } from './editor/tokenMarks';
import type { DataSets } from './dataSets';
import type { DefinitionLinks } from './definitionLinks';
import type { EngineClient } from './engineClient';
import type { Inspections } from './inspections';
import type { LinkedSelection } from './linkedSelection';
import type { ChosenModel } from './models/chosenModel';
import type { Pins } from './pins/pins';
import type { Panels } from './panels/panels';

/** What `activate` returns, so that tests in the extension host see what a user sees. Not meant for other extensions. */
export interface HeadlightApi {
  readonly engine: EngineClient;
  readonly inspections: Inspections;
  readonly selection: LinkedSelection;
  readonly links: DefinitionLinks;
  readonly colours: SaliencyColours;
  readonly marks: TokenMarks;
  readonly statusBar: StatusBar;
  readonly liveSwitch: LiveSwitch;
  readonly panels: Panels;
  readonly pins: Pins;
  readonly model: ChosenModel;
  readonly dataSets: DataSets;
}
