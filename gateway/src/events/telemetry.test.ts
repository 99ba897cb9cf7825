import { expect, test } from 'vitest';
import { startGateway } from '../../test/gateway-setup.ts';
import { Telemetry } from './telemetry.ts';

test('a listener that throws is told of, and costs nobody a connection', async () => {
  const { gateway, client, worker } = await startGateway();
  const failed: string[] = [];
  const mine = (): never => {
    throw new Error('mine');
  };
  gateway.telemetry
    .on('serviceFailed', ({ service, error }) => failed.push(`${service}: ${error}`))
    .on('workerJoined', mine)
    .on('written', mine);
  const hand = await worker({ capacity: 1 });
  const caller = await client();
  caller.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
  await hand.works();
  await caller.ended('1');
  expect(failed).toContain('a listener of workerJoined: Error: mine');
  expect(failed).toContain('a listener of written: Error: mine');
});

test('where the listener of failures fails itself, nobody is left to be told', () => {
  const telemetry = new Telemetry();
  telemetry.on('serviceFailed', () => {
    throw new Error('mine');
  });
  expect(() => telemetry.emit('stalled', { lagMs: 1 })).not.toThrow();
  expect(telemetry.emit('serviceFailed', { service: 'x', error: null })).toBe(true);
});
