import { resolveGatewayOptions } from '@celeriac/gateway/internal';
import { expect, test } from 'vitest';
import { givenBy } from './environment.ts';

test('what is set is given by the names that the gateway has for it', () => {
  const key = 'a key of at least thirty-two characters';
  const environment = { CELERIAC_PORT: '0', CELERIAC_KEY: key, CELERIAC_RESULT_EXPIRES: '2h', PORT: '1' };
  expect(resolveGatewayOptions(givenBy(environment))).toMatchObject({
    port: 0,
    keys: [key],
    resultExpiresMs: 7_200_000,
  });
});

test('an empty variable is not set', () => {
  expect(givenBy({ CELERIAC_PORT: '', CELERIAC_HOST: undefined })).toEqual({});
});
