/** What the harness and its programs say to each other, over the channel between a parent and its child. */

import type { Kind } from './programs/workload.ts';

export interface GatewayProcessSettings {
  /** 0 takes a free one. */
  readonly port: number;
  /** The file. */
  readonly store: string;
  /** How far its wall clock is from the machine's, in milliseconds. */
  readonly offsetMs: number;
  /** The sabotage, if any. */
  readonly sabotage: string | null;
}

export interface WorkerProcessSettings {
  readonly name: string;
  readonly url: string;
  readonly pool: 'inline' | 'threads';
  readonly concurrency: number;
  readonly prefetch: number;
  readonly journal: string;
}

export interface ClientProcessSettings {
  readonly name: string;
  readonly url: string;
  /** How often it was started before. */
  readonly life: number;
  readonly seed: number;
  readonly callers: number;
  /** Calls per second of all its callers, while nothing holds them up. */
  readonly rate: number;
  /** The longest body that it asks for. */
  readonly longestMs: number;
  readonly journal: string;
  /** Journals of its earlier lives. */
  readonly before: readonly string[];
  /** A kind of task of which there are many more. */
  readonly emphasis: Kind | null;
}

export type GatewayCommand =
  /** The next write fails: `undone` is lost, `done` is on the disk all the same. */
  | { readonly kind: 'fail-write'; readonly how: 'undone' | 'done' }
  | { readonly kind: 'hold-commits' | 'release-commits' }
  | { readonly kind: 'clock'; readonly offsetMs: number };

export type WorkerCommand = { readonly kind: 'clock'; readonly offsetMs: number };

export type ClientCommand =
  /** Makes no more calls. */
  | { readonly kind: 'finish' }
  | { readonly kind: 'clock'; readonly offsetMs: number }
  /** Another client's task. */
  | {
      readonly kind: 'meddle';
      readonly id: string;
      readonly act: 'follow' | 'read' | 'revoke' | 'terminate';
    };

export type ToHarness =
  | { readonly kind: 'ready'; readonly port: number }
  /** Something failed inside that nobody asked to fail. */
  | { readonly kind: 'failed'; readonly what: string }
  /** A task that another client may meddle with. */
  | { readonly kind: 'made'; readonly id: string }
  /** How many handles have not settled. */
  | { readonly kind: 'open'; readonly count: number };

/** To the harness. */
export function tellHarness(told: ToHarness): void {
  if (process.connected) process.send?.(told);
}

/** From the harness; a program whose harness is gone ends. */
export function onCommand<Order>(take: (order: Order) => void): void {
  process.on('message', (order) => take(order as Order));
  process.once('disconnect', () => process.exit(1));
}
