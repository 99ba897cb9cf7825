/** How a gateway says no, and what it answers with where it is asked. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** The tasks it is about, where it is about some of a frame only. */
  readonly ids?: readonly string[];
}
/** What an acknowledged request is answered with. */
export type Answer<Value> = { readonly ok: Value } | { readonly refused: Refusal };
