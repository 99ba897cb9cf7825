/** What the compiler promises of signatures. Checked by `tsc`; nothing here runs. */
import { expectTypeOf } from 'vitest';
import { type AsyncResult, Celeriac, type Failure, type Signature } from '../index.ts';

const app = new Celeriac();
const add = app.task('add', (x: number, y: number) => x + y);
const shout = app.task('shout', async (text: string) => text.toUpperCase());
const note = app.task('note', { typing: false }, (...words: unknown[]) => words.length);
const sorry = app.task('sorry', (id: string, error: Failure) => `${id} ${error.message}`);

expectTypeOf(add.s()).toEqualTypeOf<Signature<[x: number, y: number], number>>();
expectTypeOf(add.s(2)).toEqualTypeOf<Signature<[x: number], number>>();
expectTypeOf(add.s(2, 2)).toEqualTypeOf<Signature<[], number>>();
expectTypeOf(add.s(2).delay(1)).toEqualTypeOf<AsyncResult<number>>();
expectTypeOf(shout.s('a').delay()).toEqualTypeOf<AsyncResult<string>>();
expectTypeOf(shout.s('a')()).toEqualTypeOf<Promise<string>>();
expectTypeOf(add.s(2).clone([1])).toEqualTypeOf<Signature<[], number>>();
expectTypeOf(add.s(2).clone()).toEqualTypeOf<Signature<[x: number], number>>();
expectTypeOf(add.s(2).set({ queue: 'q' }).delay(1)).toEqualTypeOf<AsyncResult<number>>();
add.s(2).applyAsync([1], { countdown: 1 });
add.s(2, 2).applyAsync();
add.si(2, 2).delay();
note.s('file').delay('and', 'more');
// @ts-expect-error too many arguments
add.s(1, 2, 3);
// @ts-expect-error an argument has another type
add.s('2');
// @ts-expect-error an argument is missing
add.s(2).delay();
// @ts-expect-error an argument is missing
add.s(2).applyAsync();
// @ts-expect-error immutable: all arguments are its own
add.si(2);

// The result of a task is the first argument of those linked to it.
add.s(1, 2).link(add.s(3)).link(note.s('file')).link(add.si(1, 2)).linkError(sorry.s());
shout.s('a').link(shout.s());
// @ts-expect-error takes a string, is given a number
add.s(1, 2).link(shout.s());
// @ts-expect-error takes nothing more
add.s(1, 2).link(add.s(1, 2));
// @ts-expect-error is given an id and an error
add.s(1, 2).linkError(add.s());
add.applyAsync([1, 2], { link: [add.s(3), note.s('file')], linkError: sorry.s() });
add.s(2).applyAsync([1], { link: add.s(3) });
add.s(2).set({ link: add.s(3) });
app.sendTask('add', [1, 2], { link: shout.s() });
// @ts-expect-error takes a string, is given a number
add.applyAsync([1, 2], { link: shout.s() });
// @ts-expect-error one of them takes a string
add.applyAsync([1, 2], { link: [add.s(3), shout.s()] });
// @ts-expect-error takes a string, is given a number
add.s(2).set({ link: shout.s() });
// @ts-expect-error is given an id and an error
add.applyAsync([1, 2], { linkError: add.s() });
// @ts-expect-error no signature
add.applyAsync([1, 2], { link: add });

const remote = new Celeriac<{ add: typeof add }>();
expectTypeOf(remote.tasks.add.s(2).delay(1)).toEqualTypeOf<AsyncResult<number>>();
