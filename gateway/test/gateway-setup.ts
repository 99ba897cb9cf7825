/** A real gateway on loopback, which ends with its test. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Engine } from '../src/engine/engine.ts';
import { type Gateway, gatewayWith } from '../src/gateway.ts';
import type { GatewayOptions, GatewayParts } from '../src/gateway-options.ts';
import { resolveGatewayOptions } from '../src/gateway-settings.ts';
import { type Dial, RawClient } from './raw-client.ts';
import { RawWorker } from './raw-worker.ts';

export interface Running {
  readonly gateway: Gateway;
  readonly url: string;
  /** Codes of what was refused, on either link. */
  readonly refusals: readonly string[];
  /** What failed inside. */
  readonly failures: readonly unknown[];
  client(dial?: Dial): Promise<RawClient>;
  worker(hello?: Parameters<typeof RawWorker.welcomed>[1]): Promise<RawWorker>;
}

export async function startGateway(
  given: GatewayOptions & GatewayParts & { readonly engine?: Engine } = {},
): Promise<Running> {
  const { server, clock, random, engine, ...options } = given;
  // The workers of tests do not beat: none of them is lost because a machine is slow.
  const settings = resolveGatewayOptions({ port: 0, store: 'memory', lease: '1h', ...options });
  const gateway = gatewayWith(settings, { server, clock, random }, engine);
  const refusals: string[] = [];
  const failures: unknown[] = [];
  gateway.telemetry.on('refused', ({ code }) => refusals.push(code));
  gateway.telemetry.on('clientRefused', ({ code }) => refusals.push(code));
  gateway.telemetry.on('serviceFailed', ({ error }) => failures.push(error));
  await gateway.start();
  const guests: { terminate(): void }[] = [];
  onTestFinished(async () => {
    for (const guest of guests) guest.terminate();
    await gateway.stop();
  });
  return {
    gateway,
    url: gateway.url,
    refusals,
    failures,
    client: async (dial) => {
      const client = await RawClient.welcomed(gateway.url, dial);
      guests.push(client);
      return client;
    },
    worker: async (hello) => {
      const worker = await RawWorker.welcomed(gateway.url, hello);
      guests.push(worker);
      return worker;
    },
  };
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** One HTTP request, with any headers. */
export function ask(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        const json = response.headers['content-type'] === 'application/json';
        resolve({ status: response.statusCode ?? 0, body: json ? JSON.parse(text) : text });
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}

/** Writes bytes to the port and reads until the gateway hangs up. */
export function shout(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
