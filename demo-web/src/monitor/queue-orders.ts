import type { QueueRow } from '@celeriac/client';
import { app } from '../app.ts';
import { countText, type Order } from '../control/order.ts';

/** What can be asked of a queue. */
export function queueOrders({ name, depth, paused }: QueueRow): readonly Order[] {
  const of = `queue ${name}`;
  const pause: Order = {
    word: 'Pause',
    of,
    doing: `Pausing ${name}`,
    send: async () => ({ text: `${name} is paused: ${waiting(await app.control.pauseQueue(name))}.` }),
  };
  const resume: Order = {
    word: 'Resume',
    of,
    doing: `Resuming ${name}`,
    send: async () => ({ text: `${name} goes on: ${waiting(await app.control.resumeQueue(name))}.` }),
  };
  return [
    paused ? resume : pause,
    {
      word: 'Purge',
      of,
      question:
        depth === 0 ? 'Revoke all waiting tasks?' : `Revoke all ${depth.toLocaleString('en')} waiting tasks?`,
      doing: `Purging ${name}`,
      send: async () => {
        const count = await app.control.purge(name);
        return {
          text:
            count === 0
              ? `Purged ${name}: no task was waiting.`
              : `Purged ${name}: ${countText(count, 'task')} revoked.`,
        };
      },
    },
  ];
}

function waiting(count: number): string {
  return count === 1 ? '1 task waits' : `${countText(count, 'task')} wait`;
}
