/** What a handle asks of the gateway. A call that is not confirmed yet is waited for first: before it there is no task. */
import { parseDuration, type RevokeVerdict, UnknownTaskError } from '@celeriac/protocol';
import type { TaskRecord } from '../record/task-record.ts';
import type { ResultHome } from './result-home.ts';
import { REVOKE_NAMES, type RevokeOptions, readOptions, refuseOptions } from './result-options.ts';
import { whenAccepted } from './waiting.ts';

const DEFAULT_GRACE_S = 5;

/** @param given what was given to `refresh()`, which takes nothing */
export async function refresh(
  record: TaskRecord,
  home: ResultHome,
  given: readonly unknown[],
): Promise<void> {
  refuseOptions(given, 'refresh()');
  if (record.standing === 'unconfirmed') await whenAccepted(record, home);
  if (record.failure !== undefined) throw record.failure;
  // What has ended does not change any more, but some of it may not have been told.
  if (!record.ended || record.facts.args === null) await home.line.refresh(record);
}

/** @param given what was given to `exists()`, which takes nothing */
export async function exists(
  record: TaskRecord,
  home: ResultHome,
  given: readonly unknown[],
): Promise<boolean> {
  refuseOptions(given, 'exists()');
  if (record.standing === 'unconfirmed') await whenAccepted(record, home);
  const { failure } = record;
  if (failure instanceof UnknownTaskError) return false;
  if (failure !== undefined) throw failure;
  return home.line.refresh(record);
}

/** @param given what was given to `forget()`, which takes nothing */
export async function forget(
  record: TaskRecord,
  home: ResultHome,
  given: readonly unknown[],
): Promise<boolean> {
  refuseOptions(given, 'forget()');
  if (record.standing === 'unconfirmed') await whenAccepted(record, home);
  const dropped = await home.line.forget(record.id);
  if (dropped) record.forget();
  return dropped;
}

export async function revoke(
  record: TaskRecord,
  home: ResultHome,
  options: RevokeOptions,
): Promise<RevokeVerdict> {
  const { terminate = false, grace = DEFAULT_GRACE_S } = readOptions(options, REVOKE_NAMES, 'revoke()');
  const graceMs = parseDuration(grace, 'grace');
  if (record.standing === 'unconfirmed') await whenAccepted(record, home);
  return home.line.revoke(record.id, terminate, graceMs);
}
