import { GATEWAY_OPTIONS } from '@celeriac/gateway';
import { OptionError, show } from '@celeriac/protocol';
import { mintToken } from '../hosting/mint-token.ts';
import type { Flag } from '../options/flag.ts';
import { jsonFlag } from '../options/json.ts';
import { readDuration, readText } from '../options/readers.ts';
import { EXIT } from '../output/exit-codes.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `A scope is VERB:WHAT, where VERB is call, queue, read, revoke, work or admin; a * at its end stands for any rest,
and * alone for everything. With several keys, separated by commas, the first one signs.

Examples:
  celeriac token --key "$KEY" --subject user-17 --scope call:add --scope read:own --scope revoke:own    for a page
  celeriac token --key "$KEY" --scope 'work:*' --expires 30d       for a worker`;

const key: Flag<string | undefined> = {
  flag: 'key',
  value: 'SECRET',
  help: 'a key of the gateway',
  default: undefined,
  parse: (given, flag) => GATEWAY_OPTIONS.keys.parse(given, flag)[0],
};

const scopes: Flag<readonly string[]> = {
  flag: 'scope',
  value: 'SCOPE',
  help: 'what the token allows, such as call:add; repeatable',
  default: [],
  many: true,
  parse: readScopes,
};

const expiresMs: Flag<number> = {
  flag: 'expires',
  value: 'DURATION',
  help: 'how long the token is good for, such as 15m or 30d',
  default: 900_000,
  parse: readDuration,
};

const subject: Flag<string> = {
  flag: 'subject',
  value: 'NAME',
  help: 'whose token it is',
  default: 'token',
  parse: readText,
};

export const tokenVerb = defineVerb({
  name: 'token',
  summary: 'make a token for a gateway with keys',
  operands: [],
  flags: {
    key,
    scopes,
    expiresMs,
    subject,
    json: jsonFlag('the token and when it expires as one JSON object'),
  },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    if (values.key === undefined) throw new OptionError('key', 'missing --key SECRET, a key of the gateway');
    if (values.scopes.length === 0) throw new OptionError('scope', 'missing --scope SCOPE, such as call:add');
    const expiresAt = new Date(terminal.clock.now() + values.expiresMs);
    const token = await mintToken(values.key, { ...values, expiresAt });
    terminal.print(values.json ? JSON.stringify({ token, expiresAt }) : token);
    return EXIT.ok;
  },
});

function readScopes(given: unknown, flag: string): readonly string[] {
  const scopes: readonly unknown[] = Array.isArray(given) ? given : readText(given, flag).split(',');
  return scopes.map((scope) => {
    if (typeof scope === 'string' && /^(\*|(call|queue|read|revoke|work|admin):\S+)$/.test(scope))
      return scope;
    throw new OptionError(
      flag,
      `expected --${flag} to be VERB:WHAT with call, queue, read, revoke, work or admin, got: ${show(scope)}`,
    );
  });
}
