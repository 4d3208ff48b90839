import {
  easeCubicInOut,
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  timer,
  type Timer,
} from 'd3';
import { type GraphEdge, type GraphNode, inGrid, onCircle, onSpiral, type Point } from './network';

export const layouts = ['force', 'radial', 'grid'] as const;
export type Layout = (typeof layouts)[number];

/** Milliseconds from one fixed layout to another. */
const moveTime = 350;
/** Milliseconds that a force layout may take before its first picture; what is left is animated. */
const patience = 40;

/**
 * Moves the nodes: forces until they rest, or an even way to their places. The same text and head always come to the
 * same picture: all layouts begin at the same places, and d3's forces draw no random numbers of their own.
 */
export class Motion {
  readonly #moved: () => void;
  readonly #simulation: Simulation<GraphNode, GraphEdge>;
  #way: Timer | undefined;
  #layout: Layout = 'force';
  #aspect = 1.5;

  constructor(moved: () => void) {
    this.#moved = moved;
    this.#simulation = forceSimulation<GraphNode, GraphEdge>()
      .alphaDecay(0.035)
      .velocityDecay(0.35)
      .force('charge', forceManyBody<GraphNode>().strength(-160).distanceMax(420))
      .force(
        'collide',
        forceCollide<GraphNode>((node) => Math.max(node.radius + 8, node.width * 0.42)).iterations(2),
      )
      .on('tick', moved)
      .stop();
  }

  /** @param fresh the nodes are new ones: begin at the beginning */
  arrange(
    layout: Layout,
    nodes: GraphNode[],
    edges: readonly GraphEdge[],
    aspect: number,
    fresh: boolean,
  ): void {
    this.#layout = layout;
    this.#aspect = aspect;
    this.stop();
    if (fresh) onSpiral(nodes).forEach((point, i) => Object.assign(nodes[i], point));
    if (layout === 'force') this.#settle(nodes, edges, fresh);
    else this.#goTo(nodes, layout === 'radial' ? onCircle(nodes) : inGrid(nodes, aspect), fresh);
  }

  /** Keeps the forces awake while a node is dragged. */
  hold(held: boolean): void {
    if (this.#layout !== 'force') return;
    this.#simulation.alphaTarget(held ? 0.25 : 0);
    if (held) this.#simulation.restart();
  }

  stop(): void {
    this.#way?.stop();
    this.#simulation.stop();
  }

  #settle(nodes: GraphNode[], edges: readonly GraphEdge[], fresh: boolean): void {
    const links = edges.filter(({ source, target }) => source !== target);
    this.#simulation
      .nodes(nodes)
      .force(
        'link',
        forceLink<GraphNode, GraphEdge>([...links])
          .distance(({ weight }) => 46 + 50 * (1 - weight))
          .strength(({ weight }) => 0.08 + 0.5 * weight),
      )
      // A window is wider than it is high: the pull to the middle is weaker along its longer side.
      .force('x', forceX<GraphNode>(0).strength(0.07 / Math.max(1, this.#aspect)))
      .force('y', forceY<GraphNode>(0).strength(0.07 * Math.min(1.6, Math.max(1, this.#aspect))))
      .alpha(fresh ? 1 : 0.5);
    const begin = performance.now();
    const quiet = prefersStillness();
    if (fresh || quiet) {
      while (this.#simulation.alpha() > this.#simulation.alphaMin()) {
        if (!quiet && performance.now() - begin > patience) break;
        this.#simulation.tick();
      }
    }
    this.#moved();
    if (this.#simulation.alpha() > this.#simulation.alphaMin()) this.#simulation.restart();
  }

  #goTo(nodes: readonly GraphNode[], places: readonly Point[], fresh: boolean): void {
    const from = nodes.map(({ x, y }) => ({ x, y }));
    const at = (share: number) => {
      nodes.forEach((node, i) => {
        if (typeof node.fx === 'number' && typeof node.fy === 'number') {
          [node.x, node.y] = [node.fx, node.fy];
          return;
        }
        node.x = from[i].x + (places[i].x - from[i].x) * share;
        node.y = from[i].y + (places[i].y - from[i].y) * share;
      });
      this.#moved();
    };
    if (fresh || prefersStillness()) return at(1);
    this.#way = timer((elapsed) => {
      const share = Math.min(1, elapsed / moveTime);
      at(easeCubicInOut(share));
      if (share === 1) this.#way?.stop();
    });
  }
}

function prefersStillness(): boolean {
  return (
    matchMedia('(prefers-reduced-motion: reduce)').matches ||
    document.body.classList.contains('vscode-reduce-motion')
  );
}
