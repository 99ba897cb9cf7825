import { complain } from './environment.ts';

/** What a listener throws is logged, and its caller goes on. */
export function guarded<Value>(listener: (value: Value) => void): (value: Value) => void {
  return (value) => {
    try {
      listener(value);
    } catch (error) {
      reportFailure('a listener', error);
    }
  };
}

/** @param what has failed, in words */
export function reportFailure(what: string, error: unknown): void {
  complain(`celeriac: ${what} failed:`, error);
}
