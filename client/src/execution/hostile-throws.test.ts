import { runInNewContext } from 'node:vm';
import { SoftTimeLimitExceeded } from '@celeriac/protocol';
import { decodeFailure, type Outcome } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { SIGNAL, type TaskSelf } from '../hosting.ts';
import { Reject } from '../signals.ts';
import { TestExecutor } from '../test/test-executor.ts';
import { AbortSource } from './abort-source.ts';

const trap = (): never => {
  throw new Error('trap');
};
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
const everyTrap: ProxyHandler<Error> = Object.fromEntries(Reflect.ownKeys(Reflect).map((key) => [key, trap]));
const signal = (given: unknown): Error => Object.assign(new Error('signal'), { [SIGNAL]: given });

const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ['a revoked proxy', revoked],
  ['a proxy that traps everything', () => new Proxy(new Error('no'), everyTrap)],
  ['an error whose message is a trap', () => Object.defineProperty(new Error(), 'message', { get: trap })],
  ['an error whose stack is a trap', () => Object.defineProperty(new Error('no'), 'stack', { get: trap })],
  ['an error whose cause is a revoked proxy', () => new Error('no', { cause: revoked() })],
  ['members that are a revoked proxy', () => Object.assign(new AggregateError([]), { errors: revoked() })],
  ['an object whose toString and toJSON throw', () => ({ toString: trap, toJSON: trap })],
  ['a class that nobody can name', () => Object.assign(new Error('no'), { constructor: revoked() })],
  ['a symbol', () => Symbol('s')],
  ['null', () => null],
  ['nothing', () => undefined],
  ['an object without a prototype', () => Object.create(null)],
  ['a message of 20 MB', () => new Error('x'.repeat(20_000_000))],
  ['a name of 20 MB', () => Object.assign(new Error('no'), { name: 'x'.repeat(20_000_000) })],
  ['an error of another realm', () => runInNewContext("new RangeError('no')")],
  ['a signal that is none', () => signal({ kind: 'dance' })],
  ['a signal that is a revoked proxy', () => signal(revoked())],
  [
    'a retry that is not well',
    () => signal({ kind: 'retry', exc: revoked(), countdownMs: 'x', args: revoked() }),
  ],
];

/** What is said of a run that failed. */
function said({ outcome: [kind, error] }: { readonly outcome: Outcome }): string {
  if (kind !== 'failure' && kind !== 'rejected') return `it ended as ${kind}`;
  const { name, message } = decodeFailure(error);
  return `failed: ${name}: ${message}`;
}

describe.each(HOSTILE)('%s', (_, make) => {
  const t = new TestExecutor();
  const fails = /^failed: .+/;

  test.each<[string, () => unknown]>([
    [
      'thrown',
      () => {
        throw make();
      },
    ],
    ['a promise rejects with', () => Promise.reject(make())],
    // biome-ignore lint/suspicious/noThenProperty: a query builder looks like this
    ['a thenable rejects with', () => ({ then: (_done: unknown, no: (why: unknown) => void) => no(make()) })],
    [
      'a generator throws',
      async function* () {
        yield 1;
        throw make();
      },
    ],
  ])('that is %s is a failure', async (_way, body) => {
    expect(said(await t.run(body))).toMatch(fails);
    expect(
      said(
        await t.run(body, {
          autoretryFor: [RangeError, 'NeverThrown'],
          throws: [RangeError],
          handlers: {
            beforeStart: () => {
              throw make();
            },
            onFailure: (_self, error) => Promise.reject(error),
            afterReturn: () => Promise.reject(make()),
          },
        }),
      ),
    ).toMatch(/^failed: .+|^it ended as retry$/);
    const abort = new AbortSource();
    abort.ask(new SoftTimeLimitExceeded('late'));
    expect(said(await t.run(body, { abort }))).toMatch(fails);
  });

  test('that is what a retry or a rejection is about', async () => {
    const retried = (self: TaskSelf): never => self.retry({ exc: make() });
    expect(said(await t.run(retried, { bind: true }))).toMatch(/retry|failed/);
    expect(said(await t.run(retried, { bind: true, context: { retries: 9, maxRetries: 3 } }))).toMatch(fails);
    const rejecting = (): never => {
      throw new Reject(make());
    };
    expect(said(await t.run(rejecting))).toMatch(fails);
  });

  test('that is returned is a failure as well, or what it says of itself', async () => {
    for (const body of [make, async () => make()])
      expect(said(await t.run(body))).toMatch(/^failed: .+|^it ended as success$/);
  });
});

test('an error of another realm is one of those that a task retries', async () => {
  const body = () => runInNewContext("throw new RangeError('no')");
  for (const autoretryFor of [[RangeError], ['RangeError']])
    expect((await new TestExecutor().run(body, { autoretryFor })).outcome[0]).toBe('retry');
  expect((await new TestExecutor().run(body, { autoretryFor: [TypeError] })).outcome[0]).toBe('failure');
});

test('a promise of a class of its own that calls back twice ends its task once', async () => {
  class Twice extends Promise<never> {
    // biome-ignore lint/suspicious/noThenProperty: this is what is tried
    override then<Kept, Refused>(
      kept?: ((value: never) => Kept | PromiseLike<Kept>) | null,
      refused?: ((reason: unknown) => Refused | PromiseLike<Refused>) | null,
    ): Promise<Kept | Refused> {
      void super.then(kept, refused);
      return super.then(kept, refused);
    }
  }
  const t = new TestExecutor();
  await t.run(() => Twice.reject(new Error('once')));
  await t.clock.advance(0);
  expect(t.lines.map(({ msg }) => msg)).toEqual(['failed']);
});
