/** The built page over HTTP, with headers that let it load and call nothing but its own server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkOrigin, type OriginRules } from '@celeriac/gateway';
import send from 'send';

/** `'self'` covers the WebSocket as well: same host, same port. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The build names these after their content, so that one never changes. */
const HASHED = '/assets/';

export type PageAnswer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Answers every request: with a file of `folder`, or with a reason in plain text.
 * @param root the path of the page, which ends with a slash
 */
export function serveStatic(
  folder: string,
  { rules, root }: { readonly rules: OriginRules; readonly root: string },
): PageAnswer {
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const refusal = checkOrigin(request.headers, rules);
    if (refusal !== null) return refuse(response, 403, refusal.message);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, 405, 'only GET and HEAD');
    }
    const [asked = '/'] = (request.url ?? '/').split('?');
    if (`${asked}/` === root) return void response.writeHead(308, { location: root }).end();
    if (!asked.startsWith(root)) return refuse(response, 404, 'nothing here');
    const pathname = asked.slice(root.length - 1);
    send(request, pathname, { root: folder, cacheControl: false })
      .on('headers', (sent: ServerResponse) => sent.setHeader('cache-control', cachingOf(pathname)))
      .on('directory', () => refuse(response, 404, 'nothing here'))
      .on('error', (error: { readonly status?: number }) =>
        refuse(response, error.status ?? 500, 'nothing here'),
      )
      .pipe(response);
  };
}

function cachingOf(pathname: string): string {
  return pathname.startsWith(HASHED) ? 'max-age=31536000, immutable' : 'no-cache';
}

function refuse(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${why}\n`);
}
