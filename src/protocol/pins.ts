/** A pinned inspection as lists name it. */
export interface PinSummary {
  readonly id: string;
  /** The user's own name for it, or the beginning of its text. */
  readonly name: string;
  /** `headlight-decoder · “mat” 41 % · 2 heads off` */
  readonly detail: string;
  /** Id of the inspection, where it was made in this session already. */
  readonly inspection?: string;
}

/** All pins, the newest one first. */
export interface PinList {
  readonly pins: readonly PinSummary[];
  /** The pin that the user last asked to compare; `count` tells one asking from the next. */
  readonly asked?: { readonly pin: string; readonly count: number };
}
