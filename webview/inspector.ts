import './inspector.css';
import type { ViewCalls, ViewName, ViewSettings } from '../src/protocol/view';
import { viewNames } from '../src/protocol/view';
import { AttentionCache } from './attention';
import { registerControls } from './controls';
import { Saver } from './export/saver';
import { connectHost } from './host';
import { installPaints } from './marks/relations';
import { mount } from './mount';
import { Runs } from './runs';
import { type State, ViewStore } from './store';
import { firstHead, hasHead } from './views/heads/encoding';
import { alone } from './views/inspector/frame';
import { createInspector } from './views/inspector/inspector';
import { openTab } from './views/inspector/tabs';
import { aloneViews, independentViews, type IndependentName } from './views/table';
import type { View, ViewContext } from './view';

const settingsBeforeStart: ViewSettings = {
  saliency: 'gradient-l1',
  level: 'token',
  countFrom: 0,
  live: false,
};

/** The one entry of all webviews: `data-view` of the body says which view this document is. */
function start(): void {
  registerControls();
  installPaints(document);
  const name = viewOf(document.body);
  let store: ViewStore | undefined = undefined;
  let saver: Saver | undefined = undefined;
  let saveAlone: View['save'] = undefined;
  let runs: Runs | undefined = undefined;
  const waiting: Partial<State>[] = [];
  const take = (partial: Partial<State>): void => {
    if (store) store.update(partial);
    else waiting.push(partial);
  };
  const local: ViewCalls = {
    show: (inspection) => take({ inspection, failure: undefined }),
    busy: (busy) => take({ busy }),
    failed: (failure) => take({ failure }),
    measuring: (measuring) => take({ measuring }),
    measured: (inspection, measurement) => store?.addMeasurement(inspection, measurement),
    select: (selection) => take({ selection }),
    configure: (settings) => take({ settings }),
    pins: (pins) => take({ pins }),
    save: (format) => (saveAlone ? saveAlone(format) : saver?.save(format)),
    showDataSet: (dataSet) => take({ dataSet }),
    progressed: (run, progress) => runs?.progressed(run, progress),
  };
  const { host, memory } = connectHost(local);
  const initial: State = { selection: {}, settings: settingsBeforeStart, busy: { message: 'Starting' } };
  store = new ViewStore(initial, memory, (selection) => host.select(selection));
  const shown = store;
  shown.subscribe((changed) => {
    if (changed.has('inspection')) keepHeadValid(shown);
  });
  for (const partial of waiting) shown.update(partial);
  const attention = new AttentionCache(host, () => shown.inspection?.id);
  const single = aloneViews.find((view) => view.name === name);
  runs = new Runs(host);
  const context: ViewContext = { store: shown, host, attention, runs };
  const create =
    name in independentViews
      ? independentViews[name as IndependentName]
      : single && alone(single.create, single.beginsEmpty);
  saveAlone = mount(document.body, create ?? createInspector, context).save;
  saver = new Saver(context, () =>
    single ? { name: single.name, root: document.body } : openTab(document.body),
  );
  void host.ready().then(
    ({ settings, selection, inspection, failure, busy, measuring, pins, dataSet }) =>
      shown.update({ settings, selection, inspection, failure, busy, measuring, pins, dataSet }),
    (error: unknown) =>
      shown.update({ failure: error instanceof Error ? error.message : String(error), busy: undefined }),
  );
}

/** An inspection always has a selected head: the last one where the model still has it, else the one that says most. */
function keepHeadValid(store: ViewStore): void {
  const { inspection, selection } = store;
  if (!inspection || (selection.head && hasHead(inspection, selection.head))) return;
  store.select({ head: firstHead(inspection), compared: undefined });
}

function viewOf(body: HTMLElement): ViewName {
  return viewNames.find((view) => view === body.dataset.view) ?? 'inspector';
}

start();
