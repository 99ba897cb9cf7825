import { describe, expect, test } from 'vitest';
import { checkOrigin, isLoopback, LOOPBACK_HOSTS, type OriginRules } from './origin-guard.ts';

const LOOPBACK: OriginRules = { allowOrigin: [], allowHost: LOOPBACK_HOSTS };
const OPEN: OriginRules = { allowOrigin: ['https://app.example'], allowHost: null };

describe('a request', () => {
  test.each([
    // From a program, which sends no Origin.
    [LOOPBACK, { host: 'localhost:7600' }, null],
    [LOOPBACK, { host: '127.0.0.1:7600' }, null],
    [LOOPBACK, { host: '[::1]:7600' }, null],
    [LOOPBACK, { host: 'LocalHost' }, null],
    // From the gateway's own page.
    [LOOPBACK, { host: 'localhost:7600', origin: 'http://localhost:7600' }, null],
    [LOOPBACK, { host: 'localhost:7600', origin: 'https://localhost:7600' }, null],
    // From a foreign page.
    [LOOPBACK, { host: 'localhost:7600', origin: 'https://evil.example' }, 'BAD_ORIGIN'],
    [LOOPBACK, { host: 'localhost:7600', origin: 'http://localhost:3000' }, 'BAD_ORIGIN'],
    [LOOPBACK, { host: 'localhost:7600', origin: 'http://localhost:7600.evil.example' }, 'BAD_ORIGIN'],
    [LOOPBACK, { host: 'localhost:7600', origin: 'null' }, 'BAD_ORIGIN'],
    [LOOPBACK, { host: 'localhost:7600', origin: '' }, 'BAD_ORIGIN'],
    // Under a name that was bound to this address.
    [LOOPBACK, { host: 'evil.example:7600' }, 'BAD_HOST'],
    [LOOPBACK, { host: 'evil.example:7600', origin: 'http://evil.example:7600' }, 'BAD_HOST'],
    [LOOPBACK, { host: 'localhost.evil.example' }, 'BAD_HOST'],
    [LOOPBACK, { host: '' }, 'BAD_HOST'],
    [LOOPBACK, {}, 'BAD_HOST'],
    // Elsewhere.
    [OPEN, { host: 'gateway.example', origin: 'https://app.example' }, null],
    [OPEN, { host: 'gateway.example', origin: 'https://gateway.example' }, null],
    [OPEN, { host: 'gateway.example', origin: 'https://other.example' }, 'BAD_ORIGIN'],
    [OPEN, { host: 'gateway.example', origin: 'https://app.example.evil.example' }, 'BAD_ORIGIN'],
    [{ ...OPEN, allowOrigin: ['*'] }, { host: 'gateway.example', origin: 'https://other.example' }, null],
    [{ ...OPEN, allowHost: ['gateway.example'] }, { host: 'gateway.example:443' }, null],
    [{ ...OPEN, allowHost: ['gateway.example'] }, { host: 'localhost' }, 'BAD_HOST'],
  ])('under %j with %j: %s', (rules, headers, code) => {
    expect(checkOrigin(headers, rules)?.code ?? null).toBe(code);
  });

  test('that is refused hears why', () => {
    expect(checkOrigin({ host: 'evil.example' }, LOOPBACK)?.message).toBe(
      "host 'evil.example' is not one of: localhost, 127.0.0.1, [::1]; see --allow-host",
    );
    expect(checkOrigin({ host: 'localhost', origin: 'https://evil.example' }, LOOPBACK)?.message).toBe(
      "origin 'https://evil.example' is not allowed; see --allow-origin",
    );
  });
});

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['10.0.0.1', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
