import './graph.css';
import { quadtree, select, zoom, zoomIdentity, type ZoomBehavior, type ZoomTransform } from 'd3';
import type { HeadRef, Inspection } from '../../../src/protocol/inspection';
import { twoDigits } from '../../../src/protocol/numbers';
import type { Tensor } from '../../../src/protocol/tensor';
import { checkbox, dropdown } from '../../controls';
import { element, setText } from '../../element';
import { headName, sameHead } from '../../marks/names';
import { headColour } from '../../marks/relations';
import { shownSaliency } from '../../marks/saliency';
import { paintedBy, type Pen } from '../../marks/pen';
import { fitCanvas } from '../../marks/sheet';
import { readTheme } from '../../marks/theme';
import { tokenLabels } from '../../marks/tokenLabels';
import { isWithinText, otherHeadShown, shownHeads } from '../../shownHeads';
import { weightSlider } from '../../slider';
import type { Changed } from '../../store';
import type { CreateView, View, ViewContext } from '../../view';
import { nodeInWords } from './describe';
import { type Camera, drawGraph } from './draw';
import { type Layout, layouts, Motion } from './motion';
import { bounds, edgesBetween, fit, type GraphEdge, type GraphNode, nodeRadius, telling } from './network';

const layoutNames: Readonly<Record<Layout, string>> = {
  force: 'Force-directed',
  radial: 'Radial',
  grid: 'Grid',
};

/** How far beside a node the pointer still means it, in pixels of the screen. */
const reach = 9;

interface Options {
  readonly layout: Layout;
  /** null: about one edge per token. */
  readonly threshold: number | null;
  readonly specials: boolean;
}

const defaultOptions: Options = { layout: 'force', threshold: null, specials: false };

/** Dodrio's semantic attention graph: tokens as nodes by saliency, a head's attention as edges. */
export const createGraph: CreateView = (root, context) => new GraphView(root, context);

class GraphView implements View {
  readonly #context: ViewContext;
  readonly #stored;
  #options: Options;
  readonly #layouts;
  readonly #slider;
  readonly #automatic = element('button', 'text-button', 'auto');
  readonly #unpin = element('button', 'text-button', 'Unpin all');
  readonly #specials;
  readonly #canvas = element('canvas', 'graph-canvas');
  readonly #window = element('div', 'graph-window', this.#canvas);
  readonly #title = element('span', 'graph-title');
  readonly #sentence = element('p', 'graph-sentence');
  readonly #notice = element('p', 'notice');
  readonly #motion = new Motion(() => this.#redraw());
  readonly #zoom: ZoomBehavior<HTMLCanvasElement, unknown>;
  readonly #resized: ResizeObserver;
  #transform: ZoomTransform = zoomIdentity;
  #nodes: GraphNode[] = [];
  #edges: GraphEdge[] = [];
  #hovered: GraphNode | undefined;
  #dragged: GraphNode | undefined;
  #attention: Tensor | undefined;
  #head: HeadRef | undefined;
  #inspection: Inspection | undefined;
  #frame = 0;
  #drawing = 0;

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    this.#stored = context.store.viewState<Partial<Options>>('graph', defaultOptions);
    this.#options = { ...defaultOptions, ...this.#stored.value };
    root.classList.add('graph');
    this.#layouts = dropdown<Layout>('Layout', (layout) => this.#change({ layout }));
    this.#slider = weightSlider('Edges with at least this weight are drawn', (threshold) =>
      this.#change({ threshold }),
    );
    this.#specials = checkbox('Special tokens', this.#options.specials, (specials) =>
      this.#change({ specials }),
    );
    for (const [button, title, action] of [
      [this.#automatic, 'About one edge per token', () => this.#change({ threshold: null })],
      [this.#unpin, 'Lets all nodes go that were dragged', () => this.#unpinAll()],
    ] as const) {
      button.type = 'button';
      button.title = title;
      button.addEventListener('click', action);
    }
    const edges = element(
      'span',
      'control-group',
      element('span', 'muted', 'edges ≥'),
      this.#slider.element,
      this.#automatic,
    );
    this.#notice.hidden = true;
    root.append(
      element(
        'div',
        'graph-toolbar',
        this.#title,
        this.#layouts.element,
        edges,
        this.#specials.element,
        this.#unpin,
      ),
      this.#notice,
      this.#window,
      element('p', 'graph-legend', legendKey('out'), 'attends to', legendKey('in'), 'is attended to by'),
      this.#sentence,
    );
    this.#sentence.setAttribute('aria-live', 'polite');
    this.#zoom = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.25, 8])
      // Plain scrolling scrolls the page; a node under the pointer is dragged, not the picture.
      .filter((event: MouseEvent) =>
        event.type === 'wheel' ? event.ctrlKey || event.metaKey : !this.#nodeUnder(event),
      )
      .on('zoom', (event: { transform: ZoomTransform }) => {
        this.#transform = event.transform;
        this.#redraw();
      });
    paintedBy(this.#canvas, (pen) => this.#paint(pen));
    select(this.#canvas).call(this.#zoom).on('dblclick.zoom', null);
    this.#listen();
    this.#resized = new ResizeObserver(() => this.#redraw());
    this.#resized.observe(this.#window);
  }

  render(changed: Changed): void {
    const { inspection, selection } = this.#context.store;
    const [head] = inspection ? shownHeads(inspection, selection, isWithinText) : [];
    const another = head !== undefined && (this.#head === undefined || !sameHead(head, this.#head));
    if (changed.has('inspection') || changed.has('settings') || another) void this.#fetch();
    if (changed.has('selection')) {
      this.#hovered = this.#nodes.find(({ token }) => token === selection.hoveredToken);
      this.#tell();
      this.#redraw();
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#motion.stop();
    this.#resized.disconnect();
  }

  #change(partial: Partial<Options>): void {
    this.#options = { ...this.#options, ...partial };
    this.#stored.value = this.#options;
    this.#arrange(partial.specials !== undefined);
  }

  async #fetch(): Promise<void> {
    const mine = ++this.#drawing;
    const { store, attention } = this.#context;
    const { inspection } = store;
    const [head] = inspection ? shownHeads(inspection, store.selection, isWithinText) : [];
    if (!inspection) return;
    const elsewhere = head && otherHeadShown([head], store.selection, store.settings.countFrom);
    this.#notice.hidden = head !== undefined && elsewhere === undefined;
    setText(
      this.#notice,
      elsewhere ?? 'This model has no attention of the text to itself that a graph could show.',
    );
    if (!head) return;
    try {
      const tensor = attention.peek(head, 'token') ?? (await attention.get(head, 'token'));
      if (mine !== this.#drawing) return;
      const fresh = inspection?.id !== this.#inspection?.id;
      this.#inspection = inspection;
      this.#head = head;
      this.#attention = tensor;
      this.#arrange(fresh);
    } catch (error) {
      this.#notice.hidden = false;
      setText(this.#notice, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param fresh other tokens are drawn now */
  #arrange(fresh: boolean): void {
    const { settings, selection } = this.#context.store;
    if (!this.#inspection || !this.#attention || !this.#head) return;
    if (fresh || this.#nodes.length === 0) this.#nodes = this.#makeNodes(this.#inspection);
    const threshold =
      this.#options.threshold ??
      telling(
        this.#attention,
        this.#nodes.map(({ token }) => token),
      );
    this.#edges = edgesBetween(this.#attention, this.#nodes, threshold);
    const name = `Head ${headName(this.#head, settings.countFrom)}`;
    setText(this.#title, name);
    this.#layouts.show(
      layouts.map((value) => ({ value, label: layoutNames[value] })),
      this.#options.layout,
    );
    this.#slider.show(threshold, twoDigits(threshold));
    this.#automatic.hidden = this.#options.threshold === null;
    this.#canvas.ariaLabel = `${name} as a graph: ${this.#nodes.length} tokens, ${this.#edges.length} edges of at least ${twoDigits(threshold)}`;
    this.#hovered = this.#nodes.find(({ token }) => token === selection.hoveredToken);
    const { width, height } = this.#size;
    this.#motion.arrange(this.#options.layout, this.#nodes, this.#edges, width / height, fresh);
  }

  #makeNodes(inspection: Inspection): GraphNode[] {
    const saliency = shownSaliency(inspection, this.#context.store.settings.saliency);
    const measuring = element('canvas').getContext('2d');
    if (measuring) measuring.font = `11px ${getComputedStyle(this.#canvas).fontFamily}`;
    return tokenLabels(inspection, 'tokens').flatMap((label, token): GraphNode[] => {
      const special = inspection.tokens.special[token] === 1;
      if (special && !this.#options.specials) return [];
      const share = saliency && saliency.largest > 0 ? saliency.scores[token] / saliency.largest : NaN;
      const width = measuring?.measureText(label).width ?? 7 * label.length;
      return [{ token, label, special, share, radius: nodeRadius(share), width, x: 0, y: 0 }];
    });
  }

  #unpinAll(): void {
    for (const node of this.#nodes) node.fx = node.fy = null;
    this.#arrange(false);
  }

  get #size(): { readonly width: number; readonly height: number } {
    const width = Math.max(200, this.#window.clientWidth);
    return { width, height: Math.round(Math.min(640, Math.max(340, width * 0.72))) };
  }

  /** Fits the nodes into the window, then applies the user's zoom. */
  #camera(): Camera {
    const { width, height } = this.#size;
    const radial = this.#options.layout === 'radial';
    // A dragged node must stay under the pointer: the fit waits until it is let go.
    const { scale, x, y } = this.#dragged
      ? this.#fitted
      : fit(
          this.#nodes.flatMap((node) => bounds(node, radial)),
          width,
          height,
          8,
        );
    this.#fitted = { scale, x, y };
    const { k, x: shiftX, y: shiftY } = this.#transform;
    return { scale: scale * k, x: x * k + shiftX, y: y * k + shiftY };
  }
  #fitted: Camera = { scale: 1, x: 0, y: 0 };

  #redraw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const { width, height } = this.#size;
    const canvas = fitCanvas(this.#canvas, width, height);
    if (!canvas) return;
    this.#unpin.hidden = !this.#nodes.some(({ fx }) => typeof fx === 'number');
    this.#paint(canvas);
  }

  #paint(pen: Pen): void {
    const theme = readTheme(document);
    const styles = getComputedStyle(this.#canvas);
    drawGraph(pen, {
      nodes: this.#nodes,
      edges: this.#edges,
      camera: this.#camera(),
      hovered: this.#dragged ?? this.#hovered,
      selected: this.#context.store.selection.token,
      theme,
      colours: {
        out: headColour(0, theme.kind),
        in: headColour(1, theme.kind),
        plain: styles.getPropertyValue('color'),
      },
      fontFamily: styles.fontFamily,
      layout: this.#options.layout,
    });
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.tabIndex = 0;
    canvas.role = 'application';
    canvas.ariaRoleDescription = 'graph; arrow keys move from token to token';
    canvas.addEventListener('pointermove', (event) => {
      if (this.#dragged) this.#drag(event);
      else this.#hover(this.#nodeUnder(event));
    });
    canvas.addEventListener('pointerleave', () => this.#hover(undefined));
    canvas.addEventListener('pointerdown', (event) => {
      const node = this.#nodeUnder(event);
      if (!node || event.button !== 0) return;
      this.#dragged = node;
      this.#moved = false;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointerup', () => this.#drop());
    canvas.addEventListener('pointercancel', () => this.#drop());
    canvas.addEventListener('dblclick', (event) => {
      const node = this.#nodeUnder(event);
      if (!node) return void select(canvas).call(this.#zoom.transform, zoomIdentity);
      node.fx = node.fy = null;
      this.#arrange(false);
    });
    canvas.addEventListener('keydown', (event) => {
      const at = this.#hovered ? this.#nodes.indexOf(this.#hovered) : -1;
      const last = this.#nodes.length - 1;
      if (event.key === 'ArrowRight' || event.key === 'ArrowDown')
        this.#hover(this.#nodes[Math.min(last, at + 1)]);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp')
        this.#hover(this.#nodes[Math.max(0, at - 1)]);
      else if (event.key === 'Enter' && this.#hovered) this.#reveal(this.#hovered);
      else if (event.key === 'Escape') this.#hover(undefined);
      else return;
      event.preventDefault();
    });
  }
  /** Whether the pointer moved since it went down on a node: a press without a move is a click. */
  #moved = false;

  #drag(event: PointerEvent): void {
    const node = this.#dragged;
    if (!node) return;
    if (!this.#moved) this.#motion.hold(true);
    this.#moved = true;
    const { x, y } = this.#positionOf(event);
    [node.fx, node.fy] = [x, y];
    [node.x, node.y] = [x, y];
    this.#redraw();
  }

  #drop(): void {
    const node = this.#dragged;
    this.#dragged = undefined;
    this.#motion.hold(false);
    if (node && !this.#moved) this.#reveal(node);
    this.#redraw();
  }

  #positionOf(event: MouseEvent): { readonly x: number; readonly y: number } {
    const box = this.#canvas.getBoundingClientRect();
    const { scale, x, y } = this.#camera();
    return { x: (event.clientX - box.left - x) / scale, y: (event.clientY - box.top - y) / scale };
  }

  #nodeUnder(event: MouseEvent): GraphNode | undefined {
    const { x, y } = this.#positionOf(event);
    const near = quadtree(
      this.#nodes,
      (node) => node.x,
      (node) => node.y,
    ).find(x, y, 40);
    if (!near) return undefined;
    const away = Math.hypot(near.x - x, near.y - y);
    return away <= near.radius + reach / this.#camera().scale ? near : undefined;
  }

  #hover(node: GraphNode | undefined): void {
    if (node === this.#hovered) return;
    this.#hovered = node;
    this.#canvas.style.cursor = node ? 'pointer' : '';
    this.#tell();
    this.#redraw();
    this.#context.store.select({ hoveredToken: node?.token });
  }

  #reveal({ token }: GraphNode): void {
    this.#context.store.select({ token });
    this.#context.host.revealToken(token);
  }

  #tell(): void {
    setText(this.#sentence, this.#hovered ? nodeInWords(this.#hovered, this.#edges) : '');
  }
}

function legendKey(kind: 'out' | 'in'): HTMLElement {
  return element('span', `graph-key ${kind}`);
}
