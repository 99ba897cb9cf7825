import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, it } from 'vitest';
import { openEngine } from './open-engine.ts';

describe('openEngine', () => {
  it.each([
    ['memory', false],
    ['sqlite:celeriac.db', true],
    ['sqlite:C:\\tasks\\celeriac.db', true],
  ])('knows %s', (store, durable) => {
    expect(openEngine(store, new ManualClock()).durable).toBe(durable);
  });

  it.each(['', 'sqlite', 'sqlite:', 'postgres:tasks', 'Memory'])('refuses %j', (store) => {
    expect(() => openEngine(store, new ManualClock())).toThrow(
      "expected store to be 'memory' or 'sqlite:FILE'",
    );
  });
});
