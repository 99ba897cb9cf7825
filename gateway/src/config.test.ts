import { OptionError, UsageError } from '@celeriac/protocol';
import { describe, expect, test } from 'vitest';
import { GATEWAY_OPTIONS } from './config.ts';
import { createGateway } from './gateway.ts';
import { resolveGatewayOptions } from './gateway-settings.ts';
import { originRules } from './transport/auth/origin-guard.ts';

const KEY = 'k'.repeat(32);

describe('the options', () => {
  test('that nobody gives are the defaults', () => {
    const options = resolveGatewayOptions({});
    const settings = new Map<string, unknown>(Object.entries(options));
    for (const [key, { default: value }] of Object.entries(GATEWAY_OPTIONS)) {
      expect(settings.get(`${key}Ms`) ?? settings.get(key)).toEqual(value);
    }
    expect(options).toMatchObject({
      host: '127.0.0.1',
      port: 7600,
      store: 'sqlite:celeriac.db',
      insecure: false,
    });
  });

  test.each([
    ['host', '::1', '::1'],
    ['port', 0, 0],
    ['path', '/', '/'],
    ['path', '/celeriac', '/celeriac'],
    ['path', '/a/b-c.d/', '/a/b-c.d'],
    ['port', '8080', 8080],
    ['store', 'memory', 'memory'],
    ['store', 'sqlite:/var/x.db', 'sqlite:/var/x.db'],
    ['results', 'none', 'none'],
    ['resultExpires', '7d', 7 * 86_400_000],
    ['resultExpires', 60, 60_000],
    ['resultExpires', '60', 60_000],
    ['keys', [KEY, KEY], [KEY, KEY]],
    ['keys', `${KEY},${KEY}`, [KEY, KEY]],
    ['keyFiles', 'a.txt,b.json', ['a.txt', 'b.json']],
    ['scopeClaim', 'scp', 'scp'],
    ['tokenAudience', 'tasks', 'tasks'],
    ['maxTokenAge', '30d', 30 * 86_400_000],
    ['insecure', true, true],
    ['insecure', '1', true],
    ['insecure', 'false', false],
    ['allowOrigin', 'https://a.example, https://b.example', ['https://a.example', 'https://b.example']],
    ['allowHost', ['A.example'], ['A.example']],
    ['lease', '10s', 10_000],
    ['lease', '5s', 5_000],
    ['grace', '500ms', 500],
    ['grace', 0, 0],
    ['maxDepth', '100000', 100_000],
    ['maxDepth', 1, 1],
    ['maxQueues', '7', 7],
    ['maxConnections', '10', 10],
    ['maxConnectionsPerAddress', 10, 10],
    ['maxPending', '10', 10],
  ] as const)('%s may be %j', (key, given, expected) => {
    const settings = new Map<string, unknown>(Object.entries(resolveGatewayOptions({ [key]: given })));
    expect(settings.get(`${key}Ms`) ?? settings.get(key)).toEqual(expected);
  });

  test.each([
    ['host', '', 'expected host'],
    ['host', 5, 'expected host'],
    ['port', 65_536, 'expected port'],
    ['port', -1, 'expected port'],
    ['port', 80.5, 'expected port'],
    ['port', '80a', 'expected port'],
    ['port', '', 'expected port'],
    ['path', '', 'expected path'],
    ['path', 'celeriac', 'expected path'],
    ['path', '//', 'expected path'],
    ['path', '/a//b', 'expected path'],
    ['path', '/a/../b', 'expected path'],
    ['path', '/a?b', 'expected path'],
    ['path', '/a%2fb', 'expected path'],
    ['path', 'https://a.example/b', 'expected path'],
    ['path', 5, 'expected path'],
    ['store', 'redis:', 'expected store'],
    ['store', 'sqlite:', 'expected store'],
    ['results', 'some', 'expected results'],
    ['resultExpires', 'soon', 'expected resultExpires'],
    ['resultExpires', -1, 'expected resultExpires'],
    ['keys', 'short', 'expected keys'],
    ['keys', [KEY, ''], 'expected keys'],
    ['keys', 5, 'expected keys'],
    ['keyFiles', [''], 'expected keyFiles'],
    ['jwks', '', 'expected jwks'],
    ['jwks', 'http://idp.example/keys', 'expected jwks'],
    ['jwks', 'http://127.0.0.1.idp.example/keys', 'expected jwks'],
    ['jwks', 'https://me:secret@idp.example/keys', 'expected jwks'],
    ['jwks', 'ftp://idp.example/keys', 'expected jwks'],
    ['jwks', 'https://', 'expected jwks'],
    ['jwks', 5, 'expected jwks'],
    ['jwks', 'keys.json', '--token-issuer'],
    ['tokenIssuer', '', 'expected tokenIssuer'],
    ['maxTokenAge', 0, 'expected maxTokenAge'],
    ['insecure', 'maybe', 'expected insecure'],
    ['allowOrigin', [5], 'expected allowOrigin'],
    ['allowHost', '', 'expected allowHost'],
    ['lease', 'long', 'expected lease'],
    ['lease', 0, 'expected lease'],
    ['lease', '4999ms', 'expected lease'],
    ['grace', {}, 'expected grace'],
    ['maxDepth', 0, 'expected maxDepth'],
    ['maxQueues', 0, 'expected maxQueues'],
    ['maxDepth', '1e3', 'expected maxDepth'],
    ['maxConnections', 0, 'expected maxConnections'],
    ['maxConnectionsPerAddress', 'many', 'expected maxConnectionsPerAddress'],
    ['maxPending', -1, 'expected maxPending'],
  ])('%s may not be %j, and the error names %s', (key, given, flag) => {
    expect(() => resolveGatewayOptions({ [key]: given })).toThrow(OptionError);
    expect(() => resolveGatewayOptions({ [key]: given })).toThrow(flag);
  });

  test('of no name are refused with the near one, or with all that are known', () => {
    const make = (given: unknown) => (): unknown => Reflect.apply(createGateway, undefined, [given]);
    expect(make({ hots: '127.0.0.1' })).toThrow("createGateway() has no option 'hots'; did you mean 'host'?");
    expect(make({ Server: {} })).toThrow("did you mean 'server'?");
    expect(make({ something: 1 })).toThrow(/; known are server, clock, .*, host, port/);
    const given: object = { hots: '127.0.0.1' };
    expect(() => resolveGatewayOptions(given)).toThrow("did you mean 'host'?");
  });

  test.each([[7600], ['sqlite:x.db'], [null], [[]]])('that are no object are refused: %j', (given) => {
    expect(() => Reflect.apply(createGateway, undefined, [given])).toThrow(UsageError);
    expect(() => Reflect.apply(createGateway, undefined, [given])).toThrow(
      'expected the options of createGateway() to be an object, got: ',
    );
  });

  test('that are null are as if they had not been given', () => {
    expect(resolveGatewayOptions({ host: null, port: null, jwks: null, keys: null })).toEqual(
      resolveGatewayOptions({}),
    );
  });

  test('never show a key in an error', () => {
    expect(() => resolveGatewayOptions({ keys: ['hunter2'] })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  test('have flags of their own, and help', () => {
    const specs = Object.values(GATEWAY_OPTIONS);
    expect(new Set(specs.map(({ flag }) => flag)).size).toBe(specs.length);
    for (const { flag, help } of specs) {
      expect(flag).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(help.length).toBeGreaterThan(10);
    }
  });
});

describe('an address that others reach', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example'])('is refused without keys: %s', (host) => {
    expect(() => resolveGatewayOptions({ host })).toThrow(/^refusing to listen on .* without keys/);
  });

  test('is taken with keys', () => {
    expect(resolveGatewayOptions({ host: '0.0.0.0', keys: [KEY] }).host).toBe('0.0.0.0');
  });

  test.each([
    { keyFiles: ['keys.txt'] },
    { jwks: 'keys.json', tokenIssuer: 'https://idp.example/' },
    { jwks: 'https://idp.example/keys', tokenIssuer: 'https://idp.example/' },
    { jwks: 'http://[::1]:5000/keys', tokenIssuer: 'https://idp.example/' },
  ])('is taken with keys that are elsewhere: %j', (given) => {
    expect(resolveGatewayOptions({ host: '0.0.0.0', ...given })).toMatchObject(given);
  });

  test('is taken by those who say that they mean it', () => {
    expect(resolveGatewayOptions({ host: '0.0.0.0', insecure: true }).host).toBe('0.0.0.0');
  });
});

describe('the rules for pages', () => {
  test('on loopback know this machine’s names, and those that are allowed', () => {
    expect(originRules(resolveGatewayOptions({ allowHost: ['Tunnel.example'] }))).toEqual({
      allowOrigin: [],
      allowHost: ['localhost', '127.0.0.1', '[::1]', 'tunnel.example'],
    });
  });

  test('elsewhere leave names to the operator', () => {
    const reachable = { host: '0.0.0.0', keys: [KEY] };
    expect(originRules(resolveGatewayOptions(reachable)).allowHost).toBeNull();
    expect(originRules(resolveGatewayOptions({ ...reachable, allowHost: ['a.example'] })).allowHost).toEqual([
      'a.example',
    ]);
  });
});
