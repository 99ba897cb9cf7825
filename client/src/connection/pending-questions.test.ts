import { CLIENT_FRAMES } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { PendingQuestions } from './pending-questions.ts';
import type { Transport } from './transport.ts';

const HOLD = { acquire: () => {}, release: () => {} };

test.each(['get', 'revoke', 'forget', 'control', 'list'] as const)(
  'however many questions there are, no frame has more of them than a gateway reads: %s',
  (name) => {
    const { bound } = CLIENT_FRAMES[name];
    const questions = new PendingQuestions(HOLD, () => {});
    for (let count = 0; count <= bound; count++)
      void questions
        .of(name)
        .add('x' as never, null)
        .catch(() => {});
    const frames: number[] = [];
    const ask: Transport['ask'] = (asked, items) => {
      expect(asked).toBe(name);
      frames.push(items.length);
    };
    questions.send({ ask, send: () => {}, close: () => {} });
    expect(Math.max(...frames)).toBeLessThanOrEqual(bound);
    expect(frames.reduce((sum, length) => sum + length)).toBe(bound + 1);
    questions.fail(() => new Error('over'));
  },
);
