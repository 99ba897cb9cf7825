/** What every engine does: each sentence of engine.ts as a test. */
import { afterEach, beforeEach, describe } from 'vitest';
import type { Engine } from '../engine.ts';
import { describeAdvance } from './advance-suite.ts';
import { describeArguments } from './arguments-suite.ts';
import { describeClaim } from './claim-suite.ts';
import { describeGates } from './gates-suite.ts';
import { describeInsert } from './insert-suite.ts';
import { describeLife, type TestStore } from './life-suite.ts';
import { describeList, describeOutline } from './list-suite.ts';
import { describePrune } from './prune-suite.ts';
import { describeSpawn } from './spawn-suite.ts';
import { describeWaiting } from './waiting-suite.ts';

export function describeEngine(name: string, makeStore: () => TestStore): void {
  describe(name, () => {
    describe('opened', () => describeVerbs(makeStore));
    describe('in its life', () => describeLife(makeStore));
  });
}

function describeVerbs(makeStore: () => TestStore): void {
  let store: TestStore;
  let engine: Engine;
  beforeEach(async () => {
    store = makeStore();
    engine = store.engine();
    await engine.open();
  });
  afterEach(async () => {
    await engine.close();
    await store.dispose();
  });
  const current = (): Engine => engine;
  describeInsert(current);
  describeClaim(current);
  describeAdvance(current);
  describeArguments(current);
  describeSpawn(current);
  describeWaiting(current);
  describePrune(current);
  describeGates(current);
  describeList(current);
  describeOutline(current);
}
