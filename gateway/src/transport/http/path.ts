import type { IncomingMessage } from 'node:http';

/**
 * Where a request goes to: as it came, and as it is after a router (express, connect) has cut off where it is mounted.
 * Cut, not parsed: a path such as `//` is no URL, and must not throw.
 */
export function pathsOf(request: IncomingMessage & { readonly originalUrl?: unknown }): readonly string[] {
  const { url = '/', originalUrl } = request;
  const path = withoutQuery(url);
  return typeof originalUrl === 'string' && originalUrl !== url ? [path, withoutQuery(originalUrl)] : [path];
}

/** @param base where the gateway lives on its server: nothing, or a path such as `/celeriac` */
export function isAt(request: IncomingMessage, base: string, path: string): boolean {
  return pathsOf(request).includes(base + path);
}

function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
