import type { Transport, TransportEvents } from '@celeriac/client/hosting';
import { expect, test } from 'vitest';
import type { FromCaller, ToCaller } from './call-messages.ts';
import { ChildTransports } from './child-transports.ts';

class RecordingTransports {
  readonly said: unknown[] = [];
  readonly heard: ToCaller[] = [];
  readonly transports = new ChildTransports(
    (_: TransportEvents): Transport => ({
      send: (name, body) => void this.said.push(JSON.parse(JSON.stringify([name, body]))),
      ask: (name, body) => void this.said.push(JSON.parse(JSON.stringify([name, body]))),
      close: () => void this.said.push('closed'),
    }),
    (message) => void this.heard.push(message),
  );

  receive(...messages: readonly FromCaller[]): void {
    for (const message of messages) this.transports.receive(message);
  }
}

test('what a frame does not have does not go on: a child may put anything there', () => {
  const t = new RecordingTransports();
  const call = ['id', 'add', '[]', { queue: 'q', extra: 1n }, 0, null, null];
  t.receive(
    ['open', 1],
    ['send', 1, 'define', [['add', { queue: 'q', extra: 1n }]]],
    ['send', 1, 'watch', { epoch: null, tasks: [['id', 0]], extra: 1n }],
    ['send', 1, 'submit', [call]],
  );
  expect(t.said).toEqual([
    ['define', [['add', { queue: 'q' }]]],
    ['watch', { epoch: null, tasks: [['id', 0]] }],
    ['submit', [['id', 'add', '[]', { queue: 'q' }, 0]]],
  ]);
});

test('a call that is too large is refused by itself', () => {
  const t = new RecordingTransports();
  const large = ['large', 'add', '[]', { shadow: 'x'.repeat(300) }, 0];
  t.receive(['open', 1], ['send', 1, 'submit', [large, ['small', 'add', '[]', null, 0]]]);
  expect(t.said).toEqual([['submit', [['small', 'add', '[]', null, 0]]]]);
  expect(t.heard).toMatchObject([
    ['heard', 1, 'receipts', [['large', 0, 'CALL_TOO_LARGE', expect.stringContaining('shadow'), null]]],
  ]);
});
