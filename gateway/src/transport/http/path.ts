import type { IncomingMessage } from 'node:http';

/** Cut, not parsed: a path such as `//` is no URL, and must not throw. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
