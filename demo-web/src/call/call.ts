import type { AsyncResult } from '@celeriac/client';

/** One call, or many made at once, as the list shows it. */
export type ShownCall =
  | {
      readonly kind: 'one';
      readonly key: string;
      readonly label: string;
      readonly result: AsyncResult;
      /** What a reader would write. */
      readonly code: string;
      /** Whether it gives chunks; of one that may, they are shown from the first on. */
      readonly streams: 'yes' | 'maybe' | 'no';
    }
  | {
      readonly kind: 'burst';
      readonly key: string;
      readonly label: string;
      readonly results: readonly AsyncResult[];
      /** On the page's own clock. */
      readonly madeAt: number;
      readonly code: string;
    };

export type OnCall = (call: ShownCall) => void;

export function oneCall(
  label: string,
  result: AsyncResult,
  code: string,
  streams: 'yes' | 'maybe' | 'no' = 'no',
): ShownCall {
  return { kind: 'one', key: result.id, label, result, code, streams };
}
