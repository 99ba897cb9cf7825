/** A call as it leaves this process. */

import { jsonBytes, textBytes } from '@celeriac/protocol/calling';
import type { CallOptions, SubmitItem, WirePayload, WireTaskOptions } from '@celeriac/protocol/internal';
import type { SubmitRetry } from './submit-retry.ts';

/** A duration that says how long ago the call was, at its longest, and the commas around what may be absent. */
const AGE_BYTES = 24;
/** The brackets around the six that are measured, and a comma for each. */
const LIST_BYTES = 8;

export interface OutgoingCall {
  readonly id: string;
  readonly name: string;
  readonly args: WirePayload;
  /** As the caller gave them: a resend must hash the same. */
  readonly options: CallOptions | null;
  /** How long to wait for the receipt, when that is not the app's usual time. */
  readonly acceptTimeoutMs?: number | undefined;
  /** How its submit is tried again, when that is not as long as its time lasts. */
  readonly retryPolicy?: SubmitRetry | undefined;
  /** Of a call made inside a task: the first task of its family, and the one that calls. */
  readonly lineage?: readonly [rootId: string, parentId: string] | undefined;
  /** What a route says, where it is not part of the task's definition. */
  readonly route?: WireTaskOptions | undefined;
}

interface CalledAt {
  readonly call: OutgoingCall;
  /** Monotonic. */
  readonly calledAt: number;
}

/** A countdown runs from the call, so each send says how long ago that was. */
export function toSubmitItem({ call, calledAt }: CalledAt, now: number): SubmitItem {
  const { id, name, args, options, lineage, route } = call;
  const ageMs = Math.max(0, Math.round(now - calledAt));
  if (lineage === undefined && route === undefined) return [id, name, args, options, ageMs];
  return [id, name, args, options, ageMs, lineage ?? null, route ?? null];
}

/** Whether the same call is made again; other content under the same id is a conflict. */
export function isSameCall(one: OutgoingCall, other: OutgoingCall): boolean {
  return (
    one.name === other.name &&
    JSON.stringify(one.args) === JSON.stringify(other.args) &&
    JSON.stringify(one.options) === JSON.stringify(other.options)
  );
}

/** Of a call's item in a frame, in bytes: all that it carries. */
export function submitSize({ id, name, args, options, lineage, route }: OutgoingCall): number {
  return (
    AGE_BYTES +
    LIST_BYTES +
    textBytes(id) +
    textBytes(name) +
    jsonBytes(args) +
    jsonBytes(options) +
    jsonBytes(lineage ?? null) +
    jsonBytes(route ?? null)
  );
}
