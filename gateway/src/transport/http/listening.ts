/** How a server begins to listen, on which address it does, and how it ends. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';

/** Rejects when the address cannot be had. */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  await once(server.listen(port, host), 'listening');
}

/** Hangs up on whoever is still there. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** As a URL, such as `http://127.0.0.1:7600`, by the name that it was asked to listen on; empty while it does not. */
export function listeningUrl(server: Server, host: string): string {
  const bound = boundTo(server);
  if (bound === null) return '';
  const name = host.includes(':') ? `[${host}]` : host;
  return `${isSecure(server) ? 'https' : 'http'}://${name}:${bound.port}`;
}

/** The address of the network; `null` while it does not listen, or listens on a path. */
export function listeningHost(server: Server): string | null {
  return boundTo(server)?.address ?? null;
}

function isSecure(server: unknown): boolean {
  return server instanceof TlsServer;
}

function boundTo(server: Server): AddressInfo | null {
  const address = server.address();
  return typeof address === 'string' ? null : address;
}
