import type { GetOptions, ResultEventName, ResultListener, RevokeVerdict, Snapshot } from '@celeriac/client';

/** A handle on a task of whatever result: what the page uses of one. */
export interface AnyResult {
  readonly id: string;
  readonly state: string;
  ready(): boolean;
  snapshot(): Snapshot;
  on(event: ResultEventName, listener: ResultListener<unknown>): unknown;
  off(event: ResultEventName, listener: ResultListener<unknown>): unknown;
  get(options: GetOptions): Promise<unknown>;
  revoke(): Promise<RevokeVerdict>;
}

/** One call, or many made at once, as the list shows it. */
export type Call =
  | { readonly kind: 'one'; readonly key: string; readonly label: string; readonly result: AnyResult }
  | {
      readonly kind: 'burst';
      readonly key: string;
      readonly label: string;
      readonly results: readonly AnyResult[];
      /** On the page's own clock. */
      readonly madeAt: number;
    };

export type OnCall = (call: Call) => void;

export function oneCall(label: string, result: AnyResult): Call {
  return { kind: 'one', key: result.id, label, result };
}
