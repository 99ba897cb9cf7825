/** What the compiler promises of scopes. Checked by `tsc`; nothing here runs. */
import { expectTypeOf } from 'vitest';
import { call, mintToken, readOwn, type Scope, type TaskNames } from './index.ts';

const sendable = { delay: (_x: number) => undefined };
const tasks = {
  add: { name: 'add', ...sendable },
  mul: { name: 'math.mul', ...sendable },
  someName: { name: String(1), ...sendable },
  plain: (x: number) => x,
  text: 'add',
} as const;
type Module = typeof tasks;

expectTypeOf<TaskNames<Module>>().toEqualTypeOf<'add' | 'math.mul'>();
expectTypeOf(call(tasks.add)).toEqualTypeOf<'call:add'>();
expectTypeOf(call('anything')).toEqualTypeOf<Scope>();
call<Module>('add');
call<Module>('math.*');
// @ts-expect-error no task of the module has this name
call<Module>('sub');
// @ts-expect-error the name of the export is not the task's
call<Module>('mul');
// @ts-expect-error every function has a name; this one is no task
call(tasks.plain);

void mintToken('key', { sub: 'ann', scope: [call(tasks.add), readOwn, 'queue:fast'], expiresIn: 60 });
// @ts-expect-error no verb
void mintToken('key', { scope: ['add'] });
// @ts-expect-error no such verb
void mintToken('key', { scope: ['write:add'] });
// @ts-expect-error scopes are a list
void mintToken('key', { scope: 'call:add' });
// @ts-expect-error no such limit
void mintToken('key', { scope: ['*'], limits: { calls: 1 } });
