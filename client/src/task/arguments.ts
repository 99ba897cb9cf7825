import { PayloadError, payloadSize, show, UsageError, type WirePayload } from '@celeriac/protocol';
import { encodeChecked } from '../values/check-value.ts';

/**
 * @param limit the largest payload the gateway takes, in UTF-16 units
 * @throws UsageError when they are no list, PayloadError when they cannot be written or are too large
 */
export function encodeArguments(name: string, args: unknown, limit: number): WirePayload {
  if (!Array.isArray(args))
    throw new UsageError(`expected the arguments of ${name} to be an array, got: ${show(args)}`);
  const body = encodeChecked(args, `arguments of ${name}`);
  const size = payloadSize(body);
  if (size > limit)
    throw new PayloadError(`arguments of ${name} have ${size} characters, the limit is ${limit}`);
  return body;
}
