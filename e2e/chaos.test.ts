import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Child } from './harness/child.ts';
import { makeFolder } from './harness/house.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHAOS = ['--conditions', 'celeriac-source', '--no-warnings', 'chaos/harness/main.ts'];
/** Faults for so long; starting, draining, reading back and checking come on top. */
const SECONDS = 20;

test('a short run of every fault loses nothing, repeats nothing without a cause, and leaves nobody waiting', async () => {
  const given = ['--seed', '5', '--seconds', String(SECONDS), '--rate', '60', '--folder', makeFolder()];
  const chaos = new Child(process.execPath, [...CHAOS, ...given], { cwd: ROOT });
  onTestFinished(() => chaos.kill());
  const { code } = await chaos.exited;
  const report = chaos.lines.join('\n');
  expect(code, `${report}\n${chaos.errors}`).toBe(0);
  expect(report).toMatch(/^lost: 0$/m);
  expect(report).toMatch(/^unexplained duplicates: 0$/m);
  expect(report).toMatch(/^event gaps: 0$/m);
  expect(report).toMatch(/^handles pending: 0$/m);
  // It did something.
  expect(Number(/^accepted: (\d+)$/m.exec(report)?.[1])).toBeGreaterThan(200);
  expect(Number(/^faults injected: (\d+):/m.exec(report)?.[1])).toBeGreaterThan(4);
});
