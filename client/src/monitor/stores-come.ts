/** The stores of a monitor in a page: their code comes when one of them is first used. */
import type { EventsStore } from './events-store.ts';
import type { HistoryStore } from './history-store.ts';
import { LateStore } from './late-store.ts';
import type { MonitorStores } from './monitor.ts';
import type { storesOf as StoresOf } from './stores.ts';

const ROWS = { rows: [], more: false, live: false, trouble: null };
const EVENTS = { events: [], live: false, trouble: null };
const PAGES = { rows: [], loading: false, done: false, trouble: null };

export const storesOf: typeof StoresOf = (source) => {
  const late = <Made>(make: (stores: MonitorStores) => Made, first: object): Made =>
    // It has what all of them have together, and passes it on.
    new LateStore(
      async () => make((await import('../rest.ts')).storesOf(source)) as never,
      first,
    ) as unknown as Made;
  return {
    tasks: (...which) => late((stores) => stores.tasks(...which), ROWS),
    queues: () => late((stores) => stores.queues(), ROWS),
    workers: () => late((stores) => stores.workers(), ROWS),
    definitions: () => late((stores) => stores.definitions(), ROWS),
    events: (options) => late<EventsStore>((stores) => stores.events(options), EVENTS),
    history: (...which) => late<HistoryStore>((stores) => stores.history(...which), PAGES),
  };
};
