/** Waits that their caller may end. */

import { option, readOptions } from '@celeriac/protocol/calling';
import type { OptionReader, OptionsRead, OptionTable } from '@celeriac/protocol/internal';

/** What every method that waits takes. */
export interface SignalOptions {
  /**
   * Ends the wait: the method rejects with the signal's reason. If it is already aborted, nothing is started.
   * @default none
   */
  readonly signal?: AbortSignal | null | undefined;
}

/** One of another realm (an iframe, a test's DOM) is one as well. */
export const signalOption: OptionReader<AbortSignal> = option.value('an AbortSignal', isSignal);

type WaitTable = OptionTable & { readonly signal: typeof signalOption };

/**
 * Of a method that waits. An AbortController is taken for its signal, which is no field of its own.
 * @throws as {@link readOptions}
 */
export function readWaitOptions<Table extends WaitTable>(
  given: object,
  table: Table,
  where: string,
): OptionsRead<Table> {
  const read = readOptions(given, table, where);
  if (Object.hasOwn(given, 'signal') || !('signal' in given)) return read;
  return { ...read, ...readOptions({ signal: given.signal }, table, where) };
}

/** Of a method that takes nothing else. */
export function readSignalOf(given: SignalOptions, where: string): AbortSignal | undefined {
  return readWaitOptions(given, SIGNAL_ALONE, where).signal;
}
const SIGNAL_ALONE = { signal: signalOption };

/** What `act` gives, unless the signal aborts before: then it rejects with the signal's reason, and what was begun goes on unheard. */
export async function abortable<Value>(
  signal: AbortSignal | undefined,
  act: () => Promise<Value>,
): Promise<Value> {
  if (signal === undefined) return act();
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([act(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isSignal(given: unknown): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    'aborted' in given &&
    typeof given.aborted === 'boolean' &&
    'addEventListener' in given &&
    typeof given.addEventListener === 'function'
  );
}
