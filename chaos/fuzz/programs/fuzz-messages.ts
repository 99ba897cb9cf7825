/** What the fuzzer and its programs tell each other. */
export interface FuzzGatewaySettings {
  readonly store: string;
  readonly keys: readonly string[];
  /** The name of a bug that it is to have. */
  readonly plant: string | null;
}

export interface BystanderSettings {
  readonly gateways: readonly { readonly url: string; readonly token: string | null }[];
}

export interface VictimSettings {
  readonly url: string;
  readonly plant: string | null;
}

export type ToFuzzer =
  | { readonly kind: 'ready'; readonly url: string }
  /** What cannot be: with it the run has failed. */
  | { readonly kind: 'fault'; readonly what: string }
  | { readonly kind: 'count'; readonly group: string; readonly name: string; readonly by: number }
  | {
      readonly kind: 'memory';
      readonly heapBytes: number;
      readonly rssBytes: number;
      readonly heldMs: number;
    }
  | { readonly kind: 'calls'; readonly ended: number; readonly slowestMs: number }
  | { readonly kind: 'done' };

/** Each is answered: with `memory`, with `done` when everything that was asked has ended. */
export type FuzzCommand = 'memory' | 'finish';

export function tellFuzzer(told: ToFuzzer): void {
  process.send?.(told);
}

export function onFuzzCommand(listener: (order: FuzzCommand) => void): void {
  process.on('message', (order) => listener(order as FuzzCommand));
  // Whoever started it is gone.
  process.once('disconnect', () => process.exit(0));
}

export function readSettings<Place>(): Place {
  return JSON.parse(process.argv[2] ?? '{}') as Place;
}
