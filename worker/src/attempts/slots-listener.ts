/** What happens to attempts, as the slots tell it. */
import type { Outcome } from '@celeriac/protocol';
import type { Attempt, AttemptListener } from './attempt.ts';

export interface SlotsListener extends AttemptListener {
  /** A slot is free, or something has come that may take one. */
  ready(): void;
  /** A slot was lent, is wanted back, or is free of a body that was overdue. */
  roomChanged(): void;
  settled(attempt: Attempt, outcome: Outcome, children: readonly string[]): void;
  /** Its handlers have not ended by themselves. */
  handlersCut(attempt: Attempt, why: string): void;
  /** Its time is over. The outcome stands, but its slot is not free yet. */
  timedOut(attempt: Attempt, outcome: Outcome): void;
  /** Aborted before it was entered: the gateway counts it until it is given back. */
  returned(attempt: Attempt): void;
}
