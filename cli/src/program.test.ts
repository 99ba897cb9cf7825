import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@celeriac/gateway';
import { MONITOR_EVENTS } from '@celeriac/protocol';
import { systemClock } from '@celeriac/runtime';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
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
    ['gateway --port 65536', "expected --port to be a port from 0 to 65535, got: '65536'"],
    [
      'gateway --host 0.0.0.0',
      'refusing to listen on 0.0.0.0 without keys: give --key SECRET, or --insecure to let anybody in',
    ],
    ['gateway tasks.ts', "too many arguments for 'gateway'. Expected 0 arguments but got 1: tasks.ts."],
    ['worker', "missing required argument 'file'"],
    ['worker no-such-file.ts', 'there is no file no-such-file.ts'],
    ['call', "missing required argument 'name'"],
    ['call add --priority 10', 'expected priority to be an integer from 0 to 9, got: 10'],
    [
      'call add --eta 2030-01-01 --countdown 1',
      'expected add.applyAsync() to have countdown or eta, got both',
    ],
    ['call add --wait --ignore-result', '--wait and --ignore-result contradict each other'],
    [
      'result x --gateway nowhere',
      "expected --gateway to be a URL such as http://127.0.0.1:7600, got: 'nowhere'",
    ],
    ['inspect scheduled --limit 0', "expected --limit to be a number from 1 to 5000, got: '0'"],
    [
      'inspect history --state failure,done',
      "expected --state to be of PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, IGNORED, got: 'done'",
    ],
    [
      'events --types task-sent,task-done',
      `expected --types to be of ${MONITOR_EVENTS.join(', ')}, got: 'task-done'`,
    ],
    ['control concurrency w1 many', "expected SLOTS to be a number from 1 on, got: 'many'"],
    ['token --scope call:add', 'missing --key SECRET, a key of the gateway'],
    ['token --key short --scope call:add', 'expected --key to have at least 32 characters'],
    [`token --key ${KEY}`, 'missing --scope SCOPE, such as call:add'],
    [
      `token --key ${KEY} --scope add`,
      "expected --scope to be VERB:WHAT with call, queue, read, revoke, work or admin, got: 'add'",
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
      expiresAt: expect.stringMatching(/Z$/),
    });
  });
});
