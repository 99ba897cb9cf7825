import type { EventGap, MonitorEvent } from '@celeriac/client';
import { MONITOR_EVENTS } from '@celeriac/protocol';
import { cutText, printable } from './text.ts';

const TYPE = Math.max(...MONITOR_EVENTS.map((type) => type.length));
/** An id that the client made. */
const ID = 36;
/** Of most names; a longer one moves what follows. */
const NAME = 16;

/**
 * One event in columns: when, what, which task, its name, the worker, and what came of it. Cut to a terminal's width; who
 * watches there is told the time of day, who reads it later the date as well.
 */
export function eventLine(event: MonitorEvent | EventGap, width: number | undefined): string {
  if (event.type === 'gap') return `(${event.missed ?? 'some'} events are missing here)`;
  const { timestamp, type, uuid = '', name = '', hostname = '' } = event;
  const at = new Date(timestamp * 1_000);
  const line = [
    width === undefined ? at.toISOString() : timeOfDay(at),
    type.padEnd(TYPE),
    uuid.padEnd(ID),
    name.padEnd(NAME),
    hostname.padEnd(NAME),
    detailOf(event),
  ];
  const text = printable(line.join('  ').trimEnd());
  return width === undefined ? text : cutText(text, width);
}

/** Local time, as a clock on the wall: `13:05:09.042`. */
function timeOfDay(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

function detailOf({ type, exception, result, runtime, reason, args, queue, active }: MonitorEvent): string {
  switch (type) {
    case 'task-sent':
      return `${args ?? ''} to ${queue ?? 'no queue yet'}`;
    case 'task-succeeded':
      return [result ?? '', ...(runtime === undefined ? [] : [`in ${runtime} s`])].join(' ');
    case 'worker-heartbeat':
      return `${active ?? 0} running`;
    default:
      return exception ?? reason ?? '';
  }
}
