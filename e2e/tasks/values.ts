/** Tasks whose arguments and results are more than JSON carries. */
import { Celeriac } from '@celeriac/client';
import { csv } from './csv.ts';

export const app = new Celeriac();
app.registerSerializer(csv);

/** When each word was first seen, and the words of each moment. */
export const moments = app.task('moments', { serializer: 'devalue' }, (words: Map<string, Date>) => {
  const byTime = new Map<number, Set<string>>();
  for (const [word, at] of words) byTime.set(at.getTime(), (byTime.get(at.getTime()) ?? new Set()).add(word));
  return { byTime, latest: new Date(Math.max(...byTime.keys())), total: BigInt(words.size) };
});

export interface Ring {
  readonly name: string;
  next?: Ring;
}

/** A ring that goes through the given one and another. */
export const widen = app.task('widen', { serializer: 'devalue' }, (ring: Ring) => {
  ring.next = { name: `after ${ring.name}`, next: ring };
  return ring;
});

export const columns = app.task('columns', { serializer: 'csv' }, (rows: readonly (readonly string[])[]) =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? '')),
);

export const mean = app.task('mean', (numbers: readonly number[]) => ({
  title: 'mean',
  items: [numbers.length, numbers.reduce((sum, one) => sum + one, 0) / numbers.length],
}));

/** Says what it was given, in words. */
export const describe = app.task('describe', { typing: false }, (...args: unknown[]) =>
  args.map((arg) => (arg instanceof Map ? `Map(${[...arg.keys()].join(' ')})` : JSON.stringify(arg))),
);

let goOnNow = (): void => {};

/** Lets `twice` go on, which runs in the same process. */
export const goOn = app.task('goOn', () => goOnNow());

/** Shows its argument while it runs, and once more on its second run; each time it waits for `goOn`. */
export const twice = app.task(
  'twice',
  { bind: true, serializer: 'devalue' },
  async (self, seen: Set<unknown>): Promise<Set<unknown>> => {
    self.updateState({ state: 'SEEN', meta: seen });
    await new Promise<void>((resolve) => {
      goOnNow = resolve;
    });
    if (self.request.retries === 0) self.retry({ countdown: 0, args: [new Set([...seen, self.request.id])] });
    return seen;
  },
);

export const mapOf = app.task(
  'mapOf',
  (one: string, two: string) => new Map([one, two].map((key) => [key, key.length])),
);
