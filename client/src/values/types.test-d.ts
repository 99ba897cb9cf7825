/** What the compiler promises of serializers. Checked by `tsc`; nothing here runs. */
import { expectTypeOf } from 'vitest';
import { type AsyncResult, Celeriac, type Serializer, type SerializerName } from '../index.ts';

const app = new Celeriac({ serializer: 'devalue', taskRoutes: { 'media.*': { serializer: 'json' } } });
const count = app.task(
  'count',
  { serializer: 'devalue' },
  (words: Map<string, Date>) => new Set(words.keys()),
);

// A serializer changes nothing about the types of a task: what goes in and comes out is what the function says.
expectTypeOf(count.delay(new Map())).toEqualTypeOf<AsyncResult<Set<string>>>();
count.applyAsync([new Map()], { serializer: 'json' });
count.s(new Map()).set({ serializer: 'mine' }).delay();

const remote = new Celeriac<{ count: typeof count }>({ serializer: 'devalue' });
expectTypeOf(remote.tasks.count.applyAsync([new Map()], { serializer: 'devalue' })).toEqualTypeOf<
  AsyncResult<Set<string>>
>();

// @ts-expect-error a name is a string
app.sendTask('count', [], { serializer: 7 });
// @ts-expect-error a serializer is registered, then named
app.task('other', { serializer: { name: 'mine' } }, () => 1);

expectTypeOf(
  app.registerSerializer({
    name: 'mine',
    contentType: 'text/x-mine',
    encode: (value) => String(value),
    decode: (body) => body.length,
  }),
).toEqualTypeOf<typeof app>();
// @ts-expect-error nothing to read with
app.registerSerializer({ name: 'mine', contentType: 'text/x-mine', encode: String });
// @ts-expect-error a body is a string
app.registerSerializer({ name: 'm', contentType: 'text/m', encode: () => new Uint8Array(), decode: String });

expectTypeOf<'mine'>().toExtend<SerializerName>();
expectTypeOf<Parameters<Serializer['encode']>>().toEqualTypeOf<[value: unknown]>();
