import type { Gateway } from '@celeriac/gateway';
import { type Clock, systemClock } from '@celeriac/runtime';
import type { Logger } from 'pino';
import { RepeatedLines } from './repeated-lines.ts';

/** Ids in one line. */
const SHOWN_LINKS = 10;

/** Logs what an operator wants to know; nothing that happens per task, and nothing as often as a peer likes. */
export function logGateway(
  { telemetry }: Gateway,
  log: Logger,
  clock: Pick<Clock, 'after'> = systemClock,
): void {
  const lines = new RepeatedLines(clock);
  const repeated = (text: string, code: string, count: number, facts: object): void =>
    lines.tell(
      `${text} ${code}`,
      count,
      () => log.warn({ code, count, ...facts }, text),
      (more) => log.warn({ code, count: more }, text),
    );
  telemetry.on('listening', (facts) => log.info(facts, 'listening'));
  telemetry.on('workerJoined', (facts) =>
    log.info(facts, facts.resumed ? 'worker resumed' : 'worker joined'),
  );
  telemetry.on('workerDisconnected', (facts) => log.info(facts, 'worker disconnected'));
  telemetry.on('workerLost', (facts) => {
    if (facts.released > 0) log.warn(facts, 'worker lost, its tasks go to other workers');
    else log.info(facts, 'worker gone, it had no tasks');
  });
  telemetry.on('clientRefused', ({ code, ...facts }) => repeated('client refused', code, 1, facts));
  telemetry.on('refused', ({ code, count, about, ...facts }) =>
    repeated('refused', code, count, { ...facts, ...naming(about) }),
  );
  telemetry.on('acted', ({ about, count, ...facts }) =>
    log.info({ ...facts, ...(count > about.length ? { count } : {}), ...naming(about) }, 'acted'),
  );
  telemetry.on('stale', ({ count, ...facts }) =>
    repeated('reports of attempts that the worker no longer holds', 'STALE', count, facts),
  );
  telemetry.on('linkTaken', ({ parent, links }) =>
    repeated('linked calls were not made: their ids are taken', 'LINK_TAKEN', links.length, {
      parent,
      ids: links.slice(0, SHOWN_LINKS).map(({ id }) => id),
    }),
  );
  telemetry.on('keysUnreadable', (facts) =>
    repeated('the token keys cannot be read', 'KEYS_UNREADABLE', 1, facts),
  );
  telemetry.on('keysExposed', (facts) =>
    log.warn(facts, 'others on this machine may read this key file: chmod 600'),
  );
  telemetry.on('stalled', (facts) => log.warn(facts, 'the event loop was blocked'));
  telemetry.on('shortage', (facts) => {
    if (facts.why === null) log.info('the task store has space again, calls are accepted');
    else log.error(facts, 'the task store is full: new calls are refused, accepted tasks continue');
  });
  telemetry.on('deliveryStalled', (facts) =>
    log.error(facts, 'tasks and workers are waiting, and nothing is delivered'),
  );
  telemetry.on('serviceFailed', ({ service, error }) =>
    lines.tell(
      service,
      1,
      () => log.error({ service, err: error }, 'a service failed'),
      (count) => log.error({ service, count }, 'a service failed'),
    ),
  );
}

/** One thing by its own name, so that it is found by that; several as a list. */
function naming(about: readonly string[] = []): object {
  if (about.length > 1) return { ids: about };
  return about[0] === undefined ? {} : { id: about[0] };
}
