/**
 * Every public function that takes options is asked which there are (an error about one that it does not know lists them), and each of
 * them is then misspelt and given what it cannot be: an option is looked at here from its first day.
 */
import { Celeriac, Reject, ResultSet, Retry } from '@celeriac/client';
import { createGateway } from '@celeriac/gateway';
import { OptionError, UsageError } from '@celeriac/protocol';
import { systemClock } from '@celeriac/runtime';
import { createWorker } from '@celeriac/worker';
import { describe, expect, test } from 'vitest';
import { run } from '../program.ts';

const app = new Celeriac({ alwaysEager: true });
const add = app.task('add', (x: number, y: number) => x + y);
const res = add.delay(2, 2);
/** Calls nothing: nothing of it is right. */
const sent = new Celeriac();
const worker = createWorker(app);

type Use = (options: unknown) => unknown;

/** By what errors call it. Only refusals are tried: nothing is sent, nothing listens. */
const CALLS: Readonly<Record<string, Use>> = {
  'new Celeriac()': (given) => Reflect.construct(Celeriac, [given]),
  "app.task('other')": (given) => Reflect.apply(app.task, app, ['other', given, () => 1]),
  'add.applyAsync()': (given) => Reflect.apply(sent.sendTask, sent, ['add', [2, 2], given]),
  'add.apply()': (given) => Reflect.apply(add.apply, add, [[2, 2], given]),
  'get()': (given) => Reflect.apply(res.get, res, [given]),
  'stream()': (given) => Reflect.apply(res.stream, res, [given]).next(),
  'iterdeps()': (given) => Reflect.apply(res.iterdeps, res, [given]).next(),
  'collect()': (given) => Reflect.apply(res.collect, res, [given]).next(),
  'getLeaf()': (given) => Reflect.apply(res.getLeaf, res, [given]),
  'revoke()': (given) => Reflect.apply(res.revoke, res, [given]),
  'join()': (given) => Reflect.apply(ResultSet.prototype.join, new ResultSet([res]), [given]),
  'completed()': (given) =>
    Reflect.apply(ResultSet.prototype.completed, new ResultSet([res]), [given]).next(),
  'app.close()': (given) => Reflect.apply(app.close, app, [given]),
  'app.control.revokeToken()': (given) =>
    Reflect.apply(app.control.revokeToken, app.control, [{ jti: 'a' }, given]),
  'monitor.tasks()': (given) => Reflect.apply(app.monitor.tasks, app.monitor, [given]),
  'monitor.history()': (given) => Reflect.apply(app.monitor.history, app.monitor, [given]),
  'monitor.events()': (given) => Reflect.apply(app.monitor.events, app.monitor, [given]),
  'retry()': (given) => Reflect.construct(Retry, [given]),
  'new Reject()': (given) => Reflect.construct(Reject, ['why', given]),
  'createWorker()': (given) => Reflect.apply(createWorker, undefined, [app, given]),
  'stop()': (given) => Reflect.apply(worker.stop, worker, [given]),
  'createGateway()': (given) => Reflect.apply(createGateway, undefined, [given]),
};

/** What may be anything; links and routes are read with more than their table knows. */
const ANYTHING = ['exc'];
/** Said without what came, which is a secret. */
const SECRET = ['keys'];
const NO_OPTION = 'q'.repeat(40);
const ODD: unknown = Symbol('odd');

async function refusal(use: Use, given: unknown): Promise<Error> {
  try {
    await use(given);
  } catch (error) {
    if (error instanceof OptionError || error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** The options that there are, those of an option as well: `retryPolicy.maxRetries`. */
async function namesOf(use: Use, path: readonly string[] = []): Promise<readonly string[]> {
  const { message } = await refusal(use, within(path, { [NO_OPTION]: 1 }));
  const known = /; known are (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const below = await Promise.all(
    known.map(async (name) => {
      const inner = [...path, name];
      const isObject = /to be an object, got/.test((await taken(use, within(inner, ODD))) ?? '');
      const own = name === 'headers' || !isObject ? [] : await namesOf(use, inner);
      return [inner.join('.'), ...own];
    }),
  );
  return below.flat();
}

async function taken(use: Use, given: unknown): Promise<string | undefined> {
  return refusal(use, given).then(
    ({ message }) => message,
    () => undefined,
  );
}

function within(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, name) => ({ [name]: inner }), value);
}

/** Values that an option cannot have, by what it says that it has. */
const WRONG: readonly (readonly [what: RegExp, values: (...bounds: number[]) => readonly unknown[]])[] = [
  [
    /^an integer from (\d+) to (\d+)/,
    (least = 0, most = 0) => [least - 1, most + 1, least + 0.5, Number.NaN],
  ],
  [
    /^an integer of at least (\d+)/,
    (least = 0) => [least - 1, least + 0.5, 2 ** 53, Number.POSITIVE_INFINITY],
  ],
  [/^a string of 1 to (\d+) characters/, (most = 0) => ['', 'x'.repeat(most + 1), 5]],
  [/^a string that/, () => ['', 5]],
  [/^true or false/, () => ['yes', 2, {}]],
  [/^one of/, () => ['', 'x', 5]],
  [/^a number of seconds/, () => [-1, Number.NaN, 'soon', '3651d', '1 week']],
  [/^a number of bytes/, () => [-1, 0, 'much', '5 tb', Number.NaN]],
  [/^a number of runs per second/, () => [-1, 0, '10/d', Number.NaN]],
  [/^an array/, () => [5, {}]],
  [/^an? (function|object|clock|logger|engine|HTTP server|AbortSignal)/, () => [5, 'x']],
  [/^a valid Date/, () => [5, 'tomorrow', new Date(Number.NaN)]],
  [/^a URL/, () => ['', 'localhost', 'ftp://localhost', 5]],
];

describe.each(Object.entries(CALLS))('%s', (where, use) => {
  test('refuses what is no object of options', async () => {
    for (const given of [5, 'media', []])
      expect(await refusal(use, given)).toMatchObject({
        name: 'UsageError',
        message: expect.stringMatching(/^expected the options of \S+.* to be an object, got: /),
      });
  });

  test('refuses an option that it does not have, with the near one', async () => {
    const names = await namesOf(use);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const path = name.split('.');
      const last = path.at(-1) ?? '';
      const misspelt = await refusal(use, within([...path.slice(0, -1), `${last}x`], 1));
      const of = path.length === 1 ? where : path.slice(0, -1).join('.');
      expect(misspelt).toBeInstanceOf(OptionError);
      expect(misspelt.message).toBe(`${of} has no option '${last}x'; did you mean '${last}'?`);
    }
  });

  test('says of each option what it cannot be', async () => {
    for (const name of await namesOf(use)) {
      if (ANYTHING.includes(name)) continue;
      const path = name.split('.');
      const { message } = await refusal(use, within(path, ODD));
      const what = /^expected (?:\S+) to be (.*), got: Symbol\(odd\)$/.exec(message)?.[1];
      expect([name, what]).toEqual([name, expect.any(String)]);
      const [pattern, values] = WRONG.find(([one]) => one.test(what ?? '')) ?? [/^/, () => []];
      const bounds = pattern.exec(what ?? '')?.slice(1) ?? [];
      for (const value of values(...bounds.map(Number))) {
        const error = await refusal(use, within(path, value));
        expect([name, error]).toEqual([name, expect.any(OptionError)]);
        expect(error.message).toMatch(
          SECRET.includes(name) ? /^expected keys/ : new RegExp(`^expected ${name}\\S* to be .+, got: `),
        );
      }
    }
  });

  test.each([undefined, null])('takes %s for what is not given', async (nothing) => {
    const given = Object.fromEntries((await namesOf(use)).map((name) => [name.split('.')[0], nothing]));
    expect(await refusal(use, { ...given, [NO_OPTION]: 1 })).toMatchObject({ option: NO_OPTION });
  });
});

test('a signature refuses an option that a call does not have', async () => {
  const set: Use = (given) => Reflect.apply(add.s(2, 2).set, undefined, [given]);
  expect(await namesOf(set)).toEqual(
    (await namesOf(CALLS['add.applyAsync()'] ?? set)).filter((name) => !name.includes('.')),
  );
  expect((await refusal(set, { prioritty: 1 })).message).toBe(
    "add.s().set() has no option 'prioritty'; did you mean 'priority'?",
  );
});

describe('the command', () => {
  async function said(args: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
    const lines: string[] = [];
    const print = (line: string) => void lines.push(line);
    const env = { COLUMNS: '400' };
    const exit = await run(args, { env, clock: systemClock, width: undefined, print, complain: print });
    return { exit, text: lines.join('\n') };
  }

  async function commandsBelow(path: readonly string[]): Promise<readonly (readonly string[])[]> {
    const { text } = await said([...path, '--help']);
    const [, list = ''] = text.split(/\nCommands:\n/);
    const names = [...(list.split('\n\n')[0] ?? '').matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name);
    const commands = names.filter((name) => name !== 'help').map((name) => [...path, name]);
    const below = await Promise.all(commands.map(commandsBelow));
    return names.length === 0 ? [path] : below.flat();
  }

  test('refuses each flag that it does not have with the near one, and each that has no value with what it takes', async () => {
    const commands = await commandsBelow([]);
    expect(commands.length).toBeGreaterThan(20);
    for (const command of commands) {
      const { text: help } = await said([...command, '--help']);
      const [, operands = ''] = /^Usage: .*\[options\](.*)$/m.exec(help) ?? [];
      const needed = [...operands.matchAll(/<\w+>/g)].map(() => 'x');
      for (const [, flag = '', value] of help.matchAll(/^ {2}--([a-z-]+)(?: <(.+?)>)?/gm)) {
        const place = [...command, flag].join(' ');
        const misspelt = await said([...command, ...needed, `--${flag}x`]);
        expect([place, misspelt]).toEqual([
          place,
          { exit: 2, text: expect.stringContaining(`unknown option '--${flag}x' (Did you mean `) },
        ]);
        if (value === undefined) continue;
        const empty = await said([...command, ...needed, `--${flag}`, '']);
        const got = flag === 'key' ? '' : ", got: ''";
        expect([place, empty]).toEqual([
          place,
          {
            exit: 2,
            text: expect.stringMatching(new RegExp(`^celeriac: expected --${flag} to be .+${got}$`)),
          },
        ]);
      }
    }
  });
});
