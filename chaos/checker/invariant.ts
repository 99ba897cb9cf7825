import type { Digest } from './digest.ts';

export interface Invariant {
  /** As docs/guarantees.md lists it. */
  readonly name: string;
  readonly says: string;
  /** @returns what breaks it, one sentence each; empty where it holds */
  readonly check: (history: Digest) => readonly string[];
}

export interface Violation {
  readonly invariant: string;
  readonly what: string;
}
