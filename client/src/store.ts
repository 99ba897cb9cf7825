/** A method's type, so that a store of numbers is a store of anything: parameters of function types would forbid it. */
export type StoreListener<Value> = { listen(value: Value): void }['listen'];

/**
 * A value that changes, for user interfaces: React's useSyncExternalStore takes the two functions as they are; Vue and Svelte
 * need about ten lines around them.
 */
export interface Store<Value> {
  /** The present value; the same object until something changes. */
  readonly get: () => Value;
  /** Called with each new value. @returns a function that stops it */
  readonly subscribe: (listener: StoreListener<Value>) => () => void;
}
