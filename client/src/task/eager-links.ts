/** Links of a call that ran in this process: they run here as well. */
import {
  type CallOptions,
  decodeFailure,
  decodeValue,
  encodeValue,
  type LinkedCall,
  type WirePayload,
} from '@celeriac/protocol';
import { localLog } from '../environment.ts';
import type { TaskRecord } from '../record/task-record.ts';

/** @param run applies one link; what it throws is logged, because the task before it has ended well */
export function followEagerly(
  record: TaskRecord,
  call: CallOptions | null,
  run: (linked: LinkedCall, args: WirePayload) => void,
): void {
  const { link = [], linkError = [] } = call ?? {};
  if (link.length + linkError.length === 0) return;
  const follow = (): void => {
    const { state, body } = record.facts;
    if (state === 'SUCCESS') each(link, () => [decodeValue(body ?? '', `result of ${record.name}`)]);
    if (state === 'FAILURE') each(linkError, () => [record.id, body === null ? null : decodeFailure(body)]);
  };
  const each = (links: readonly LinkedCall[], given: () => readonly unknown[]): void => {
    for (const linked of links) {
      const what = `arguments of ${linked.name}`;
      try {
        const own = decodeValue(linked.args, what);
        const args = [...(linked.immutable ? [] : given()), ...(Array.isArray(own) ? own : [])];
        run(linked, encodeValue(args, what));
      } catch (error) {
        localLog(linked.name).error('the link could not be run', { error });
      }
    }
  };
  if (record.ended) follow();
  else record.subscribe(() => record.ended && follow());
}
