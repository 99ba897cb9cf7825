import { expect, test, vi } from 'vitest';
import { startGateway } from '../../test/gateway-setup.ts';
import { Telemetry } from './telemetry.ts';

test('a listener that throws is told of, and costs nobody a connection', async () => {
  const { gateway, client, worker } = await startGateway();
  const failed: string[] = [];
  const mine = (): never => {
    throw new Error('mine');
  };
  gateway.on('serviceFailed', ({ service, error }) => failed.push(`${service}: ${error}`));
  gateway.on('workerJoined', mine);
  gateway.telemetry.on('written', mine);
  const hand = await worker({ capacity: 1 });
  const caller = await client();
  caller.emit('submit', [['1', 'add', '[2,2]', null, 0]]);
  await hand.works();
  await caller.ended('1');
  expect(failed).toContain('a listener of workerJoined: Error: mine');
  expect(failed).toContain('a listener of written: Error: mine');
});

test('where the listener of failures fails itself, or there is none, the console is told', () => {
  const logged = vi.spyOn(console, 'error').mockReturnValue();
  const mine = new Error('mine');
  const fail = (): never => {
    throw mine;
  };
  const telemetry = new Telemetry();
  telemetry.on('stalled', fail);
  telemetry.emit('stalled', { lagMs: 1 });
  expect(logged).toHaveBeenLastCalledWith('celeriac: a listener of stalled failed:', mine);
  telemetry.on('serviceFailed', fail);
  telemetry.emit('stalled', { lagMs: 1 });
  expect(logged).toHaveBeenLastCalledWith('celeriac: a listener of serviceFailed failed:', mine);
  logged.mockRestore();
});

test('an event that does not exist cannot be listened to', () => {
  const telemetry = new Telemetry();
  // @ts-expect-error it is called workerLost
  expect(() => telemetry.on('workerlost', () => {})).toThrow("did you mean 'workerLost'?");
});

test('a gateway shows how to listen, and nothing else of what tells', async () => {
  const { gateway } = await startGateway();
  expect(Object.keys(gateway.telemetry)).toEqual(['on']);
});
