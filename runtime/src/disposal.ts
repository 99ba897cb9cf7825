/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The keys by which `using` and `await using` find what ends a thing. A browser without them gets the names that esbuild (and so
 * Vite) and Babel look for where they translate `await using`: with a key of our own, only our own code could call it, and with none,
 * a method that is there by its type would be missing.
 */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? named('asyncDispose');
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? named('dispose');

function named<Key extends symbol>(name: string): Key {
  return Symbol.for(`Symbol.${name}`) as Key;
}
