import { GATEWAY_OPTIONS, readKeyFile } from '@celeriac/gateway/internal';
import { OptionError } from '@celeriac/protocol';
import { mintToken, readOwn, revokeOwn, type Scope, type SigningKey } from '@celeriac/token';
import { faultOfScope } from '@celeriac/token/internal';
import { decodeJwt } from 'jose';
import { jsonFlag } from '../options/common-flags.ts';
import { type Flag, optionalFlag } from '../options/flag.ts';
import { durationOption, textOption, words } from '../options/readers.ts';
import { EXIT } from '../output/exit.ts';
import { formatDuration } from '../output/format.ts';
import type { Terminal } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

const EPILOGUE = `A scope is VERB:WHAT; a * at the end of WHAT stands for any rest, and * alone for everything.
  call:NAME                   to call a task; its caller may also watch it
  read:own, revoke:own        to read, and to revoke, tasks of the token's subject; needs --subject
  read:ID, revoke:ID          the same for tasks of others
  queue:NAME                  to send calls to a queue that is not the task's own, or with a higher priority
  work:QUEUE                  to take tasks from a queue, as a worker
  admin:read, admin:control   to see everything; to change everything
  admin:backup                to copy the store on the gateway's machine

The token is signed with the first key of the first file, else with --key; --kid chooses another key of the files.
Keys in a file do not appear in the list of processes.

Examples:
  celeriac token --key-file keys.txt --scope call:add --scope read:own --scope revoke:own --subject ann    for a page
  celeriac token --key-file keys.txt --scope 'work:*' --expires 30d                                        for a worker`;

const keys: Flag<readonly string[]> = {
  ...GATEWAY_OPTIONS.keys,
  help: 'a key of the gateway',
};

const keyFiles: Flag<readonly string[]> = {
  flag: 'key-file',
  value: 'FILE',
  help: 'a file of the gateway’s keys; repeatable',
  default: [],
  many: true,
  read: words(textOption),
};

const scopes: Flag<readonly Scope[]> = {
  flag: 'scope',
  value: 'SCOPE',
  help: 'what the token allows, such as call:add; repeatable',
  default: [],
  many: true,
  read: readScopes,
};

const expiresMs: Flag<number> = {
  flag: 'expires',
  value: 'DURATION',
  help: 'how long the token is valid, such as 15m or 30d',
  default: 900_000,
  read: durationOption,
};

export const tokenVerb = defineVerb({
  name: 'token',
  summary: 'make a token for a gateway with keys',
  operands: [],
  flags: {
    keys,
    keyFiles,
    kid: optionalFlag('kid', 'NAME', 'name of the key in the files that signs the token', textOption),
    scopes,
    expiresMs,
    subject: optionalFlag('subject', 'NAME', 'the user or program that the token is for', textOption),
    jti: optionalFlag(
      'jti',
      'NAME',
      'the token’s own name, by which it can be revoked; default: a random one',
      textOption,
    ),
    json: jsonFlag('the token, its name and when it expires as one JSON object'),
  },
  epilogue: EPILOGUE,
  async run({ values, terminal }) {
    const key = chooseKey(values, terminal);
    if (values.scopes.length === 0) throw new OptionError('scope', 'missing --scope SCOPE, such as call:add');
    const own = values.scopes.find((scope) => scope === readOwn || scope === revokeOwn);
    if (own !== undefined && values.subject === undefined) {
      throw new OptionError('subject', `scope '${own}' needs --subject NAME, the owner of the tasks`);
    }
    const token = await mintToken(key, {
      scope: values.scopes,
      sub: values.subject,
      jti: values.jti,
      expiresIn: values.expiresMs / 1_000,
    });
    warnOfAge(values.expiresMs, terminal);
    const { exp = 0, jti: name } = decodeJwt(token);
    terminal.print(
      values.json ? JSON.stringify({ token, jti: name, expiresAt: new Date(exp * 1_000) }) : token,
    );
    return EXIT.ok;
  },
});

interface KeyValues {
  readonly keys: readonly string[];
  readonly keyFiles: readonly string[];
  readonly kid: string | undefined;
}

function chooseKey(
  { keys: secrets, keyFiles: paths, kid: wanted }: KeyValues,
  terminal: Terminal,
): SigningKey {
  const held = paths.flatMap((path) => {
    const { keys: found, exposed } = readKeyFile(path);
    if (exposed) terminal.complain(`celeriac: others on this machine may read ${path}: chmod 600 ${path}`);
    return found;
  });
  if (wanted === undefined) {
    const [first] = held;
    const secret = first === undefined ? secrets[0] : undefined;
    if (first !== undefined) return signingKey(first);
    if (secret !== undefined) return secret;
    throw new OptionError('key', 'missing --key SECRET or --key-file FILE, a key of the gateway');
  }
  const named = held.find((key) => key.kid === wanted);
  if (named !== undefined) return signingKey(named);
  throw new OptionError('kid', `no key in the files is named '${wanted}'`);
}

function signingKey({ kid: name, secret }: ReturnType<typeof readKeyFile>['keys'][number]): SigningKey {
  return { kid: name ?? undefined, key: { kty: 'oct', k: Buffer.from(secret).toString('base64url') } };
}

function warnOfAge(ageMs: number, terminal: Terminal): void {
  if (ageMs <= GATEWAY_OPTIONS.maxTokenAge.default) return;
  terminal.complain(
    `celeriac: a gateway accepts this token only with --max-token-age ${formatDuration(ageMs)}`,
  );
}

function readScopes(given: unknown, name: string): readonly Scope[] {
  const list = (Array.isArray(given) ? given : String(given).split(',')).map((one) => textOption(one, name));
  const fault = list.map((scope) => faultOfScope(scope, list)).find((found) => found !== null);
  if (fault !== undefined) throw new OptionError(name, fault);
  return list.filter((scope) => isScope(scope));
}

function isScope(scope: unknown): scope is Scope {
  return faultOfScope(scope) === null;
}
