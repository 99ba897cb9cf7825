import { CLIENT_FRAMES, jsonBytes, type SubmitItem } from '@celeriac/protocol/internal';
import { expect, test } from 'vitest';
import { judgeSize } from './call-size.ts';

const CALL_LIMIT = 1024 * 1024;
const PAYLOAD_LIMIT = 256 * 1024;

/** Of a control character each unit is six bytes in a frame. */
function long(length: number): string {
  return '\u0001'.repeat(length);
}

/** As large as a call without links can be that a frame may carry, beside its arguments. */
function largest(args: string): SubmitItem {
  const name = long(255);
  const options = {
    queue: name,
    shadow: name,
    concurrencyKey: name,
    headers: long(16_384),
    argsRepr: long(1_024),
    countdownMs: 1,
    etaAt: 8.64e15,
    expiresMs: 1,
    expiresAt: 8.64e15,
    priority: 9,
    ignoreResult: false,
    timeLimitMs: 1,
    softTimeLimitMs: 1,
  };
  const said = [[name, name, args, options, 0, [name, name], { queue: name, priority: 9 }]];
  const { items } = CLIENT_FRAMES.submit.read(said, 'submit');
  const [item] = items;
  if (item === undefined) throw new Error('expected a call that a frame may carry');
  return item;
}

test('a call without links is refused from the first byte above the limit on, wherever its bytes are', () => {
  for (let length = 140_000; length < 180_000; length += 1_000) {
    const item = largest(long(length));
    const bytes = jsonBytes(item);
    const refusal = judgeSize(item, { callLimit: CALL_LIMIT, payloadLimit: PAYLOAD_LIMIT });
    expect([length, refusal?.[2]]).toEqual([length, bytes > CALL_LIMIT ? 'CALL_TOO_LARGE' : undefined]);
  }
});
