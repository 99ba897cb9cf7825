import { expect, test } from 'vitest';
import { runProgram, startGateway, startWorker } from './harness/house.ts';
import { pause } from './harness/signals.ts';

test('a program whose event loop is held for longer than it waits does not lose what was accepted', async () => {
  const gateway = await startGateway({ store: 'memory' });
  await startWorker(gateway.url);
  const program = runProgram('held-loop.ts', gateway.url, ['busy', '2500']);
  expect(await program.line(/^first/)).toBe('first accepted');
  expect(await program.line(/^accepted/)).toBe('accepted 1000');
  expect(await program.line(/^value/)).toBe('value 4');
  expect((await program.exited).code).toBe(0);
});

test('a program that is stopped for longer than it waits neither', async () => {
  const gateway = await startGateway({ store: 'memory' });
  await startWorker(gateway.url);
  const program = runProgram('held-loop.ts', gateway.url, ['stopped', '0']);
  expect(await program.line(/^first/)).toBe('first accepted');
  await program.line(/^held/);
  await pause(2_500);
  program.signal('SIGCONT');
  expect(await program.line(/^accepted/)).toBe('accepted 1000');
  expect(await program.line(/^value/)).toBe('value 4');
  expect((await program.exited).code).toBe(0);
});
