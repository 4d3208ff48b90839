import './page/page.css';
import { HeadAttention } from '../src/engine/measures/headAttention';
import { wordAttention } from '../src/engine/measures/wordAttention';
import { fromBase64, fromPageJson } from '../src/export/json';
import { attentionId, fullWeight, startId, type SavedStart } from '../src/export/savedPage';
import type { AttentionRequest } from '../src/protocol/engine';
import type { HeadRef } from '../src/protocol/inspection';
import { connectToView } from '../src/protocol/rpc';
import type { Tensor } from '../src/protocol/tensor';
import type { DataSetHostCalls } from '../src/protocol/dataSetView';
import type { HostCalls, ViewCalls } from '../src/protocol/view';
import { download } from './page/download';
import { followTheme } from './page/theme';
import { blockOf } from './shownHeads';
import { rowOf } from './marks/tokenLabels';

/** What a view knows as the API of VS Code. */
interface PageWindow {
  acquireVsCodeApi: () => {
    postMessage(message: unknown): void;
    getState(): unknown;
    setState(state: unknown): void;
  };
}

/** The host of a saved page: answers the views from what the page holds, in the same document. */
function playHost(page: Window & Partial<PageWindow>): void {
  const start = fromPageJson(contentOf(startId) ?? '{}') as SavedStart;
  let { settings } = start;
  let receive: (message: unknown) => void = () => undefined;
  const refuse = (what: string): void =>
    void view.failed(
      `This page was saved from Headlight and shows what was computed then. To ${what}, inspect the text in Headlight.`,
    );
  const host: HostCalls = {
    ready: () => Promise.resolve({ view: 'inspector', ...start, settings }),
    attention: (request) => Promise.all(request.heads.map((head) => attentionOf(start, head, request.level))),
    pinned: () => Promise.reject(new Error('Nothing is pinned in a saved page.')),
    select: () => void view.failed(undefined),
    revealToken: () => undefined,
    retarget: () => refuse('explain another outcome'),
    switchHeads: () => refuse('switch heads off'),
    editAttention: () => refuse('edit attention'),
    measureHeads: () => refuse('measure more of the heads'),
    stopMeasuring: () => undefined,
    chooseModel: () => refuse('use another model'),
    chooseSaliency: (saliency) => {
      if (start.inspection.saliency[saliency] === undefined) return refuse('measure saliency in another way');
      settings = { ...settings, saliency };
      void view.configure(settings);
    },
    chooseLevel: (level) => {
      settings = { ...settings, level };
      void view.configure(settings);
    },
    chooseRelations: () => refuse('compare heads with other relations'),
    setLive: () => refuse('follow an edited text'),
    run: () => refuse('do more with it'),
    save: download,
    ...noDataSet(() => refuse('ask about a data set')),
    distribution: () => notComputed('what comes next'),
    surprisal: () => notComputed('the surprisal of each token'),
    generate: () => notComputed('how the text goes on'),
    changes: () => notComputed('what changes of the text do'),
    stop: () => undefined,
    insertAfter: () => refuse('change the text'),
    revealRange: () => undefined,
  };
  const view: ViewCalls = connectToView(
    {
      post: (message) => void page.dispatchEvent(new MessageEvent('message', { data: message })),
      listen: (listener) => {
        receive = listener;
        return () => undefined;
      },
    },
    host,
  );
  let state: unknown;
  page.acquireVsCodeApi = () => ({
    postMessage: (message) => receive(message),
    getState: () => state,
    setState: (next) => {
      state = next;
    },
  });
}

/** A page holds one inspection; nothing in it asks about a data set. */
function noDataSet(refuse: () => void): DataSetHostCalls {
  const rejected = () => Promise.reject(new Error('This page holds no data set.'));
  return {
    instances: rejected,
    rowTexts: rejected,
    searchRows: rejected,
    textOrder: rejected,
    projectRows: rejected,
    dataSetScores: rejected,
    runDataSet: refuse,
    pauseDataSet: refuse,
    scoreHeads: refuse,
    pauseScoring: refuse,
    useChosenModel: refuse,
    inspectRow: refuse,
  };
}

function notComputed(what: string): Promise<never> {
  return Promise.reject(
    new Error(
      `This page was saved from Headlight without ${what}. To see it, inspect the text in Headlight.`,
    ),
  );
}

async function attentionOf(
  { inspection, settings }: SavedStart,
  head: HeadRef,
  level: AttentionRequest['level'],
): Promise<Tensor> {
  const content = contentOf(attentionId(head));
  if (content === undefined) {
    const name = `${head.layer + settings.countFrom}.${head.head + settings.countFrom}`;
    throw new Error(
      `Head ${name} is not in this page, which would be too large with all heads. Choose another one.`,
    );
  }
  const { dims, weights } = fromPageJson(content) as { dims: readonly number[]; weights: string };
  const stream = new Blob([fromBase64(weights)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const view = new DataView(await new Response(stream).arrayBuffer());
  const data = Float32Array.from(
    { length: view.byteLength / 2 },
    (_, i) => view.getUint16(2 * i, true) / fullWeight,
  );
  const block = blockOf(inspection, head);
  if (level === 'token' || !block) return { data, dims };
  const count = inspection.words.text.length;
  const wordsOf = (side: 'tokens' | 'pair') => ({ words: rowOf(inspection, side).words, count });
  return wordAttention(
    new HeadAttention(data, dims[0], dims[1]),
    wordsOf(block.queries),
    wordsOf(block.keys),
  );
}

function contentOf(id: string): string | undefined {
  return document.getElementById(id)?.textContent ?? undefined;
}

followTheme(window);
playHost(window);
