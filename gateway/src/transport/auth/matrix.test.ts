/**
 * Every scope against everything that can be asked for: each frame of both links, each kind of feed, each command, and each
 * thing that a call or a hello may carry, over real sockets.
 */
import type { CallOptions, SubmitItem } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { ACTS, frames } from '../../../test/access-acts.ts';
import { type Act, type Answer, stageOf } from '../../../test/access-stage.ts';
import { startGuarded } from '../../../test/guarded-gateway.ts';
import { CALL_CARRIES, HELLO_CARRIES, OPTIONS_CARRY } from './authorize.ts';

/** Each is tried alone, beside what an act has to have before its question can be put. */
const SCOPES = [
  'call:add',
  'call:sub',
  'call:*',
  'queue:media',
  'queue:default',
  'queue:*',
  'read:his-*',
  'read:hers-*',
  'read:own',
  'read:*',
  'revoke:his-*',
  'revoke:hers-*',
  'revoke:own',
  'revoke:*',
  'work:default',
  'work:media',
  'work:*',
  'admin:read',
  'admin:control',
  'admin:backup',
  'admin:*',
  'own',
  'read',
  ':own',
  '*',
];

/** Said once more, and more simply than the gateway says it. */
function covers(scope: string, needed: string): boolean {
  const wanted = needed.replace(/-x$/, '-');
  return scope.endsWith('*') ? wanted.startsWith(scope.slice(0, -1)) : scope === wanted;
}

function expected({ needs, veiled }: Act, scopes: readonly string[]): Answer {
  const allowed = needs.length === 0 || needs.some((need) => scopes.some((scope) => covers(scope, need)));
  if (allowed) return 'yes';
  return veiled !== undefined && scopes.includes(veiled) ? 'none' : 'no';
}

describe('a token of one scope may do what the scope says, and nothing else', () => {
  test.each([...SCOPES, ''])('%s', { timeout: 60_000 }, async (scope) => {
    const guarded = await startGuarded();
    let made = 0;
    const table: Record<string, readonly [Answer, Answer]> = {};
    for (const [name, act] of ACTS) {
      // The one for everything stands alone.
      const scopes = scope === '*' ? [scope] : [...(act.beside ?? []), scope].filter(Boolean);
      const stage = await stageOf(guarded, scopes, () => made++);
      // Each with its token alone, so that nothing is allowed because of what came before.
      table[name] = [await act.act(stage), expected(act, scopes)];
      stage.client.terminate();
    }
    const wrong = Object.entries(table).filter(([, [is, should]]) => is !== should);
    expect(wrong).toEqual([]);
    expect(Object.keys(table)).toHaveLength(ACTS.length);
  });
});

describe('what a call and a hello carry', () => {
  test('is asked about where it gives its sender anything', () => {
    const asked = [CALL_CARRIES, OPTIONS_CARRY, HELLO_CARRIES].flatMap((table) => Object.values(table));
    const entries = new Set(asked.filter((entry) => entry !== null && entry !== 'options'));
    for (const entry of entries) expect(frames).toHaveProperty(entry);
    expect(entries).toEqual(
      new Set(['repeat', 'submit', 'lineage', 'queue', 'link', 'hello', 'session', 'definition']),
    );
  });

  test('has as many places as it is said to', () => {
    const places: readonly (keyof SubmitItem & string)[] = ['0', '1', '2', '3', '4', '5', '6'];
    expect(Object.keys(CALL_CARRIES)).toEqual(places);
    const options: CallOptions = { link: [], linkError: [], queue: '', priority: 0 };
    for (const name of Object.keys(options)) expect(OPTIONS_CARRY).toHaveProperty(name, expect.any(String));
  });
});
