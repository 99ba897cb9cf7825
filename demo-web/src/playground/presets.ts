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
    line: ({ open, close }) => [`const res = app.tasks.add${open}`, ', ', `${close};`],
    rest: ['', DRAW, 'await res.accepted;                  // it is on disk', VALUE],
    call: (code, options, x = 0, y = 0) => oneCall(`add(${x}, ${y})`, add.applyAsync([x, y], options), code),
  },
  {
    name: 'slow',
    words: 'Reports its progress.',
    fields: [{ label: 'how many seconds it takes', initial: 4, min: 1, max: 60 }],
    line: ({ open, close }) => [`const res = app.tasks.slow${open}`, `${close};`],
    rest: [
      '',
      DRAW,
      "res.on('progress', ({ info }) => bar(info.done, info.of));",
      "cancel.addEventListener('click', () => res.revoke());",
      VALUE,
    ],
    call: (code, options, seconds = 0) =>
      oneCall(`slow(${seconds})`, slow.applyAsync([seconds], options), code),
  },
  {
    name: 'flaky',
    words: 'Fails a few times, then works.',
    fields: [{ label: 'how often it fails', initial: 2, min: 0, max: 3 }],
    line: ({ open, close }) => [`const res = app.tasks.flaky${open}`, `${close};`],
    rest: ['', DRAW, "res.on('retry', ({ result }) => console.warn(result.message));", VALUE],
    call: (code, options, failures = 0) =>
      oneCall(`flaky(${failures})`, flaky.applyAsync([failures], options), code),
  },
  {
    name: 'broken',
    words: 'Throws an error with a cause.',
    fields: [{ label: 'order number', initial: 17, min: 0, max: 999_999 }],
    line: ({ open, close }) => [`const res = app.tasks.broken${open}`, `${close};`],
    rest: [
      '',
      DRAW,
      'const end = await res.get({ propagate: false });',
      'if (end instanceof TypeError) console.error(end.cause, res.traceback);',
    ],
    call: (code, options, order = 0) =>
      oneCall(`broken(${order})`, broken.applyAsync([order], options), code),
  },
  {
    name: 'story',
    words: 'Streams its words as it finds them.',
    fields: [{ label: 'how many words', initial: 40, min: 1, max: 60 }],
    line: ({ open, close }) => [`const res = app.tasks.story${open}`, `${close};`],
    rest: ['', DRAW, 'for await (const word of res.stream()) print(word);', VALUE],
    call: (code, options, words = 0) =>
      oneCall(`story(${words})`, story.applyAsync([words], options), code, 'yes'),
  },
  {
    name: 'burst',
    words: 'Makes many calls at once.',
    fields: [{ label: 'how many calls', initial: 500, min: 1, max: 2_000 }],
    before: ['const all: AsyncResult<number>[] = [];'],
    line: ({ open, close }) => [
      'for (let n = 0; n < ',
      `; n++)\n  all.push(app.tasks.add${open}n, n${close});`,
    ],
    rest: [
      '',
      "for (const [n, res] of all.entries()) res.on('state', ({ state }) => dot(n, state));",
      'console.log(await Promise.all(all.map((res) => res.get())));',
    ],
    call: (code, options, count = 0) => {
      const madeAt = performance.now();
      const results = Array.from({ length: count }, (_, n) => add.applyAsync([n, n], options));
      const key = results[0]?.id ?? '';
      return { kind: 'burst', key, label: `${count} × add(n, n)`, results, madeAt, code };
    },
  },
  {
    name: 'crash',
    words: 'Kills its worker, then succeeds.',
    fields: [{ label: 'how many workers it kills', initial: 1, min: 0, max: 3 }],
    line: ({ open, close }) => [`const res = app.tasks.crash${open}`, `${close};`],
    rest: ['', DRAW, '// STARTED, the worker dies, PENDING, another worker: STARTED …', VALUE],
    call: (code, options, times = 0) => oneCall(`crash(${times})`, crash.applyAsync([times], options), code),
  },
];
