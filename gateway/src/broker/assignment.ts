/** What a worker is sent for a task that it is to run. */
import type { Assignment } from '@celeriac/protocol/internal';
import { contextOf } from '@celeriac/protocol/internal';
import { isRedelivered, type StoredTask } from '../core/record.ts';

export function assignmentOf(record: StoredTask, nonce: string): Assignment {
  const { id, attempt, name, args } = record;
  return [nonce, id, attempt, name, args, contextOf(record, isRedelivered(record))];
}
