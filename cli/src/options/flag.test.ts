import { GATEWAY_OPTIONS } from '@celeriac/gateway/internal';
import { OptionError } from '@celeriac/protocol';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { declareFlags, type Environment, environmentName, type FlagTable, readFlags } from './flag.ts';
import { WORKER_FLAGS } from './worker-flags.ts';

function read<Table extends FlagTable>(table: Table, args: readonly string[], env: Environment = {}) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  declareFlags(command, table);
  command.parse(args, { from: 'user' });
  return readFlags(table, command.opts(), env);
}

describe('a flag', () => {
  test('that nobody gives has its default', () => {
    const { values, given } = read(GATEWAY_OPTIONS, []);
    expect(values).toEqual(
      Object.fromEntries(Object.entries(GATEWAY_OPTIONS).map(([key, flag]) => [key, flag.default])),
    );
    expect(given).toEqual({});
  });

  test('is read from the command line before the environment', () => {
    const env = { CELERIAC_PORT: '1', CELERIAC_STORE: 'memory' };
    const { values, given } = read(GATEWAY_OPTIONS, ['--port', '0'], env);
    expect(values).toMatchObject({ port: 0, store: 'memory' });
    expect(given).toEqual({ port: '0', store: 'memory' });
  });

  test('whose variable is empty is not given', () => {
    expect(read(GATEWAY_OPTIONS, [], { CELERIAC_STORE: '' }).given).toEqual({});
  });

  test('that may be repeated is a list, in the environment separated by commas', () => {
    const origins = ['https://a.example', 'https://b.example'];
    const args = origins.flatMap((origin) => ['--allow-origin', origin]);
    expect(read(GATEWAY_OPTIONS, args).values.allowOrigin).toEqual(origins);
    const env = { CELERIAC_ALLOW_ORIGIN: origins.join(', ') };
    expect(read(GATEWAY_OPTIONS, [], env).values.allowOrigin).toEqual(origins);
  });

  test('that is a switch can be turned off by its variable', () => {
    expect(read(GATEWAY_OPTIONS, ['--insecure']).values.insecure).toBe(true);
    expect(read(GATEWAY_OPTIONS, [], { CELERIAC_INSECURE: 'true' }).values.insecure).toBe(true);
    expect(read(GATEWAY_OPTIONS, [], { CELERIAC_INSECURE: 'false' }).values.insecure).toBe(false);
  });

  test('with a bad value is named, and so is the variable that it came from', () => {
    expect(() => read(GATEWAY_OPTIONS, ['--port', 'x'])).toThrow(
      new OptionError('--port', "expected --port to be an integer from 0 to 65535, got: 'x'"),
    );
    expect(() => read(GATEWAY_OPTIONS, [], { CELERIAC_PORT: 'x' })).toThrow(/ \(from CELERIAC_PORT\)$/);
  });
});

test('every gateway option has a flag, and a variable of the same name', () => {
  const command = new Command();
  declareFlags(command, GATEWAY_OPTIONS);
  expect(command.options.map(({ long }) => long)).toEqual(
    Object.values(GATEWAY_OPTIONS).map(({ flag }) => `--${flag}`),
  );
  expect(environmentName(GATEWAY_OPTIONS.resultExpires)).toBe('CELERIAC_RESULT_EXPIRES');
});

test('help tells the default in words, and the variable', () => {
  const command = new Command();
  declareFlags(command, GATEWAY_OPTIONS);
  const help = command.helpInformation().replaceAll(/\s+/g, ' ');
  expect(help).toContain('(default: 1d, CELERIAC_RESULT_EXPIRES)');
  expect(help).toContain('(default: 127.0.0.1, CELERIAC_HOST)');
  expect(help).toContain('without keys (CELERIAC_INSECURE)');
});

test('queues are separated by commas, repeated, or both', () => {
  const { values } = read(WORKER_FLAGS, ['--queues', 'default, lopri', '--queues', 'media']);
  expect(values.queues).toEqual(['default', 'lopri', 'media']);
  expect(() => read(WORKER_FLAGS, ['--queues', 'a,,b'])).toThrow('--queues');
  expect(read(WORKER_FLAGS, ['--queues', 'media=3,default']).values.queues).toEqual({ media: 3, default: 1 });
});

test('autoscale takes two numbers', () => {
  expect(read(WORKER_FLAGS, ['--autoscale', '2,16']).values.autoscale).toEqual([2, 16]);
  expect(() => read(WORKER_FLAGS, ['--autoscale', '2'])).toThrow('two numbers such as 2,16');
});
