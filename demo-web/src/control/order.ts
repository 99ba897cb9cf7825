import { CeleriacError } from '@celeriac/client';

/** Something that an operator asks the gateway for. */
export interface Order {
  /** On its button: `Purge`. */
  readonly word: string;
  /** Whom it is about, for those who only hear the button: `queue default`. */
  readonly of: string;
  /** Asked before it is sent, where it cannot be taken back. */
  readonly question?: string;
  /** While it is on its way: `Purging default`. */
  readonly doing: string;
  /** False: it would come to nothing now; its button stays where it is. Default true. */
  readonly possible?: boolean;
  readonly send: () => Promise<Done>;
}

export interface Done {
  /** What came of it, in words. */
  readonly text: string;
  /** The task that it made. */
  readonly taskId?: string;
}

/** What is known of the latest order. */
export interface OrderAnswer extends Done {
  readonly kind: 'under-way' | 'done' | 'refused';
}

export function underWay({ doing }: Order): OrderAnswer {
  return { kind: 'under-way', text: `${doing} …` };
}

/** Why it was not done; a refusal with its code. */
export function refused({ doing }: Order, error: unknown): OrderAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof CeleriacError ? ` (${error.code})` : '';
  return { kind: 'refused', text: `${doing}: not done, ${reason}${code}.` };
}

/** `1 task`, `2,000 tasks` */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
