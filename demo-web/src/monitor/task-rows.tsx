import type { TaskRow } from '@celeriac/client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { StateWord } from '../call/state-mark.tsx';
import { durationText } from '../call/time-text.ts';
import { waitingText } from '../call/waiting.ts';
import { taskAddress } from '../view/use-view.ts';

const ROW_PX = 34;
const BEYOND = 8;

/** A table of which only the lines in sight are there. */
export function TaskRows({ rows }: { readonly rows: readonly TaskRow[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    getItemKey: (place) => rows[place]?.id ?? place,
    overscan: BEYOND,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to without a mouse
    <div className="task-frame" ref={frame} tabIndex={0}>
      <table className="task-rows" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Task</th>
            <th scope="col">Queue</th>
            <th scope="col">Worker</th>
            <th scope="col">Submitted</th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        <tbody style={{ blockSize: lines.getTotalSize() }}>
          {lines.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            return row && <Line key={key} row={row} place={index} start={start} />;
          })}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps {
  readonly row: TaskRow;
  readonly place: number;
  readonly start: number;
}

const Line = memo(({ row, place, start }: LineProps) => {
  const { id, name, shadow, args, state, waiting, queue, worker, submittedAt, endedAt, error } = row;
  return (
    <tr
      data-state={state}
      data-task={id}
      aria-rowindex={place + 2}
      style={{ transform: `translateY(${start}px)` }}
    >
      <td>
        <StateWord state={state} />
      </td>
      <td className="task-cell">
        <a href={taskAddress(id)}>
          {shadow ?? name}
          <span className="quiet">{argumentsText(args)}</span>
        </a>
        {error !== null && <span className="error-word">{error}</span>}
      </td>
      <td>{queue ?? '–'}</td>
      <td>{worker ?? (waiting === null ? '–' : waitingText(waiting))}</td>
      <td>
        <time dateTime={submittedAt.toISOString()}>{submittedAt.toTimeString().slice(0, 8)}</time>
      </td>
      <td>{endedAt === null ? '' : durationText(endedAt.getTime() - submittedAt.getTime())}</td>
    </tr>
  );
});

/** `[2,3]` as it was written is `(2, 3)` as it is read; anything else stays as it is. */
function argumentsText(args: string): string {
  return args.startsWith('[') && args.endsWith(']') ? `(${args.slice(1, -1)})` : ` ${args}`;
}
