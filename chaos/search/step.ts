import type { StoredTask } from '@celeriac/gateway/testing';
import type { SearchState } from './scope.ts';

/** What is searched, and what is broken in it on purpose. */
export interface Rules {
  /** The task; with `acksLate: false` it may run only once. */
  readonly task: StoredTask;
  /** How many deaths and cuts there may be. */
  readonly faults: number;
  readonly broken?: 'receipt before commit' | 'no fence' | 'entered before its start is kept';
}

export interface SearchStep {
  readonly name: string;
  /** `progress` comes by itself; a `timeout` comes when nothing else does; the others may never come. */
  readonly kind: 'progress' | 'timeout' | 'choice' | 'fault';
  readonly scope: SearchState;
}

export const SEARCH_NOW = 0;
