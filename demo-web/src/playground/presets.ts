import { app } from '../app.ts';
import { oneCall } from '../call/call.ts';
import type { Preset } from '../code/preset.ts';

const { add, slow, flaky, broken, story, crash } = app.tasks;

const DRAW = "res.on('state', ({ state, history }) => draw(state, history));";
const VALUE = 'console.log(await res.get());';

export const PRESETS: readonly Preset[] = [
  {
    name: 'add',
    words: 'Adds two numbers.',
    fields: [
      { label: 'x, the first number', initial: 2, min: -999_999, max: 999_999 },
      { label: 'y, the second number', initial: 3, min: -999_999, max: 999_999 },
    ],
    line: ['const res = app.tasks.add.delay(', ', ', ');'],
    rest: ['', DRAW, 'await res.accepted;                  // it is on disk', VALUE],
    call: (code, x = 0, y = 0) => oneCall(`add(${x}, ${y})`, add.delay(x, y), code),
  },
  {
    name: 'slow',
    words: 'Tells how far it is.',
    fields: [{ label: 'how many seconds it takes', initial: 4, min: 1, max: 60 }],
    line: ['const res = app.tasks.slow.delay(', ');'],
    rest: [
      '',
      DRAW,
      "res.on('progress', ({ info }) => bar(info.done, info.of));",
      "cancel.addEventListener('click', () => res.revoke());",
      VALUE,
    ],
    call: (code, seconds = 0) => oneCall(`slow(${seconds})`, slow.delay(seconds), code),
  },
  {
    name: 'flaky',
    words: 'Fails that often, then works.',
    fields: [{ label: 'how often it fails', initial: 2, min: 0, max: 3 }],
    line: ['const res = app.tasks.flaky.delay(', ');'],
    rest: ['', DRAW, "res.on('retry', ({ result }) => console.warn(result.message));", VALUE],
    call: (code, failures = 0) => oneCall(`flaky(${failures})`, flaky.delay(failures), code),
  },
  {
    name: 'broken',
    words: 'Throws an error with a cause.',
    fields: [{ label: 'the number of the order', initial: 17, min: 0, max: 999_999 }],
    line: ['const res = app.tasks.broken.delay(', ');'],
    rest: [
      '',
      DRAW,
      'const end = await res.get({ propagate: false });',
      'if (end instanceof TypeError) console.error(end.cause, res.traceback);',
    ],
    call: (code, order = 0) => oneCall(`broken(${order})`, broken.delay(order), code),
  },
  {
    name: 'story',
    words: 'Streams its words as it finds them.',
    fields: [{ label: 'how many words', initial: 40, min: 1, max: 60 }],
    line: ['const res = app.tasks.story.delay(', ');'],
    rest: ['', DRAW, 'for await (const word of res.stream()) print(word);', VALUE],
    call: (code, words = 0) => oneCall(`story(${words})`, story.delay(words), code, 'yes'),
  },
  {
    name: 'burst',
    words: 'Many calls in one go.',
    fields: [{ label: 'how many calls', initial: 500, min: 1, max: 2_000 }],
    before: ['const all: AsyncResult<number>[] = [];'],
    line: ['for (let n = 0; n < ', '; n++)\n  all.push(app.tasks.add.delay(n, n));'],
    rest: [
      '',
      "for (const [n, res] of all.entries()) res.on('state', ({ state }) => dot(n, state));",
      'console.log(await Promise.all(all.map((res) => res.get())));',
    ],
    call: (code, count = 0) => {
      const madeAt = performance.now();
      const results = Array.from({ length: count }, (_, n) => add.delay(n, n));
      const key = results[0]?.id ?? '';
      return { kind: 'burst', key, label: `${count} × add(n, n)`, results, madeAt, code };
    },
  },
  {
    name: 'crash',
    words: 'Kills its worker, that often.',
    fields: [{ label: 'how many workers it kills', initial: 1, min: 0, max: 3 }],
    line: ['const res = app.tasks.crash.delay(', ');'],
    rest: ['', DRAW, '// STARTED, the worker dies, PENDING, another worker: STARTED …', VALUE],
    call: (code, times = 0) => oneCall(`crash(${times})`, crash.delay(times), code),
  },
];
