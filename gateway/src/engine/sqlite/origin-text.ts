import type { WirePayload } from '@celeriac/protocol';
import type { TaskRecord } from '../../core/record.ts';

/** Where a task comes from: whose child it is, and what the tasks before it left for it. Most come from nowhere. */
export type Origin = Pick<TaskRecord, 'lineage' | 'prepend'>;

type OriginText =
  | readonly [rootId: string, parentId: string, ...prepend: WirePayload[]]
  | readonly [rootId: null, parentId: null, ...prepend: WirePayload[]];

const NOWHERE: Origin = { lineage: null, prepend: [] };

/** `null` when there is nothing to tell. */
export function toOriginText({ lineage, prepend }: Origin): string | null {
  if (lineage === null && prepend.length === 0) return null;
  const origin: OriginText =
    lineage === null ? [null, null, ...prepend] : [lineage.rootId, lineage.parentId, ...prepend];
  return JSON.stringify(origin);
}

export function fromOriginText(text: string | null): Origin {
  if (text === null) return NOWHERE;
  const [rootId, parentId, ...prepend] = JSON.parse(text) as OriginText;
  return { lineage: rootId === null ? null : { rootId, parentId }, prepend };
}
