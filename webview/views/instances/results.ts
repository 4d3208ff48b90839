import type { DataSetScores, InstanceColumns, Projection } from '../../../src/protocol/dataSet';
import type { DataSetState } from '../../../src/protocol/dataSetView';
import type { HostCalls } from '../../../src/protocol/view';

/** Up to so many texts the map is made without being asked for. */
export const mapAtOnce = 5000;

/** What the engine knows of the data set that is open, fetched as the run goes on. */
export class Results {
  readonly #host: HostCalls;
  readonly #arrived: () => void;
  #state: DataSetState | undefined;
  columns: InstanceColumns | undefined;
  scores: DataSetScores | undefined;
  projection: Projection | undefined;
  /** `asked`: it is being computed. */
  map: 'none' | 'asked' | 'there' | 'failed' = 'none';
  /** Why the map could not be made. */
  mapFailure = '';
  /** Rows that were run when the map was asked for. */
  #mapped = 0;
  /** Rows that the scores are of. */
  #scored = 0;
  #textOrder: Uint32Array | undefined;
  #isOrdering = false;
  #isFetching = false;
  #isOutdated = false;

  /** @param arrived is called when there is something new to draw */
  constructor(host: HostCalls, arrived: () => void) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** Whether rows were run since the map was made. */
  get isMapOutdated(): boolean {
    return this.map === 'there' && (this.columns?.done ?? 0) > this.#mapped;
  }

  /** All rows in the order of their texts; undefined while it is being fetched. */
  get textOrder(): Uint32Array | undefined {
    if (!this.#textOrder && !this.#isOrdering) void this.#fetchOrder();
    return this.#textOrder;
  }

  /** Follows the data set; forgets everything where it is another one. */
  follow(state: DataSetState | undefined): void {
    if (state?.id !== this.#state?.id) {
      this.columns = undefined;
      this.scores = undefined;
      this.#scored = 0;
      this.projection = undefined;
      this.map = 'none';
      this.#textOrder = undefined;
      this.#isOrdering = false;
    }
    this.#state = state;
    if (!state || state.rows === 0) return;
    if (this.#isFetching) this.#isOutdated = true;
    else void this.#fetch();
  }

  /** Asks for the map of the rows that were run. */
  project(): void {
    const id = this.#state?.id;
    if (id === undefined || this.map === 'asked') return;
    this.map = 'asked';
    this.#mapped = this.columns?.done ?? 0;
    this.#host.projectRows(id).then(
      (projection) => {
        if (id !== this.#state?.id) return;
        this.projection = projection;
        this.map = 'there';
        this.#arrived();
      },
      (error: unknown) => {
        if (id !== this.#state?.id) return;
        this.map = 'failed';
        this.mapFailure = error instanceof Error ? error.message : String(error);
        this.#arrived();
      },
    );
  }

  async #fetch(): Promise<void> {
    this.#isFetching = true;
    try {
      do {
        this.#isOutdated = false;
        const state = this.#state;
        if (!state) return;
        const columns = await this.#host.instances(state.id);
        const scores = areScoresNew(state, this.#scored)
          ? await this.#host.dataSetScores(state.id)
          : undefined;
        if (state.id !== this.#state?.id) {
          this.#isOutdated = true;
          continue;
        }
        this.columns = columns;
        if (scores) {
          this.scores = scores;
          this.#scored = state.scores?.done ?? 0;
        }
        if (
          this.map === 'none' &&
          state.activity === 'finished' &&
          columns.done > 1 &&
          state.rows <= mapAtOnce
        )
          this.project();
        this.#arrived();
      } while (this.#isOutdated);
    } catch {
      // The state of the data set says what is wrong; what was fetched stays.
    } finally {
      this.#isFetching = false;
    }
  }

  async #fetchOrder(): Promise<void> {
    const id = this.#state?.id;
    if (id === undefined) return;
    this.#isOrdering = true;
    try {
      const order = await this.#host.textOrder(id);
      if (id !== this.#state?.id) return;
      this.#textOrder = order;
      this.#arrived();
    } catch {
      // Until the next choice of an order, the rows stay as they are.
    } finally {
      this.#isOrdering = false;
    }
  }
}

/** Whether heads were scored on more rows than before; while they are being scored, the numbers are left in peace. */
function areScoresNew({ scores }: DataSetState, known: number): boolean {
  return scores !== undefined && scores.done > known && ['paused', 'finished'].includes(scores.activity);
}
