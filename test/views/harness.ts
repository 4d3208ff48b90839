import { build } from 'esbuild';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { after, before } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { connectToView, type Channel } from '../../src/protocol/rpc';
import type { DataSetState } from '../../src/protocol/dataSetView';
import type { Progress } from '../../src/protocol/engine';
import type { HeadMeasurement, HeadRef, Inspection, ModelInspection } from '../../src/protocol/inspection';
import type { PromptCalls } from '../../src/protocol/prompt';
import type { PinList } from '../../src/protocol/pins';
import type { Tensor } from '../../src/protocol/tensor';
import { viewDocument } from '../../src/panels/document';
import {
  viewNames,
  type HostCalls,
  type SavedFile,
  type Selection,
  type ViewCalls,
  type ViewName,
  type ViewSettings,
} from '../../src/protocol/view';
import { findChromium } from '../workbench/bed/chromium';
import { decode, encode, pageShim } from './codec';
import { dataSetHost, type KnownDataSet } from './dataSet';
import { type Theme, type ThemeName, themes } from './themes';

const repository = resolve(__dirname, '../..');

/** Why no view can be tested here, for `test(name, { skip })`; false where it can. */
export const skip: string | false = findChromium()
  ? false
  : 'No Chromium was found. Install one (apt-get install chromium), or set HEADLIGHT_CHROMIUM to its path.';

/** An inspection with the attention that its views will ask for. */
export interface RecordedInspection<Known extends Inspection = ModelInspection> {
  readonly inspection: Known;
  attention(head: HeadRef, level: 'token' | 'word'): Tensor;
}

/** What the host answers to questions about prompts. */
export type PromptAnswers = Pick<PromptCalls, 'distribution' | 'surprisal' | 'generate' | 'changes'>;

export interface ViewOptions {
  readonly view?: ViewName;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly recorded?: RecordedInspection<Inspection>;
  readonly settings?: Partial<ViewSettings>;
  readonly selection?: Selection;
  readonly failure?: string;
  readonly pins?: PinList;
  /** What the pins are of, by their ids. */
  readonly pinned?: Readonly<Record<string, RecordedInspection<Inspection>>>;
  readonly dataSet?: KnownDataSet;
  readonly prompt?: Partial<PromptAnswers>;
  /** Pixels of the screen per CSS pixel. */
  readonly scale?: number;
}

export type HostCallName = keyof HostCalls;

export interface RecordedCall {
  readonly name: HostCallName;
  readonly arguments: readonly unknown[];
}

/** A view in a real browser, with a host that answers from a recorded inspection. */
export interface OpenView {
  readonly page: Page;
  /** What the view asked of the host, in order. */
  readonly calls: readonly RecordedCall[];
  /** Arguments of the last call of that name, once the page has drawn and posted what it had to. */
  lastCall(name: HostCallName): Promise<readonly unknown[] | undefined>;
  /** Waits until the view has called `name` with arguments that `matches` accepts. */
  called(
    name: HostCallName,
    matches?: (...values: readonly unknown[]) => boolean,
  ): Promise<readonly unknown[]>;
  show(recorded: RecordedInspection): Promise<void>;
  select(selection: Selection): Promise<void>;
  busy(progress?: Progress): Promise<void>;
  measuring(progress?: Progress): Promise<void>;
  measured(inspection: string, measurement: HeadMeasurement): Promise<void>;
  failed(message?: string): Promise<void>;
  configure(settings: ViewSettings): Promise<void>;
  showDataSet(state?: DataSetState): Promise<void>;
  /** As the host tells of a run under way. */
  progressed(run: number, progress: Progress): Promise<void>;
  /** As the command asks the view to save what it shows. */
  save(format: SavedFile['extension']): Promise<void>;
  setTheme(theme: ThemeName): Promise<void>;
  /** What the page said on its console as warning or error, and every violation of the content security policy. */
  readonly complaints: readonly string[];
  /** Resolves when everything that was changed has been drawn. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Bundle {
  readonly script: string;
  readonly style: string;
}

/** One browser and one server for all views of a test file. */
export class ViewBench {
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  static async start(): Promise<ViewBench> {
    const [bundle, browser] = await Promise.all([
      bundleViews(),
      chromium.launch({
        executablePath: findChromium(),
        args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb', '--font-render-hinting=none'],
      }),
    ]);
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      if (url.pathname === '/inspector.js')
        return response.setHeader('content-type', 'text/javascript').end(bundle.script);
      if (url.pathname === '/inspector.css')
        return response.setHeader('content-type', 'text/css').end(bundle.style);
      if (url.pathname !== '/') return response.writeHead(204).end();
      const view = viewNames.find((name) => name === url.searchParams.get('view')) ?? 'inspector';
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(
        viewDocument({
          view,
          title: 'Headlight',
          script: 'inspector.js',
          style: 'inspector.css',
          source: "'self'",
          nonce,
        }),
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new ViewBench(server, browser);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async open(options: ViewOptions = {}): Promise<OpenView> {
    const { view = 'inspector', theme = 'dark', width = 1200, height = 900, scale = 1 } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));

    const calls: RecordedCall[] = [];
    const watchers = new Set<() => void>();
    let shown = options.recorded;
    const settings: ViewSettings = {
      saliency: 'gradient-l1',
      level: 'word',
      countFrom: 0,
      live: true,
      ...options.settings,
    };
    const note = (name: HostCallName, values: readonly unknown[]): void => {
      calls.push({ name, arguments: values });
      for (const watcher of watchers) watcher();
    };
    const answer = async <Name extends keyof PromptAnswers>(
      name: Name,
      values: Parameters<PromptAnswers[Name]>,
    ): Promise<Awaited<ReturnType<PromptAnswers[Name]>>> => {
      note(name, values);
      const give = options.prompt?.[name] as ((...given: typeof values) => unknown) | undefined;
      if (!give) throw new Error(`The test does not say what ${name} is.`);
      return (await give(...values)) as Awaited<ReturnType<PromptAnswers[Name]>>;
    };
    const host: HostCalls = {
      ready: async () => {
        note('ready', []);
        return {
          view,
          settings,
          selection: options.selection ?? {},
          inspection: shown?.inspection,
          failure: options.failure,
          pins: options.pins,
          dataSet: options.dataSet?.state,
        };
      },
      attention: async (request) => {
        note('attention', [request]);
        const all = [shown, ...Object.values(options.pinned ?? {})];
        const recorded = all.find((one) => one?.inspection.id === request.inspection) ?? shown;
        if (!recorded) throw new Error('No inspection is shown.');
        return request.heads.map((head) => recorded.attention(head, request.level));
      },
      pinned: async (pin) => {
        note('pinned', [pin]);
        const recorded = options.pinned?.[pin];
        if (!recorded) throw new Error(`Nothing is pinned as ${pin}.`);
        return recorded.inspection;
      },
      select: (...values) => note('select', values),
      revealToken: (...values) => note('revealToken', values),
      retarget: (...values) => note('retarget', values),
      switchHeads: (...values) => note('switchHeads', values),
      editAttention: (...values) => note('editAttention', values),
      measureHeads: (...values) => note('measureHeads', values),
      stopMeasuring: () => note('stopMeasuring', []),
      chooseModel: () => note('chooseModel', []),
      chooseSaliency: (...values) => note('chooseSaliency', values),
      chooseLevel: (...values) => note('chooseLevel', values),
      chooseRelations: (...values) => note('chooseRelations', values),
      setLive: (...values) => note('setLive', values),
      run: (...values) => note('run', values),
      save: (...values) => note('save', values),
      ...dataSetHost(() => options.dataSet, note),
      distribution: (...values) => answer('distribution', values),
      surprisal: (...values) => answer('surprisal', values),
      generate: (...values) => answer('generate', values),
      changes: (...values) => answer('changes', values),
      stop: (...values) => note('stop', values),
      insertAfter: (...values) => note('insertAfter', values),
      revealRange: (...values) => note('revealRange', values),
    };
    const channel: Channel & { receive?: (message: unknown) => void } = {
      post: (message) =>
        page.evaluate((text) => {
          (window as unknown as { headlightReceive(text: string): void }).headlightReceive(text);
        }, encode(message)),
      listen: (receive) => {
        channel.receive = receive;
        return () => undefined;
      },
    };
    const remote = connectToView(channel, host);
    await page.exposeFunction('headlightPost', (text: string) => channel.receive?.(decode(text)));
    await page.addInitScript(pageShim);
    await page.addInitScript(dress, themes[theme]);
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?view=${view}`);

    const settled = (): Promise<void> =>
      page.evaluate(async () => {
        // Two frames: the first draws what the store gathered, the second what those drawings led to.
        for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
      });
    const tell = async <Name extends keyof ViewCalls>(
      name: Name,
      ...values: Parameters<ViewCalls[Name]>
    ): Promise<void> => {
      await (remote[name] as unknown as (...values: unknown[]) => Promise<unknown>)(...values);
      await settled();
    };
    const opened: OpenView = {
      page,
      calls,
      complaints,
      settled,
      lastCall: async (name) => {
        await settled();
        return calls.findLast((call) => call.name === name)?.arguments;
      },
      called: (name, matches = () => true) =>
        new Promise((done, fail) => {
          const found = (): readonly unknown[] | undefined =>
            calls.findLast((call) => call.name === name && matches(...call.arguments))?.arguments;
          const stop = (): void => {
            clearTimeout(timer);
            watchers.delete(watcher);
          };
          const watcher = (): void => {
            const values = found();
            if (!values) return;
            stop();
            done(values);
          };
          const timer = setTimeout(() => {
            stop();
            fail(
              new Error(`The view has not called ${name} as expected; it called: ${encode(calls.slice(-5))}`),
            );
          }, 5_000);
          watchers.add(watcher);
          watcher();
        }),
      show: async (recorded) => {
        shown = recorded;
        await tell('show', recorded.inspection);
      },
      select: (selection) => tell('select', selection),
      busy: (progress) => tell('busy', progress),
      measuring: (progress) => tell('measuring', progress),
      measured: (inspection, measurement) => tell('measured', inspection, measurement),
      failed: (message) => tell('failed', message),
      configure: (next) => tell('configure', next),
      showDataSet: (state) => tell('showDataSet', state),
      progressed: (run, progress) => tell('progressed', run, progress),
      save: (format) => tell('save', format),
      setTheme: async (name) => {
        await page.evaluate(applyTheme, themes[name]);
        await settled();
      },
      close: () => context.close(),
    };
    await opened.called('ready');
    await settled();
    return opened;
  }
}

/** Opens a browser for the tests of a file, where there is one, and closes it after the last. */
export function onBench(begin: (bench: ViewBench) => void): void {
  let bench: ViewBench | undefined;
  before(async () => {
    if (skip) return;
    bench = await ViewBench.start();
    begin(bench);
  });
  after(() => bench?.stop());
}

const nonce = 'headlight';

/** Runs in the page. */
function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  for (const name of Array.from(root.style)) root.style.removeProperty(name);
  for (const [name, value] of Object.entries(theme.variables)) root.style.setProperty(name, value);
  document.body.className = theme.classes.join(' ');
  document.body.dataset.vscodeThemeKind = theme.kind;
}

/**
 * Runs in the page, before our script: what VS Code adds to a webview's document, its style sheet and the theme, as soon
 * as there is a body to wear it.
 */
function dress(theme: Theme): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    @layer vscode-default {
      html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background);
        background-color: var(--vscode-editor-background); }
      body { overscroll-behavior-x: none; background-color: transparent; color: var(--vscode-editor-foreground);
        font-family: var(--vscode-font-family); font-weight: var(--vscode-font-weight);
        font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }
      a, a code { color: var(--vscode-textLink-foreground); }
      a:focus, input:focus, select:focus, textarea:focus { outline: 1px solid -webkit-focus-ring-color;
        outline-offset: -1px; }
      ::-webkit-scrollbar { width: 10px; height: 10px; }
      ::-webkit-scrollbar-corner { background-color: var(--vscode-editor-background); }
      ::-webkit-scrollbar-thumb { background-color: var(--vscode-scrollbarSlider-background); }
    }`);
  document.adoptedStyleSheets.push(sheet);
  const observer = new MutationObserver(() => {
    if (!document.body) return;
    observer.disconnect();
    const root = document.documentElement;
    for (const [name, value] of Object.entries(theme.variables)) root.style.setProperty(name, value);
    document.body.className = theme.classes.join(' ');
    document.body.dataset.vscodeThemeKind = theme.kind;
  });
  observer.observe(document, { childList: true, subtree: true });
}

async function bundleViews(): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: { inspector: resolve(repository, 'webview/inspector.ts') },
    bundle: true,
    write: false,
    outdir: 'inspector',
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    sourcemap: 'inline',
    loader: { '.svg': 'text' },
    logLevel: 'silent',
  });
  const textOf = (extension: string): string =>
    outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return { script: textOf('.js'), style: textOf('.css') };
}
