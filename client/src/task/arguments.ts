import { PayloadError, payloadSize, show, UsageError, type WirePayload } from '@celeriac/protocol';
import type { Serializers } from '../values/serializers.ts';

/** @throws UsageError when they are no list */
export function checkArguments(name: string, args: unknown): void {
  if (!Array.isArray(args))
    throw new UsageError(`expected the arguments of ${name} to be an array, got: ${show(args)}`);
}

/**
 * @param serializer the name of what writes them
 * @param limit the largest payload the gateway takes, in UTF-16 units
 * @throws OptionError when no serializer has that name, PayloadError when they cannot be written or are too large
 */
export function encodeArguments(
  name: string,
  args: readonly unknown[],
  {
    serializers,
    serializer,
    limit,
  }: { readonly serializers: Serializers; readonly serializer: string; readonly limit: number },
): WirePayload {
  const body = serializers.encode(serializer, args, `arguments of ${name}`);
  const size = payloadSize(body);
  if (size > limit)
    throw new PayloadError(`arguments of ${name} have ${size} characters, the limit is ${limit}`);
  return body;
}
