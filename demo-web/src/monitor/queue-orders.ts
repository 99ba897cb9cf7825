import type { QueueRow } from '@celeriac/client';
import { app } from '../app.ts';
import { counted, type Order } from '../control/order.ts';

/** What can be asked of a queue. */
export function queueOrders({ name, depth }: QueueRow): readonly Order[] {
  const of = `queue ${name}`;
  return [
    {
      word: 'Purge',
      of,
      question:
        depth === 0 ? 'Revoke all that waits?' : `Revoke all ${depth.toLocaleString('en')} that wait?`,
      doing: `Purging ${name}`,
      send: async () => {
        const count = await app.control.purge(name);
        return {
          text:
            count === 0
              ? `Purged ${name}: nothing waited.`
              : `Purged ${name}: ${counted(count, 'task')} revoked.`,
        };
      },
    },
  ];
}
