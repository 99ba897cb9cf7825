import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, it, test } from 'vitest';
import { setup } from '../../test/broker-setup.ts';
import { complete, start } from '../core/transitions.ts';
import { claimAsk, LANE, task } from '../engine/conformance/tasks.ts';
import type { Engine, Outdated, Pruned } from '../engine/engine.ts';
import { lookEveryMs, nextStep, Pruner } from './pruner.ts';

const RESULT_MS = 10_000;

/** Tasks that end now. */
async function end(engine: Engine, ids: readonly string[], now: number): Promise<void> {
  await engine.insert(ids.map((id) => task(id))).committed;
  const [claimed = []] = await engine.claim([claimAsk({ lanes: [LANE], limit: ids.length })], now);
  await engine.advance(
    claimed.map((from) => ({ from, to: complete(start(from, now), '4', now), urgent: true })),
  ).committed;
}

function named(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}`);
}

describe('what is over its time', () => {
  it('is gone with the next look, however much it is', async () => {
    const { engine, clock, broker } = await setup({ retention: { keepResults: true, resultMs: RESULT_MS } });
    const ids = named(0, 30_000);
    await end(engine, ids, clock.now());
    await clock.advance(RESULT_MS + lookEveryMs(RESULT_MS));
    const kept = (await engine.get(ids)).filter((record) => record?.body !== null);
    expect(kept.length).toBe(0);
    await broker.stop();
  });

  it('goes as fast as it comes', async () => {
    const { engine, clock, broker } = await setup({
      retention: { keepResults: true, resultMs: RESULT_MS },
      maxTombstones: 2_000,
    });
    const left: number[] = [];
    for (let second = 0; second < 90; second++) {
      await end(engine, named(second * 500, 500), clock.now());
      await clock.advance(1_000);
      const found = await engine.get(named(0, (second + 1) * 500));
      left.push(found.filter((record) => record !== undefined).length);
    }
    // A minute and a look of tombstones, and the results among them.
    const bound = 500 * (60 + 2);
    expect(Math.max(...left)).toBeLessThanOrEqual(bound);
    expect(left.at(-1)).toBe(left.at(-20));
    await broker.stop();
  });
});

test('how often it is looked goes by how long results are kept', () => {
  expect([1_000, 10_000, 120_000, 86_400_000].map(lookEveryMs)).toEqual([1_000, 1_000, 10_000, 10_000]);
});

describe('the steps of the pruner', () => {
  class Backlog {
    left: number;
    readonly clock = new ManualClock();
    readonly steps: number[] = [];
    readonly msPerTask: number;
    constructor(left: number, msPerTask: number) {
      this.left = left;
      this.msPerTask = msPerTask;
    }
    prune(_: Outdated, limit: number): Promise<Pruned> {
      const touched = Math.min(limit, this.left);
      this.left -= touched;
      this.steps.push(touched);
      this.clock.hold(touched * this.msPerTask);
      return Promise.resolve({ touched, more: touched === limit });
    }
  }

  const prunerOf = (backlog: Backlog) =>
    new Pruner(backlog.clock, backlog, { resultMs: RESULT_MS, tombstones: 1_000 });

  it('go on until nothing is left', async () => {
    const backlog = new Backlog(250_000, 0.01);
    expect(await prunerOf(backlog).runOnce()).toBe(250_000);
    expect(backlog.left).toBe(0);
    expect(backlog.clock.monotonic()).toBeLessThan(60_000);
  });

  it('are as large as the store can do in some milliseconds', async () => {
    const slow = new Backlog(5_000, 1);
    await prunerOf(slow).runOnce();
    expect(Math.max(...slow.steps.slice(3))).toBeLessThanOrEqual(64);
    const quick = new Backlog(50_000, 0.001);
    await prunerOf(quick).runOnce();
    expect(Math.max(...quick.steps)).toBe(2_048);
  });

  it('rise while they do not suffice', () => {
    expect([0, 9_999, 10_000, 20_000, 60_000].map((behindMs) => nextStep(64, 50, behindMs))).toEqual([
      64, 64, 128, 256, 2_048,
    ]);
  });

  it('end when the gateway stops, also where a full disk lets none of them end', async () => {
    const backlog = new Backlog(1_000_000, 0.01);
    const pruner = prunerOf(backlog);
    const run = pruner.runOnce();
    pruner.stop();
    await run;
    expect(backlog.steps.length).toBe(1);
    const stuck = new Pruner(
      backlog.clock,
      { prune: () => new Promise(() => {}) },
      { resultMs: 1, tombstones: 1 },
    );
    const never = stuck.runOnce();
    stuck.stop();
    expect(await never).toBe(0);
  });
});
