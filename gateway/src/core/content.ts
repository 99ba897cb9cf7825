import { createHash } from 'node:crypto';
import type { CallOptions, WirePayload } from '@celeriac/protocol/internal';

export interface Content {
  readonly name: string;
  readonly args: WirePayload;
  readonly call: CallOptions | null;
}

/** Whether two calls under one id are the same call: name, argument bytes, and options as the caller gave them. */
export function sameContent(one: Content, other: Content): boolean {
  return contentText(one) === contentText(other);
}

/** What stands for the content in a tombstone, once the arguments are dropped. */
export function contentHash(content: Content): string {
  return createHash('sha256').update(contentText(content)).digest('base64url');
}

/** The field order of options is that of the guard that read them, so equal options give equal text. */
function contentText({ name, args, call }: Content): string {
  return JSON.stringify([name, call, args]);
}
