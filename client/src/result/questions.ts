/** What a handle asks of the gateway. A call that is not confirmed yet is waited for first: before it there is no task. */
import { parseDuration, type RevokeVerdict, UnknownTaskError } from '@celeriac/protocol';
import type { SignalOptions } from '@celeriac/runtime';
import type { TaskRecord } from '../record/task-record.ts';
import type { ResultHome } from './result-home.ts';
import { REVOKE_NAMES, type RevokeOptions, readOptions, readSignalOf } from './result-options.ts';
import { whenAccepted } from './waiting.ts';

const DEFAULT_GRACE_S = 5;

export async function refresh(record: TaskRecord, home: ResultHome, options: SignalOptions): Promise<void> {
  const signal = readSignalOf(options, 'refresh()');
  if (isUnconfirmed(record, signal)) await whenAccepted(record, home, signal);
  if (record.failure !== undefined) throw record.failure;
  // What has ended does not change any more, but some of it may not have been told.
  if (!record.ended || record.facts.args === null) await home.line.refresh(record, signal);
}

export async function exists(record: TaskRecord, home: ResultHome, options: SignalOptions): Promise<boolean> {
  const signal = readSignalOf(options, 'exists()');
  if (isUnconfirmed(record, signal)) await whenAccepted(record, home, signal);
  const { failure } = record;
  if (failure instanceof UnknownTaskError) return false;
  if (failure !== undefined) throw failure;
  return home.line.refresh(record, signal);
}

export async function forget(record: TaskRecord, home: ResultHome, options: SignalOptions): Promise<boolean> {
  const signal = readSignalOf(options, 'forget()');
  if (isUnconfirmed(record, signal)) await whenAccepted(record, home, signal);
  const dropped = await home.line.forget(record.id, signal);
  if (dropped) record.forget();
  return dropped;
}

export async function revoke(
  record: TaskRecord,
  home: ResultHome,
  options: RevokeOptions,
): Promise<RevokeVerdict> {
  const read = readOptions(options, REVOKE_NAMES, 'revoke()');
  const { terminate = false, grace = DEFAULT_GRACE_S } = read;
  const graceMs = parseDuration(grace, 'grace');
  if (isUnconfirmed(record, read.signal)) await whenAccepted(record, home, read.signal);
  return home.line.revoke(record.id, terminate, graceMs, read.signal);
}

function isUnconfirmed(record: TaskRecord, signal: AbortSignal | undefined): boolean {
  signal?.throwIfAborted();
  return record.standing === 'unconfirmed';
}
