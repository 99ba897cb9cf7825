import { MessageChannel } from 'node:worker_threads';
import { WORKER_CAPACITY } from '@celeriac/protocol/internal';
import { taskThreadFlags } from '@celeriac/runtime';
import { Piscina } from 'piscina';
import { sourceFlags } from '../../source-flags.ts';
import { readFromChild, type SpawnChild } from '../child/child-messages.ts';
import { childEntry } from '../children/child-entry.ts';

/**
 * Piscina starts threads, tells how they died, and ends them; each thread has one call of it, which lasts as long as
 * the thread. Which body runs where is decided above, as for processes.
 * @throws UsageError in a bundle
 */
export function makeThreadSpawner(): SpawnChild {
  const entry = childEntry('threads', import.meta.url, 'spawn-thread', 'child-thread');
  const flags = taskThreadFlags(process.execArgv, sourceFlags());
  const pool = new Piscina({
    filename: entry.href,
    name: 'live',
    minThreads: 0,
    maxThreads: WORKER_CAPACITY,
    idleTimeout: 0,
    // A waiting thread must not stand still: its app has a connection to keep.
    atomics: 'disabled',
    recordTiming: false,
    ...(flags === undefined ? {} : { execArgv: [...flags] }),
  });
  // Each thread's own call says how it ended.
  pool.on('error', () => undefined);
  let started = 0;
  return (events) => {
    const { port1, port2 } = new MessageChannel();
    const end = new AbortController();
    let why: string | undefined;
    let closed = false;
    const over = (): void => {
      if (why !== undefined && closed) events.ended(why);
    };
    port1.on('message', (message: unknown) => {
      const read = readFromChild(message);
      if (read !== undefined) events.received(read);
    });
    // Closed by the end of the thread, after all that it had sent.
    port1.on('close', () => {
      closed = true;
      over();
    });
    const died = (reason: string): void => {
      why ??= reason;
      // A thread that never came to life has not taken its end of the channel.
      port2.close();
      over();
    };
    pool.run(port2, { transferList: [port2], signal: end.signal }).then(
      () => died('ended'),
      (error: unknown) => died(`ended (${error instanceof Error ? error.message : String(error)})`),
    );
    return {
      label: `thread ${++started}`,
      post: (message) => port1.postMessage(message),
      kill: () => end.abort(),
    };
  };
}
