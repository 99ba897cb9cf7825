/**
 * The only place that reads time or sets timers. Everything else is given a {@link Clock}, so that tests
 * move time by hand.
 */

/** A timer that has been set. */
export interface Timer {
  /** Idempotent. */
  cancel(): void;
}

/** Reads time and sets timers. Whatever has a `clock` option takes one, so that tests move time by hand. */
export interface Clock {
  /** Wall time in milliseconds: for dates that people see, and for ETA and expiry. May jump. */
  now(): number;
  /** Milliseconds that only go forward: for leases, timeouts and intervals. */
  monotonic(): number;
  /**
   * Calls back once, no sooner than after `delayMs`.
   * @param hold whether a pending timer keeps a Node process alive; default false
   */
  after(delayMs: number, callback: () => void, hold?: boolean): Timer;
  /** Calls back at the end of this event-loop turn (a macrotask): what one turn collects leaves together. */
  soon(callback: () => void): void;
}

/** setTimeout's own limit; a longer wait is made of several. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

interface NodeTimer {
  unref?: () => void;
}
interface Turns {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => MessageChannel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback, hold = false) {
    const dueAt = performance.now() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const leftMs = dueAt - performance.now();
      handle = setTimeout(
        () => (performance.now() >= dueAt ? callback() : arm()),
        Math.min(Math.ceil(Math.max(0, leftMs)), MAX_TIMEOUT_MS),
      );
      if (!hold) (handle as NodeTimer).unref?.();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
  soon: soonOf(globalThis),
};

/** Whether a pending timer can be told not to keep the process alive: not that of a page, whatever `process` it has. */
export function timersLetGo(): boolean {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  const handle: unknown = timer;
  return typeof handle === 'object' && handle !== null && 'unref' in handle;
}

/** The shortest macrotask that there is: jsdom under Jest has neither immediates nor channels. */
export function soonOf({ setImmediate, MessageChannel }: Turns): (callback: () => void) => void {
  if (setImmediate !== undefined) return (callback) => void setImmediate(callback);
  if (MessageChannel !== undefined) return postSoon(new MessageChannel());
  return (callback) => void setTimeout(callback, 0);
}

/** In a browser: a message to oneself is the shortest macrotask (setTimeout is clamped to 4 ms when nested). */
function postSoon(channel: MessageChannel): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    channel.port2.postMessage(null);
  };
}
