/** Waits that their caller may end. */
import { OptionError, show } from '@celeriac/protocol';

/** What every method that waits takes. */
export interface SignalOptions {
  /**
   * Ends the wait: the method rejects with the signal's reason. One that is aborted already begins nothing.
   * @default none
   */
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * One of another realm (an iframe, a test's DOM) is one as well.
 * @throws OptionError for what is no signal
 */
export function readSignal(given: unknown): AbortSignal | undefined {
  if (given === undefined || given === null) return undefined;
  if (isSignal(given)) return given;
  throw new OptionError('signal', `expected signal to be an AbortSignal, got: ${show(given)}`);
}

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

function isSignal(given: unknown): given is AbortSignal {
  return (
    typeof given === 'object' &&
    given !== null &&
    'aborted' in given &&
    typeof given.aborted === 'boolean' &&
    'addEventListener' in given &&
    typeof given.addEventListener === 'function'
  );
}
