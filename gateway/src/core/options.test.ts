import {
  DEFAULT_OPTIONS,
  effectiveTaskOptions,
  resolveOptions,
  resolveTimes,
} from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { onApp, routeOf } from './options.ts';

const NOW = 1_000_000;
const DEFINITION = { name: 'add', arity: null, params: null };

describe('options', () => {
  test('are the defaults where nobody says anything', () => {
    expect(resolveOptions(null, {})).toEqual(DEFAULT_OPTIONS);
  });

  test.each([
    [undefined, {}, {}, {}, 'default'],
    [undefined, {}, {}, { queue: 'app' }, 'app'],
    [undefined, {}, { queue: 'route' }, { queue: 'app' }, 'route'],
    [undefined, { queue: 'task' }, { queue: 'route' }, { queue: 'app' }, 'task'],
    [{ queue: 'call' }, { queue: 'task' }, { queue: 'route' }, { queue: 'app' }, 'call'],
    [{ queue: 'call' }, {}, {}, {}, 'call'],
  ])('are of the call %j, else of the task %j, the route %j, the app %j', (call, task, route, app, queue) => {
    const definition = onApp({ ...DEFINITION, options: task }, app);
    expect(resolveOptions(call ?? null, effectiveTaskOptions(definition, route)).queue).toBe(queue);
  });

  test('of a route are told from those of the call and from the defaults', () => {
    const call = { queue: 'call' };
    expect(routeOf(call, resolveOptions(call, { queue: 'route', maxRetries: 7 }))).toEqual({ maxRetries: 7 });
    expect(routeOf(null, resolveOptions(null, { queue: 'route' }))).toEqual({ queue: 'route' });
    expect(routeOf(null, resolveOptions(null, {}))).toEqual({});
  });

  test('of a call decide only what a call may decide', () => {
    const call = {
      queue: 'q',
      priority: 9,
      ignoreResult: true,
      countdownMs: 5,
      expiresMs: 6,
      maxRetries: 99,
    };
    expect(resolveOptions(call, {})).toEqual({
      ...DEFAULT_OPTIONS,
      queue: 'q',
      priority: 9,
      ignoreResult: true,
    });
  });

  test('may be switched off by the call as well', () => {
    expect(
      resolveOptions({ ignoreResult: false, priority: 0 }, { ignoreResult: true, priority: 5 }),
    ).toMatchObject({
      ignoreResult: false,
      priority: 0,
    });
  });

  test('of a task without retries’ end keep their null', () => {
    expect(resolveOptions(null, { maxRetries: null }).maxRetries).toBeNull();
  });

  test('without call options are one object for all calls of a task', () => {
    const task = { queue: 'q' };
    expect(resolveOptions(null, task)).toBe(resolveOptions(null, task));
    expect(resolveOptions(null, { queue: 'q' })).not.toBe(resolveOptions(null, task));
  });
});

describe('times', () => {
  test.each([
    ['none', null, {}, 0, null, null],
    ['a countdown', { countdownMs: 500 }, {}, 0, NOW + 500, null],
    ['a countdown that began before it was sent', { countdownMs: 500 }, {}, 200, NOW + 300, null],
    ['an eta', { etaAt: 7 }, {}, 200, 7, null],
    ['both: the countdown wins, as in Celery', { countdownMs: 500, etaAt: 7 }, {}, 0, NOW + 500, null],
    ['a relative expiry', { expiresMs: 900 }, {}, 200, null, NOW + 700],
    ['an expiry', { expiresAt: 7 }, {}, 200, null, 7],
    ['both expiries', { expiresMs: 900, expiresAt: 7 }, {}, 0, null, NOW + 900],
    ['the task’s own expiry', null, { expiresMs: 900 }, 200, null, NOW + 700],
    ['no expiry over the task’s', { expiresMs: null }, { expiresMs: 900 }, 0, null, null],
    ['a task without expiry', null, { expiresMs: null }, 0, null, null],
    ['a call’s expiry over the task’s', { expiresAt: 7 }, { expiresMs: 900 }, 0, null, 7],
    ['a call’s relative expiry over the task’s', { expiresMs: 5 }, { expiresMs: 900 }, 0, null, NOW + 5],
  ])('of %s', (_, call, task, ageMs, dueAt, expiresAt) => {
    expect(resolveTimes(call, task, ageMs, NOW)).toEqual({ dueAt, expiresAt });
  });
});

describe('of a route', () => {
  const worker = { options: { maxRetries: 1 }, app: { timeLimitMs: 5, ignoreResult: true, queue: 'app' } };

  test('its queue and priority stand above the app, and nothing else of it above what the worker says', () => {
    const route = {
      queue: 'q',
      priority: 4,
      maxRetries: 9,
      timeLimitMs: 50,
      softTimeLimitMs: 40,
      ignoreResult: false,
      expiresMs: 7,
      keyLimit: 3,
      acksLate: false,
    };
    expect(effectiveTaskOptions(worker, route)).toEqual({
      queue: 'q',
      priority: 4,
      maxRetries: 1,
      timeLimitMs: 5,
      ignoreResult: true,
      expiresMs: 7,
    });
  });

  test('its limits count where the worker has none', () => {
    const limits = { timeLimitMs: 50, softTimeLimitMs: 40 };
    expect(effectiveTaskOptions({ options: {} }, limits)).toEqual(limits);
    expect(effectiveTaskOptions({ options: { softTimeLimitMs: 3 } }, limits)).toEqual({ softTimeLimitMs: 3 });
  });
});
