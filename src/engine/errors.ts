import type { FailureKind } from '../protocol/engine';

/**
 * An error whose message is written for the user: what is wrong, with what, and what to do.
 * Anything else that is thrown in the engine is a defect of ours and is reported as such.
 */
export class UserError extends Error {
  constructor(
    message: string,
    /** `input`: the text or request; `model`: the model's files. */
    readonly kind: FailureKind = 'input',
    options?: ErrorOptions,
  ) {
    // Names and paths in it come from files: control characters would end the sentence in some places where it is shown.
    super(message.replace(/[^\P{Cc}\n\t]/gu, '?'), options);
    this.name = 'UserError';
  }
}

/** The call was given up by its caller; nobody is to be told. */
export class Cancelled extends UserError {
  constructor() {
    super('Cancelled.', 'cancelled');
    this.name = 'Cancelled';
  }
}
