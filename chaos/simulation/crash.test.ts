/** Crashes of a worker whose slots are all taken: what was lost comes back, and what comes meanwhile is not held up by it. */
import { expect, test } from 'vitest';
import type { Entry } from '../history/entry.ts';
import { AWAY_MS, type PlannedScene, SCENES } from './scenes.ts';
import { simulate } from './simulate.ts';

const SEEDS = [1, 2, 3];

function atOf(history: readonly Entry[], id: string, phase: 'begin' | 'end'): readonly number[] {
  return history.flatMap((entry) =>
    entry.kind === 'run' && entry.phase === phase && entry.id === id ? [entry.at] : [],
  );
}

function endsOf(history: readonly Entry[], { plan }: PlannedScene): readonly number[] {
  const naps = plan.calls.filter(({ id }) => id.startsWith('nap'));
  expect(naps.length).toBeGreaterThan(10);
  return naps.map(({ id }) => Math.max(...atOf(history, id, 'end')));
}

/** How long those that were called from then on waited to be entered for the last time. */
function waitsOf(history: readonly Entry[], { plan }: PlannedScene, from: number): readonly number[] {
  const quick = plan.calls.filter(({ id, at }) => id.startsWith('quick') && at >= from);
  expect(quick.length).toBeGreaterThan(10);
  return quick.map(({ id, at }) => Math.max(...atOf(history, id, 'begin')) - at);
}

async function play(
  scene: PlannedScene,
  judge: (history: readonly Entry[], backAt: number) => void,
): Promise<void> {
  const backAt = Math.max(0, ...scene.faults.map(({ at }) => at + AWAY_MS));
  for (const seed of SEEDS) {
    const { history, violations } = await simulate(seed, scene);
    expect(violations).toEqual([]);
    judge(history, backAt);
  }
}

test('twelve tasks of four seconds that were lost have ended twelve seconds after their worker is back, and quick ones wait for none of them', async () => {
  const scene = SCENES['a full worker is killed'];
  await play(scene, (history, backAt) => {
    expect(Math.max(...endsOf(history, scene)) - backAt).toBeLessThanOrEqual(12_000);
    expect(Math.max(...waitsOf(history, scene, backAt))).toBeLessThan(1_000);
  });
});

test('those that were lost twice have their trials one after the other, and quick ones wait for none of them', async () => {
  const scene = SCENES['a full worker is killed twice'];
  await play(scene, (history, backAt) => {
    expect(Math.max(...waitsOf(history, scene, backAt))).toBeLessThan(1_000);
  });
});

test('one of them that does not end holds up no other', async () => {
  const scene = SCENES['a full worker is killed twice, and one of its tasks does not end'];
  await play(scene, (history, backAt) => {
    expect(Math.max(...waitsOf(history, scene, backAt))).toBeLessThan(1_000);
    expect(Math.max(...endsOf(history, scene))).toBeLessThan(120_000);
  });
});

test('poison among neighbours ends after three runs, and none of them is given up', async () => {
  const scene = SCENES['poison among neighbours'];
  await play(scene, (history) => {
    expect(atOf(history, 'bad', 'begin')).toHaveLength(3);
    expect(Math.min(...endsOf(history, scene))).toBeGreaterThan(0);
  });
});
