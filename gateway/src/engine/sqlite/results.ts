/** What the thread answered, as the engine's callers know it. */

import type { Definition } from '@celeriac/protocol/internal';
import { contentHash } from '../../core/content.ts';
import { LANE_KINDS } from '../../core/lane.ts';
import type { StoredTask } from '../../core/record.ts';
import { isNothing, type NamedSettings, NOTHING_SET, type TaskSettings } from '../../core/settings.ts';
import type { ExpiryReport, InsertVerdict, LaneCount, Opened, Promotion } from '../engine.ts';
import { noteOldest } from '../engine-parts.ts';
import { fromOutlineRow, fromStoredRow } from './codec.ts';
import type { StoredRow } from './layout.ts';
import type { LaneCountRow, OpenedRows, Results, SettingsRow } from './operations.ts';
import { fromStoredText, toStoredText } from './text.ts';

export function toInsertVerdicts(
  records: readonly StoredTask[],
  results: Results['insert'],
): readonly InsertVerdict[] {
  const verdicts: InsertVerdict[] = [];
  for (const [position, record] of records.entries()) {
    const result = results[position];
    if (result !== undefined) verdicts.push(toInsertVerdict(record, result));
  }
  return verdicts;
}

function toInsertVerdict(record: StoredTask, result: Results['insert'][number]): InsertVerdict {
  if (typeof result === 'number') return { inserted: true, key: result };
  const [same, hash, acceptedAt, ...existing] = result;
  return {
    inserted: false,
    same: hash === null ? same === 1 : hash === contentHash(record),
    acceptedAt,
    existing: fromOutlineRow(existing),
  };
}

export function toRecords(rows: readonly StoredRow[]): readonly StoredTask[] {
  return rows.map(fromStoredRow);
}

export function toPromotion([lanes, nextDueAt]: Results['promoteDue']): Promotion {
  return { ready: lanes.map(toLaneCount), nextDueAt };
}

export function toExpiryReport([rows, nextExpiryAt]: Results['expired']): ExpiryReport {
  return { records: toRecords(rows), nextExpiryAt };
}

export function toOldest(rows: Results['oldest']): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  for (const [queue, acceptedAt] of rows) noteOldest(oldest, fromStoredText(queue), acceptedAt);
  return oldest;
}

export function toOpened(rows: OpenedRows): Opened {
  return {
    epoch: rows.epoch,
    held: toRecords(rows.held),
    definitions: rows.definitions.map((text) => JSON.parse(text) as Definition),
    settings: rows.settings.map(fromSettingsRow),
    pausedQueues: rows.pausedQueues.map(fromStoredText),
    revokedTokens: rows.revokedTokens.map(([by, name, at, until]) => ({
      by,
      name: fromStoredText(name),
      at,
      until,
    })),
    nextDueAt: rows.nextDueAt,
    nextExpiryAt: rows.nextExpiryAt,
  };
}

export function toSettingsRow([name, settings]: NamedSettings): SettingsRow {
  return [toStoredText(name), isNothing(settings) ? null : JSON.stringify(settings)];
}

function fromSettingsRow([name, settings]: SettingsRow): NamedSettings {
  return [fromStoredText(name), settings === null ? NOTHING_SET : (JSON.parse(settings) as TaskSettings)];
}

export function toLaneCount([queue, name, kind, count]: LaneCountRow): LaneCount {
  return {
    lane: { queue: fromStoredText(queue), name: fromStoredText(name), kind: LANE_KINDS[kind] ?? 'fresh' },
    count,
  };
}
