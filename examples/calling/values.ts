/** What arguments and results may be. */
import { about, latest, reverse } from './tasks.ts';

// JSON by default, and nothing is changed silently.
for (const value of [new Date(0), Number.NaN, new Map()]) {
  try {
    about.delay(value as never);
  } catch (error) {
    console.log((error as Error).message.split('\n')[0]);
  }
}

// The definition of the task chooses devalue, which carries dates and maps in both directions.
const visits = new Map([
  ['monday', new Date('2026-01-05')],
  ['friday', new Date('2026-01-09')],
]);
console.log(await latest.delay(visits).get({ timeout: 10 }));

// A serializer of your own has a name, a content type and two functions: see tasks.ts.
console.log(await reverse.delay('one', 'two', 'three').get({ timeout: 10 }));

// prints:
// arguments of about: [0] is a Date, which JSON turns into a string; serializer: 'devalue' carries it
// arguments of about: [0] is NaN, which JSON turns into null; serializer: 'devalue' carries it
// arguments of about: [0] is a Map, which JSON turns into an empty object; serializer: 'devalue' carries it
// 2026-01-09T00:00:00.000Z
// [ 'three', 'two', 'one' ]
