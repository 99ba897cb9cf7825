import type { WorkerRow } from '@celeriac/client';
import { app } from '../app.ts';
import { countText, type Order } from '../control/order.ts';

/** What can be asked of a worker: of all processes of its name. */
export function workerOrders({ name, state }: WorkerRow): readonly Order[] {
  const of = `worker ${name}`;
  const drain: Order = {
    word: 'Drain',
    of,
    doing: `Draining ${name}`,
    send: async () => told(name, await app.control.drain(name), 'takes no new tasks; running ones continue'),
  };
  const resume: Order = {
    word: 'Resume',
    of,
    doing: `Resuming ${name}`,
    send: async () => told(name, await app.control.resume(name), 'takes tasks again'),
  };
  const shutDown: Order = {
    word: 'Shut down',
    of,
    question: 'Stop it when its tasks are done?',
    doing: `Shutting down ${name}`,
    send: async () => told(name, await app.control.shutdown(name), 'stops after its last task'),
  };
  return [state === 'draining' ? resume : drain, shutDown];
}

export function slotsOrder(name: string, slots: number): Order {
  return {
    word: 'Slots',
    of: `worker ${name}`,
    doing: `Giving ${name} ${countText(slots, 'slot')}`,
    send: async () =>
      told(name, await app.control.concurrency(name, slots), `has ${countText(slots, 'slot')} now`),
  };
}

function told(name: string, processes: number, what: string): { readonly text: string } {
  return {
    text: processes === 1 ? `${name} ${what}.` : `${name} ${what} (sent to ${processes} processes).`,
  };
}
