import type { Transport, TransportEvents } from '@celeriac/client/hosting';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FromCaller, PlainLoss, ToCaller } from './call-messages.ts';
import { RelayedTransports } from './relayed-transports.ts';

const GONE: PlainLoss = {
  code: 'CONNECTION_LOST',
  message: 'gone',
  refused: false,
  final: false,
  retryAfterMs: null,
};

const which = fc.nat(5);
const step = fc.tuple(fc.constantFrom('opens', 'asks', 'answered', 'heard', 'closes', 'lost'), which);

test('each question has one answer at most, and a transport that was closed or lost says and hears nothing more', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const posted: FromCaller[] = [];
      const relayed = new RelayedTransports((message) => posted.push(message));
      const transports: Transport[] = [];
      /** By the transport's number. */
      const told = new Map<number, string[]>();
      const over = new Set<number>();
      const answers: number[] = [];
      const asked: (readonly [transport: number, question: number])[] = [];
      for (const [what, at] of steps) {
        const number = (at % Math.max(1, transports.length)) + 1;
        const transport = transports[number - 1];
        const tell = (message: ToCaller): void => relayed.receive(message);
        if (what === 'opens') {
          const own: string[] = [];
          told.set(transports.length + 1, own);
          const events = { receipts: () => own.push('receipts'), lost: () => own.push('lost') };
          transports.push(relayed.open(events as unknown as TransportEvents));
          expect(posted.at(-1)).toEqual(['open', transports.length]);
        } else if (transport === undefined) continue;
        else if (what === 'asks') {
          const place = answers.push(0) - 1;
          transport.ask('get', ['t'], () => {
            answers[place] = (answers[place] ?? 0) + 1;
          });
          asked.push([number, place + 1]);
        } else if (what === 'answered') {
          const [of = 0, question = 0] = asked[at % Math.max(1, asked.length)] ?? [];
          const before = answers[question - 1] ?? 0;
          tell(['answer', of, question, { ok: [] }]);
          if (over.has(of)) expect(answers[question - 1] ?? 0).toBe(before);
          else if (question > 0) expect(answers[question - 1]).toBe(1);
        } else if (what === 'heard') {
          const before = told.get(number)?.length ?? 0;
          tell(['heard', number, 'receipts', []]);
          expect(told.get(number)).toHaveLength(before + (over.has(number) ? 0 : 1));
        } else if (what === 'closes') {
          const before = posted.length;
          transport.close();
          expect(posted.slice(before)).toEqual(over.has(number) ? [] : [['close', number]]);
          over.add(number);
        } else {
          const before = told.get(number)?.length ?? 0;
          tell(['lost', number, GONE]);
          expect(told.get(number)).toHaveLength(before + (over.has(number) ? 0 : 1));
          over.add(number);
        }
      }
    }),
  );
});
