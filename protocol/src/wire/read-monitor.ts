/** Guards for what a client asks of the monitor; see monitor.ts. */
import {
  COUNT_LIMIT,
  FEED_ROWS,
  OPEN_FEEDS,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
} from '../limits.ts';
import { TASK_STATES, type TaskState } from '../state.ts';
import { expected, readInteger, readList, readObject, readText } from './guard.ts';
import {
  type FeedPoint,
  type ListQuery,
  MONITOR_EVENTS,
  type MonitorEventType,
  type OpenFeedItem,
  type TaskFilter,
} from './monitor.ts';

const EPOCH_LENGTH = 100;
const WORKER_NAME_LENGTH = 255;
/** Pages in one frame. */
const LIST_ITEMS = 10;

export function readOpenFeeds(value: unknown): readonly OpenFeedItem[] {
  return readList(value, 'openFeeds', OPEN_FEEDS).map((item): OpenFeedItem => {
    const [number, kind, ...rest] = readList(item, 'openFeeds[]', 4);
    const feed = readInteger(number, 'openFeeds.feed', 0, COUNT_LIMIT);
    switch (kind) {
      case 'tasks':
        return [
          feed,
          kind,
          readTaskFilter(rest[0], 'openFeeds.filter'),
          readInteger(rest[1], 'openFeeds.rows', 1, FEED_ROWS),
        ];
      case 'queues':
      case 'workers':
      case 'definitions':
        return [feed, kind];
      case 'events':
        return [feed, kind, readEventTypes(rest[0]), readPoint(rest[1])];
      default:
        throw expected('tasks, queues, workers, definitions or events', 'openFeeds.kind', kind);
    }
  });
}

export function readCloseFeeds(value: unknown): readonly number[] {
  return readList(value, 'closeFeeds', OPEN_FEEDS).map((feed) =>
    readInteger(feed, 'closeFeeds[]', 0, COUNT_LIMIT),
  );
}

export function readListQueries(value: unknown): readonly ListQuery[] {
  return readList(value, 'list', LIST_ITEMS).map((item): ListQuery => {
    const { filter, before, rows } = readObject(item, 'list[]');
    return {
      filter: readTaskFilter(filter, 'list.filter'),
      before: before == null ? null : readInteger(before, 'list.before', 0, COUNT_LIMIT),
      rows: readInteger(rows, 'list.rows', 1, FEED_ROWS),
    };
  });
}

function readTaskFilter(value: unknown, place: string): TaskFilter {
  const { states, queue, name, worker, text } = readObject(value, place);
  return {
    ...(states === undefined ? {} : { states: readStates(states, `${place}.states`) }),
    ...(queue === undefined ? {} : { queue: readText(queue, `${place}.queue`, QUEUE_NAME_LENGTH) }),
    ...(name === undefined ? {} : { name: readText(name, `${place}.name`, TASK_NAME_LENGTH) }),
    ...(worker === undefined ? {} : { worker: readText(worker, `${place}.worker`, WORKER_NAME_LENGTH) }),
    ...(text === undefined ? {} : { text: readText(text, `${place}.text`, TASK_ID_LENGTH) }),
  };
}

function readStates(value: unknown, place: string): readonly TaskState[] {
  return readList(value, place, TASK_STATES.length).map((given) => oneOf(TASK_STATES, given, place));
}

function readEventTypes(value: unknown): readonly MonitorEventType[] | null {
  if (value == null) return null;
  const types = readList(value, 'openFeeds.types', MONITOR_EVENTS.length);
  return types.map((type) => oneOf(MONITOR_EVENTS, type, 'openFeeds.types'));
}

function readPoint(value: unknown): FeedPoint | null {
  if (value == null) return null;
  const [epoch, sequence] = readList(value, 'openFeeds.after', 2);
  return [
    readText(epoch, 'openFeeds.after', EPOCH_LENGTH),
    readInteger(sequence, 'openFeeds.after', 0, COUNT_LIMIT),
  ];
}

function oneOf<Word extends string>(words: readonly Word[], given: unknown, place: string): Word {
  const word = words.find((one) => one === given);
  if (word === undefined) throw expected(`one of ${words.join(', ')}`, place, given);
  return word;
}
