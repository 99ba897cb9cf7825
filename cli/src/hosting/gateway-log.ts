import type { Gateway } from '@celeriac/gateway';
import type { Logger } from 'pino';

/** Logs what an operator wants to know; nothing that happens per task. */
export function logGateway({ telemetry }: Gateway, log: Logger): void {
  telemetry
    .on('listening', (facts) => log.info(facts, 'listening'))
    .on('workerJoined', (facts) => log.info(facts, facts.resumed ? 'worker resumed' : 'worker joined'))
    .on('workerDisconnected', (facts) => log.info(facts, 'worker disconnected'))
    .on('workerLost', (facts) => {
      if (facts.released > 0) log.warn(facts, 'worker lost, its tasks are free');
      else log.info(facts, 'worker gone, it held no task');
    })
    .on('clientRefused', (facts) => log.warn(facts, 'client refused'))
    .on('refused', (facts) => log.warn(facts, 'calls refused'))
    .on('stale', (facts) => log.warn(facts, 'reports of attempts that are no longer theirs'))
    .on('keysUnreadable', (facts) => log.error(facts, 'the keys of tokens cannot be read'))
    .on('keysExposed', (facts) =>
      log.warn(facts, 'others on this machine may read this file of keys: chmod 600'),
    )
    .on('stalled', (facts) => log.warn(facts, 'the event loop stood still'))
    .on('shortage', (facts) => {
      if (facts.why === null) log.info('the task store has room again, calls are taken');
      else log.error(facts, 'the task store has no room: calls are refused, what was accepted goes on');
    })
    .on('deliveryStalled', (facts) => log.error(facts, 'tasks and workers wait, and nothing is delivered'))
    .on('serviceFailed', ({ service, error }) => log.error({ service, err: error }, 'a service failed'));
}
