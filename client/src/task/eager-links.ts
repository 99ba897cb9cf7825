/** Links of a call that ran in this process: they run here as well. */
import { type CallOptions, encodeValue, type LinkedCall, type WirePayload } from '@celeriac/protocol';
import { localLog } from '../environment.ts';
import type { TaskRecord } from '../record/task-record.ts';

/** @param run applies one link; what it throws is logged, because the task before it has ended well */
export function followEagerly(
  record: TaskRecord,
  call: CallOptions | null,
  run: (linked: LinkedCall, prepend: readonly WirePayload[]) => void,
): void {
  const { link = [], linkError = [] } = call ?? {};
  if (link.length + linkError.length === 0) return;
  const follow = (): void => {
    const { state, body } = record.facts;
    if (state === 'SUCCESS') each(link, [body ?? '']);
    if (state === 'FAILURE') each(linkError, [encodeValue(record.id, 'task id'), body ?? '']);
  };
  const each = (links: readonly LinkedCall[], given: readonly WirePayload[]): void => {
    for (const linked of links) {
      try {
        run(linked, linked.immutable ? [] : given);
      } catch (error) {
        localLog(linked.name).error('the link could not be run', { error });
      }
    }
  };
  if (record.ended) follow();
  else record.subscribe(() => record.ended && follow());
}
