/** A gateway assembled as `createGateway` does it, with one part sabotaged. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gateway } from '@celeriac/gateway';
import { originRules, resolveGatewayOptions } from '@celeriac/gateway/internal';
import {
  assembleBroker,
  ClientEndpoint,
  Connections,
  type Engine,
  Gatekeeper,
  NO_LIMITS,
  openAuthenticator,
  Telemetry,
  type TransportContext,
  WorkerEndpoint,
} from '@celeriac/gateway/testing';
import { DEFAULT_LIMITS, readWorkerFrame } from '@celeriac/protocol/internal';
import { type Clock, startAll, stopAll } from '@celeriac/runtime';
import { WebSocket } from 'ws';
import { HEARTBEAT_MS, SIMULATED_RULES } from '../../simulation/gateway-process.ts';
import type { Sabotage } from '../../simulation/sabotage.ts';
import { SABOTAGES } from '../../simulation/sabotages.ts';

type SabotagedGateway = Pick<Gateway, 'url' | 'telemetry' | 'failed' | 'stop'>;

/** @throws Error for an unknown sabotage */
export async function startSabotagedGateway(
  name: string,
  port: number,
  engine: Engine,
  clock: Clock,
): Promise<SabotagedGateway> {
  const named = SABOTAGES[name];
  if (named === undefined)
    throw new Error(`expected one of the sabotages ${Object.keys(SABOTAGES).join(', ')}, got: ${name}`);
  const sabotage = named.sabotage(engine, clock);
  const seen = sabotage.engine ?? engine;
  overhear(sabotage);
  const telemetry = new Telemetry();
  const broker = assembleBroker(
    { clock, random: Math.random, telemetry },
    seen,
    await seen.open(),
    SIMULATED_RULES,
  );
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const context: TransportContext = {
    broker,
    clock,
    telemetry,
    gatekeeper: new Gatekeeper({ clock, authenticate: openAuthenticator, broker }, NO_LIMITS),
    origins: originRules(resolveGatewayOptions({})),
    connections: new Connections(resolveGatewayOptions({})),
    limits: DEFAULT_LIMITS,
    path: '',
  };
  const workers = new WorkerEndpoint(server, context, {
    leaseMs: SIMULATED_RULES.leaseMs,
    heartbeatMs: HEARTBEAT_MS,
  });
  const services = [broker, workers, new ClientEndpoint(server, context, Math.random)];
  await startAll(services);
  sabotage.started?.(broker);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    telemetry,
    failed: engine.failed,
    async stop() {
      await stopAll(services);
      await engine.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What workers say passes the sabotage first, as does the end of their connections. */
function overhear({ hear, workerGone }: Sabotage): void {
  if (hear === undefined && workerGone === undefined) return;
  const emit = WebSocket.prototype.emit;
  WebSocket.prototype.emit = function (
    this: WebSocket,
    event: string | symbol,
    ...given: unknown[]
  ): boolean {
    const [data, isBinary] = given;
    if (event === 'message' && Buffer.isBuffer(data) && isBinary === false && data[0] === FRAME_BEGINS) {
      const frame = hear?.(readWorkerFrame(data.toString(), DEFAULT_LIMITS.payload), this);
      if (frame === null) return true;
    }
    const heard = emit.call(this, event, ...given);
    if (event === 'close') workerGone?.();
    return heard;
  };
}

/** What workers say begins with `[`; what clients say, with a digit. */
const FRAME_BEGINS = '['.charCodeAt(0);
