/** What a call asks its body to do. It travels as the argument, so that content and behaviour are one. */
export interface BodyScript {
  /** How long it waits. */
  readonly ms: number;
  /** How long it keeps the event loop busy before. */
  readonly spinMs: number;
  readonly ends: 'success' | 'failure' | 'ignored';
  /** How often it asks for another run before it ends so. */
  readonly retries: number;
  readonly retryMs: number;
  readonly requeues: number;
  /** It ends the process that runs it. */
  readonly poison: boolean;
  /** It does not heed its signal. */
  readonly stubborn: boolean;
  readonly chunks: number;
  /** Carried both ways and looked at by nobody. */
  readonly ballast: string;
}

export const PLAIN: BodyScript = {
  ms: 0,
  spinMs: 0,
  ends: 'success',
  retries: 0,
  retryMs: 0,
  requeues: 0,
  poison: false,
  stubborn: false,
  chunks: 0,
  ballast: '',
};

/** What a successful body returns. */
export interface Value {
  /** Which run made it. */
  readonly mark: string;
  readonly ballast: string;
}
