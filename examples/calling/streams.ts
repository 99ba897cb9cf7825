/** Chunks of a task, before it ends. */
import { Celeriac, StreamGapError } from '@celeriac/client';
import { letters, primes, stutters } from './tasks.ts';

const res = letters.delay('hello');
const heard: string[] = [];
for await (const letter of res.stream()) heard.push(letter);
console.log(heard.join('-'), await res.get());

// When you leave the loop, the task continues.
const many = primes.delay(1_000);
for await (const prime of many.stream()) if (prime > 10) break;
await many.get({ timeout: 10 });
console.log(many.state);

// Another app can read them too, also later: the newest 4,096 chunks are kept for a minute after the end.
const elsewhere = new Celeriac();
let count = 0;
for await (const _ of elsewhere.AsyncResult(many.id).stream()) count += 1;
await elsewhere.close();
console.log(count);

// If chunks are no longer kept, `onGap` gets their number; without `onGap` the loop throws.
const tooMany = primes.delay(5_000);
await tooMany.get({ timeout: 20 });
let missed = 0;
let told = 0;
for await (const _ of tooMany.stream({ onGap: (gap) => (missed += gap.missed) })) told += 1;
console.log(missed, told);
const error = await tooMany
  .stream()
  .next()
  .catch((thrown: unknown) => thrown);
console.log(error instanceof StreamGapError);

// A retry starts the stream again; without `onRestart` the loop throws.
const again = stutters.delay('abc');
const parts: string[] = [];
const onRestart = ({ attempt, reason }: { attempt: number; reason: string }): unknown =>
  parts.push(`(${reason}: attempt ${attempt})`);
for await (const letter of again.stream({ onRestart })) parts.push(letter);
console.log(parts.join(' '));

// prints:
// h-e-l-l-o 5
// SUCCESS
// 1000
// 904 4096
// true
// a b (retry: attempt 2) a b c
