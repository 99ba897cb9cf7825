import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MONITOR_EVENTS } from '@celeriac/protocol/internal';
import { systemClock } from '@celeriac/runtime';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/token/internal';
import { jwtVerify } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Environment } from './options/flag.ts';
import { run } from './program.ts';

const KEY = '0123456789abcdef0123456789abcdef';

interface Outcome {
  readonly exit: number;
  readonly printed: readonly string[];
  readonly complaints: readonly string[];
}

async function celeriac(args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const exit = await run(args, {
    env,
    clock: systemClock,
    width: undefined,
    print: (line) => void printed.push(line),
    complain: (line) => void complaints.push(line),
  });
  return { exit, printed, complaints };
}

describe('a mistake is one line and exit code 2:', () => {
  test.each([
    ['', 'missing command; see celeriac --help'],
    ['cal add', "unknown command 'cal' (Did you mean call?)"],
    ['gateway --prot 1', "unknown option '--prot' (Did you mean --port?)"],
    ['gateway --port', "option '--port <PORT>' argument missing"],
    ['gateway --port 65536', 'expected --port to be an integer from 0 to 65535, got: 65536'],
    [
      'gateway --host 0.0.0.0',
      'refusing to listen on 0.0.0.0 without keys: give --key SECRET, or --insecure to let anyone in',
    ],
    ['gateway tasks.ts', "too many arguments for 'gateway'. Expected 0 arguments but got 1: tasks.ts."],
    ['worker', "missing required argument 'file'"],
    ['worker no-such-file.ts', 'there is no file no-such-file.ts'],
    ['call', "missing required argument 'name'"],
    ['call add --priority 10', 'expected --priority to be an integer from 0 to 9, got: 10'],
    [
      'call add --eta 2030-01-01 --countdown 1',
      'expected add.applyAsync() to have either countdown or eta, got both',
    ],
    ['call add --wait --ignore-result', 'expected either --wait or --ignore-result, got both'],
    [
      'result x --gateway nowhere',
      "expected --gateway to be a URL such as 'http://127.0.0.1:7600', got: 'nowhere'",
    ],
    ['inspect scheduled --limit 0', 'expected --limit to be an integer from 1 to 5000, got: 0'],
    [
      'inspect history --state failure,done',
      "expected --state to be one of PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, IGNORED, got: 'DONE'",
    ],
    [
      'events --types task-sent,task-done',
      `expected --types to be one of ${MONITOR_EVENTS.join(', ')}, got: 'task-done'`,
    ],
    ['control concurrency w1 many', "expected SLOTS to be an integer from 1 to 10000, got: 'many'"],
    ['token --scope call:add', 'missing --key SECRET or --key-file FILE, a key of the gateway'],
    ['token --key short --scope call:add', 'expected --key to be a string of at least 32 characters'],
    [`token --key ${KEY}`, 'missing --scope SCOPE, such as call:add'],
    [
      `token --key ${KEY} --scope add`,
      "expected a scope to be VERB:WHAT, with one of the verbs call, read, revoke, queue, work, admin, got: 'add'",
    ],
    [`token --key ${KEY} --scope call:send --scope *`, "scope '*' must stand alone"],
    [`token --key ${KEY} --scope read:own`, "scope 'read:own' needs --subject NAME, the owner of the tasks"],
    [
      `token --key ${KEY} --scope revoke:own`,
      "scope 'revoke:own' needs --subject NAME, the owner of the tasks",
    ],
    [`token --key ${KEY} --kid new --scope *`, "no key in the files is named 'new'"],
    [
      'token --key-file no-such.txt --scope *',
      "cannot read --key-file no-such.txt: ENOENT: no such file or directory, open 'no-such.txt'",
    ],
    [
      'gateway --key-file no-such.txt --store memory',
      "cannot read --key-file no-such.txt: ENOENT: no such file or directory, open 'no-such.txt'",
    ],
    [
      'gateway --jwks keys.json',
      'expected --token-issuer together with --jwks: it says whose tokens are accepted',
    ],
    ['result x --token a --token-file b', 'expected either --token or --token-file, got both'],
    [
      'result x --token-file no-such.txt',
      "cannot read --token-file no-such.txt: ENOENT: no such file or directory, stat 'no-such.txt'",
    ],
  ])('celeriac %s', async (line, complaint) => {
    expect(await celeriac(line.split(' ').filter(Boolean))).toEqual({
      exit: 2,
      printed: [],
      complaints: [`celeriac: ${complaint}`],
    });
  });
});

test.each([[['--help']], [['help']], [['call', '--help']], [['help', 'call']], [['--version']]])(
  '%j is an answer, not a mistake',
  async (args) => {
    const { exit, printed, complaints } = await celeriac(args);
    expect(exit).toBe(0);
    expect(printed.join('\n')).not.toBe('');
    expect(complaints).toEqual([]);
  },
);

test('each command says what --json prints', async () => {
  for (const command of [
    'inspect queues',
    'inspect task',
    'events',
    'control pause-queue',
    'call',
    'revoke',
  ]) {
    const { printed } = await celeriac([...command.split(' '), '--help']);
    expect(printed.join('\n')).toMatch(/--json +print .*one\s+JSON\s+object/s);
  }
});

test('the overview names every command and the exit codes', async () => {
  const { printed } = await celeriac(['--help']);
  const help = printed.join('\n');
  for (const verb of [
    'gateway',
    'worker',
    'dev',
    'call',
    'result',
    'revoke',
    'control',
    'inspect',
    'events',
    'token',
  ]) {
    expect(help).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
  }
  expect(help).toContain('Exit codes:');
});

describe('token', () => {
  test('signs the scopes for the gateway, with the first of its keys', async () => {
    const args = [
      'token',
      '--scope',
      'call:add',
      '--scope',
      'read:*',
      '--subject',
      'page',
      '--expires',
      '1h',
    ];
    const { exit, printed } = await celeriac(args, { CELERIAC_KEY: `${KEY},${KEY}-the-last-one` });
    expect(exit).toBe(0);
    const { payload } = await jwtVerify(printed[0] ?? '', new TextEncoder().encode(KEY), {
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    });
    expect(payload).toMatchObject({ scope: 'call:add read:*', sub: 'page' });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(3_600);
  });

  test('as JSON says when it expires', async () => {
    const { printed } = await celeriac(['token', '--key', KEY, '--scope', '*', '--json']);
    expect(JSON.parse(printed[0] ?? '')).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      jti: expect.stringMatching(/^[\w-]{36}$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
  });

  /** A file of the test's own. */
  function fileOf(text: string, mode = 0o600): string {
    const folder = mkdtempSync(join(tmpdir(), 'celeriac-token-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'keys.txt');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  test('is signed with the first key of a file, or the one that is named, and says its name', async () => {
    const file = fileOf(`# newest first\nnew:${KEY}-new\nold:${KEY}-old\n`);
    for (const [flags, kid] of [
      [[], 'new'],
      [['--kid', 'old'], 'old'],
    ] as const) {
      const made = await celeriac(['token', '--key-file', file, ...flags, '--scope', '*'], {
        CELERIAC_KEY: KEY,
      });
      expect(made).toMatchObject({ exit: 0, complaints: [] });
      const key = new TextEncoder().encode(`${KEY}-${kid}`);
      expect((await jwtVerify(made.printed[0] ?? '', key)).protectedHeader).toEqual({ alg: 'HS256', kid });
    }
  });

  test('is made from a file that others may read, which is said', async () => {
    const file = fileOf(KEY, 0o644);
    const { exit, complaints } = await celeriac(['token', '--key-file', file, '--scope', '*']);
    expect(exit).toBe(0);
    expect(complaints).toEqual([`celeriac: others on this machine may read ${file}: chmod 600 ${file}`]);
  });

  test('that is good for longer than gateways take by themselves is made, and that is said', async () => {
    const { exit, complaints } = await celeriac(['token', '--key', KEY, '--scope', '*', '--expires', '91d']);
    expect(exit).toBe(0);
    expect(complaints).toEqual(['celeriac: a gateway accepts this token only with --max-token-age 91d']);
  });

  test.each(['call:send *', '', ' ', 'call:send\t*'])(
    'finding 23: no scope has a space or is empty: %j',
    async (scope) => {
      const { exit, printed, complaints } = await celeriac(['token', '--key', KEY, '--scope', scope]);
      expect({ exit, printed }).toEqual({ exit: 2, printed: [] });
      expect(complaints.join()).toMatch(/^celeriac: expected (a |--)scope/);
    },
  );
});
