import type { IncomingHttpHeaders } from 'node:http';
import type { RefusalCode } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/internal';

/** Which pages may connect, and which host names they may use. */
export interface OriginRules {
  /** Origins that may use the gateway in addition to its own, such as `https://app.example`; `*` allows any. */
  readonly allowOrigin: readonly string[];
  /** Host names (without port) that requests may carry; `null` allows any. */
  readonly allowHost: readonly string[] | null;
}

/** Why a page or a host name is refused. */
export interface OriginRefusal {
  /** `'BAD_ORIGIN'` or `'BAD_HOST'`. */
  readonly code: Extract<RefusalCode, 'BAD_ORIGIN' | 'BAD_HOST'>;
  /** What was expected, and what was sent. */
  readonly message: string;
}

/** What names this machine in a Host header. Anything else on a loopback address is a rebound DNS name. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** @param host a name, or an address as a server or a socket reports it */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(host);
}

/**
 * On loopback any other host name is a rebound one. Elsewhere names are the operator's business, unless listed.
 * @internal
 */
export function originRules({
  host,
  allowHost,
  allowOrigin,
}: {
  readonly host: string;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
}): OriginRules {
  const hosts = isLoopback(host) ? [...LOOPBACK_HOSTS, ...allowHost] : allowHost;
  return { allowOrigin, allowHost: hosts.length === 0 ? null : hosts.map((name) => name.toLowerCase()) };
}

/**
 * Refuses pages of other origins: a browser always sends the origin of the page (Origin) and the host name of the request
 * (Host). A request without Origin comes from a program, which could send any header.
 * @example const refusal = checkOrigin(request.headers, { allowOrigin: ['https://app.example'], allowHost: null });
 */
export function checkOrigin(headers: IncomingHttpHeaders, rules: OriginRules): OriginRefusal | null {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (rules.allowHost !== null && !rules.allowHost.includes(name)) {
    const message = `host ${show(host)} is not one of: ${rules.allowHost.join(', ')}; see --allow-host`;
    return { code: 'BAD_HOST', message };
  }
  const { origin } = headers;
  if (
    origin === undefined ||
    isOwn(origin, host) ||
    rules.allowOrigin.includes('*') ||
    rules.allowOrigin.includes(origin)
  ) {
    return null;
  }
  return { code: 'BAD_ORIGIN', message: `origin ${show(origin)} is not allowed; see --allow-origin` };
}

function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
