/** Little task scripts: what a body does in each of its attempts, as data. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Celeriac, Ignore, Reject, type RetryOptions, type TaskSelf } from '@celeriac/client';
import fc from 'fast-check';

export type AttemptStep =
  | readonly ['state', name: string, meta: unknown]
  | readonly ['chunk', unknown]
  | readonly ['call', unknown]
  | readonly ['give way']
  | readonly ['return', unknown]
  | readonly ['throw', name: string, message: string]
  | readonly ['retry', RetryOptions]
  | readonly ['reject', requeue: boolean]
  | readonly ['ignore'];

/** The steps of each attempt; the last ones of all that come after. */
export type AttemptScript = readonly (readonly AttemptStep[])[];

class Listed extends Error {}
class Below extends Listed {}
const ERRORS: Readonly<Record<string, new (message: string) => Error>> = { Error, RangeError, Listed, Below };

async function play(app: Celeriac, self: TaskSelf, script: AttemptScript): Promise<unknown> {
  for (const step of script[Math.min(self.request.attempt, script.length) - 1] ?? []) {
    switch (step[0]) {
      case 'state':
        self.updateState({ state: step[1], meta: step[2] });
        break;
      case 'chunk':
        await self.emit(step[1]);
        break;
      case 'call':
        app.sendTask('echo', [step[1]]);
        break;
      case 'give way':
        await wait(0);
        break;
      case 'return':
        return [step[1], self.request.attempt, self.request.retries, self.request.redelivered];
      case 'throw':
        throw new (ERRORS[step[1]] ?? Error)(step[2]);
      case 'retry':
        return self.retry(step[1]);
      case 'reject':
        throw new Reject('rejected', { requeue: step[1] });
      case 'ignore':
        throw new Ignore();
    }
  }
  return undefined;
}

/** Tasks that play scripts, with other rules each. */
export function definePlayers(app: Celeriac): void {
  const rules = {
    plain: {},
    once: { maxRetries: 0 },
    listed: { autoretryFor: [Listed], maxRetries: 2 },
    named: { autoretryFor: ['Listed'], dontAutoretryFor: [Below], maxRetries: 1, trackStarted: false },
  };
  for (const [name, rule] of Object.entries(rules)) {
    const options = { ...rule, bind: true, arity: [1, 1] } as const;
    app.task(name, options, (self, script: AttemptScript) => play(app, self, script));
  }
}

const value = fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.constant(null));
const name = fc.constantFrom('HALF', 'MORE', 'STARTED', '');
const does: fc.Arbitrary<AttemptStep> = fc.oneof(
  fc.tuple(fc.constant('state' as const), name, value),
  fc.tuple(fc.constant('chunk' as const), value),
  fc.tuple(fc.constant('call' as const), value),
  fc.constant(['give way'] as const),
);
const options: fc.Arbitrary<RetryOptions> = fc.oneof(
  fc.constant({}),
  fc.record({ maxRetries: fc.constantFrom(0, 1, 4) }),
  fc.record({ countdown: fc.constantFrom(0, 0.001, -1) }),
  fc.record({ exc: value }),
);
const ends: fc.Arbitrary<AttemptStep> = fc.oneof(
  fc.tuple(fc.constant('return' as const), value),
  fc.tuple(
    fc.constant('throw' as const),
    fc.constantFrom(...Object.keys(ERRORS)),
    fc.string({ maxLength: 5 }),
  ),
  fc.tuple(fc.constant('retry' as const), options),
  fc.tuple(fc.constant('reject' as const), fc.boolean()),
  fc.constant(['ignore'] as const),
);
const attempt = fc
  .tuple(fc.array(does, { maxLength: 3 }), ends)
  .map(([steps, end]): readonly AttemptStep[] => [...steps, end]);
/** The last attempt always ends the task. */
const last = fc
  .array(does, { maxLength: 3 })
  .map((steps): readonly AttemptStep[] => [...steps, ['return', 'last']]);

export const scripts: fc.Arbitrary<readonly [player: string, AttemptScript]> = fc.tuple(
  fc.constantFrom('plain', 'once', 'listed', 'named'),
  fc.tuple(fc.array(attempt, { maxLength: 3 }), last).map(([first, end]) => [...first, end]),
);
