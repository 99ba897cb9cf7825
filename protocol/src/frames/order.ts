/** What the gateway may tell a worker to do. None has an answer of its own: `capacity` and the next beat show it. */
import { WORKER_CAPACITY } from '../limits.ts';
import { integer, named, type Reader } from './shape.ts';

/** By its name, what is said behind it. Each is a command of an operator as well, to the workers of a name. */
export const ORDERS = {
  /** Takes nothing new, gives back what has not started, and goes on with what runs. */
  drain: [],
  /** Takes new tasks again. */
  resume: [],
  /** As SIGTERM does: drains, and ends with its last body, or when its shutdown timeout is over. */
  shutdown: [],
  /** Runs so many bodies at the same time from now on; what runs beyond that goes on. */
  concurrency: [integer(1, WORKER_CAPACITY)],
} as const satisfies Readonly<Record<string, readonly Reader<unknown>[]>>;
export type OrderName = keyof typeof ORDERS;

type Said<Readers extends readonly Reader<unknown>[]> = {
  readonly [At in keyof Readers]: ReturnType<Readers[At]>;
};
export type WorkerOrder = {
  [Name in OrderName]: readonly [order: Name, ...said: Said<(typeof ORDERS)[Name]>];
}[OrderName];
/** As an operator gives it. */
export type OrderCommand = {
  [Name in OrderName]: readonly [command: Name, worker: string, ...said: Said<(typeof ORDERS)[Name]>];
}[OrderName];

export function isOrder(name: string): name is OrderName {
  return Object.hasOwn(ORDERS, name);
}

/** What a worker is told by it. */
export function orderOf([name, , ...said]: OrderCommand): WorkerOrder {
  // What stands behind the worker's name is what the order says.
  return [name, ...said] as WorkerOrder;
}

export const readOrder = named<WorkerOrder>(ORDERS);
