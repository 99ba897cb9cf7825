import type { Answer } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProcessHold } from './process-hold.ts';
import { Requests } from './requests.ts';

interface Asked {
  readonly items: readonly number[];
  readonly answer: (answer: Answer<readonly (string | null)[]>) => void;
}

const step = fc.oneof(
  fc.constant({ do: 'ask' } as const),
  fc.constantFrom({ do: 'send' } as const, { do: 'resend' } as const, { do: 'fail' } as const),
  fc.record({
    do: fc.constant('answer' as const),
    which: fc.nat(10),
    how: fc.constantFrom('whole', 'half', 'nothing', 'not allowed', 'refused', 'refused for now'),
  }),
);

function answerOf(how: string, items: readonly number[]): Answer<readonly (string | null)[]> {
  const refused = { code: 'OVERLOADED', message: 'no', retryAfterMs: how === 'refused' ? null : 500 };
  if (how.startsWith('refused')) return { refused };
  const answered = how === 'half' ? Math.ceil(items.length / 2) : how === 'nothing' ? 0 : items.length;
  return { ok: items.slice(0, answered).map((item) => (how === 'not allowed' ? null : `${item}`)) };
}

test('every question has one answer, and then nothing is asked or held any more', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), fc.boolean(), async (steps, givenUp) => {
      const clock = new ManualClock();
      const hold = new ProcessHold(clock);
      const requests = new Requests<number, string>(hold, () => {});
      const asked: Asked[] = [];
      const sent = (): number => {
        const before = asked.length;
        requests.send((items, answer) => asked.push({ items, answer }), undefined, 3);
        return asked.length - before;
      };
      const settled: Promise<unknown>[] = [];
      let open = 0;
      for (const one of steps) {
        if (one.do === 'ask') {
          const number = settled.length;
          open += 1;
          const done = (): void => {
            open -= 1;
          };
          settled.push(requests.add(number, null).then(done, done));
        } else if (one.do === 'send') sent();
        else if (one.do === 'resend') requests.resend();
        else if (one.do === 'fail') requests.fail(() => new Error('given up'));
        else {
          // Of this session or an earlier one, the first time or again.
          const question = asked[one.which % Math.max(1, asked.length)];
          question?.answer(answerOf(one.how, question.items));
        }
        await clock.advance(0);
        expect(hold.held).toBe(open > 0 ? 1 : 0);
      }
      if (givenUp) requests.fail(() => new Error('the app was closed'));
      // What was sent and lost with its session is asked again in the next.
      else requests.resend();
      const from = asked.length;
      for (let round = 0; round < 100 && sent() > 0; round++)
        for (const { items, answer } of asked.slice(from)) answer(answerOf('whole', items));
      await Promise.all(settled);
      expect([hold.held, clock.timers, sent()]).toEqual([0, 0, 0]);
      // An answer that comes late, to what was asked again or given up, is no question.
      for (const { items, answer } of asked) answer(answerOf('half', items));
      expect([sent(), hold.held]).toEqual([0, 0]);
    }),
  );
});
