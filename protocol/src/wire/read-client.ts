/** Guards for what a client sends; see client-link.ts for the conversation. */
import { MAX_DURATION_MS } from '../duration.ts';
import type { RefusalCode } from '../errors.ts';
import {
  COUNT_LIMIT,
  DEFINITIONS,
  FRAME_ITEMS,
  PEER_FRAME_LIMIT,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  TOKEN_LENGTH,
} from '../limits.ts';
import type { ProtocolRange } from '../version.ts';
import type {
  ClientHello,
  DefineItem,
  OpenStreamItem,
  RefusedReceipt,
  RevokeItem,
  SubmitItem,
  TookItem,
  WatchFrame,
} from './client-link.ts';
import {
  FrameError,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
  readTextOrNull,
} from './guard.ts';
import { readCallOptions, readTaskOptions } from './read-options.ts';

const WATCH_ITEMS = 100_000;

export function readClientHello(value: unknown): ClientHello {
  const hello = readObject(value, 'auth');
  return {
    protocol: readProtocolRange(hello['protocol'], 'auth.protocol'),
    token: readTextOrNull(hello['token'], 'auth.token', TOKEN_LENGTH),
    ...(hello['frameLimit'] == null
      ? undefined
      : { frameLimit: readInteger(hello['frameLimit'], 'auth.frameLimit', PEER_FRAME_LIMIT, COUNT_LIMIT) }),
  };
}

export function readRefresh(value: unknown): string {
  return readText(value, 'refresh', TOKEN_LENGTH);
}

export function readProtocolRange(value: unknown, place: string): ProtocolRange {
  const { min, max } = readObject(value, place);
  return {
    min: readInteger(min, `${place}.min`, 0, 1_000_000),
    max: readInteger(max, `${place}.max`, 0, 1_000_000),
  };
}

export function readDefine(value: unknown): readonly DefineItem[] {
  return readList(value, 'define', DEFINITIONS).map((item, position): DefineItem => {
    const [name, options] = readList(item, `define[${position}]`, 2);
    return [
      readText(name, `define[${position}].name`, TASK_NAME_LENGTH),
      readTaskOptions(options, `define[${position}].options`),
    ];
  });
}

export interface ReadSubmit {
  readonly items: readonly SubmitItem[];
  /** Those with a text or a payload that is too long. */
  readonly refused: readonly RefusedReceipt[];
}

/**
 * A submit's envelope. What is too large refuses its own call only; the arguments, and the call as a whole, are left to
 * admission to measure.
 */
export function readSubmit(value: unknown): ReadSubmit {
  const items: SubmitItem[] = [];
  const refused: RefusedReceipt[] = [];
  for (const item of readList(value, 'submit', FRAME_ITEMS)) {
    try {
      items.push(readSubmitItem(item));
    } catch (error) {
      refused.push(refusedItem(item, error));
    }
  }
  return { items, refused };
}

/** @throws the error, where it is no matter of size, or the item has no id to refuse it by */
function refusedItem(item: unknown, error: unknown): RefusedReceipt {
  if (!(error instanceof FrameError) || !Array.isArray(item)) throw error;
  if (!error.tooLarge) throw concerning(error, item[0]);
  const code: RefusalCode = error.code === 'PAYLOAD_TOO_LARGE' ? 'PAYLOAD_TOO_LARGE' : 'CALL_TOO_LARGE';
  return [readText(item[0], 'submit.id', TASK_ID_LENGTH), 0, code, error.message, null];
}

/** Whoever sent it can then take that one back and send the others again. */
function concerning(error: FrameError, id: unknown): FrameError {
  const known = typeof id === 'string' && id.length > 0 && id.length <= TASK_ID_LENGTH;
  return known ? new FrameError(error.message, 'BAD_FRAME', false, id) : error;
}

function readSubmitItem(item: unknown): SubmitItem {
  if (!Array.isArray(item)) readList(item, 'submit item', 7);
  const [id, name, args, options, ageMs, lineage, route] = item as readonly unknown[];
  const call = [
    readText(id, 'submit.id', TASK_ID_LENGTH),
    readText(name, 'submit.name', TASK_NAME_LENGTH),
    readPayload(args, 'submit.args', Number.MAX_SAFE_INTEGER),
    options === null || options === undefined ? null : readCallOptions(options, 'submit.options'),
    readInteger(ageMs, 'submit.ageMs', 0, MAX_DURATION_MS),
  ] as const;
  // Nearly every call has neither, and a shorter item is a cheaper one.
  if (lineage == null && route == null) return call;
  return [...call, readLineage(lineage), route == null ? null : readTaskOptions(route, 'submit.route')];
}

function readLineage(value: unknown): readonly [string, string] | null {
  if (value == null) return null;
  const [rootId, parentId] = readList(value, 'submit.lineage', 2);
  return [
    readText(rootId, 'submit.rootId', TASK_ID_LENGTH),
    readText(parentId, 'submit.parentId', TASK_ID_LENGTH),
  ];
}

export function readWatch(value: unknown): WatchFrame {
  const frame = readObject(value, 'watch');
  return {
    epoch: readTextOrNull(frame['epoch'], 'watch.epoch', 100),
    tasks: readList(frame['tasks'], 'watch.tasks', WATCH_ITEMS).map((item) => {
      const [id, sequence, at] = readList(item, 'watch.tasks[]', 3);
      const seen = [
        readText(id, 'watch.id', TASK_ID_LENGTH),
        readInteger(sequence, 'watch.sequence', 0, COUNT_LIMIT),
      ] as const;
      return at == null ? seen : [...seen, readInteger(at, 'watch.at', 0, COUNT_LIMIT)];
    }),
  };
}

export function readIds(value: unknown, place: string, limit = WATCH_ITEMS): readonly string[] {
  return readList(value, place, limit).map((id) => readText(id, `${place}[]`, TASK_ID_LENGTH));
}

export function readRevoke(value: unknown): readonly RevokeItem[] {
  return readList(value, 'revoke', FRAME_ITEMS).map((item) => {
    const [id, terminate, graceMs] = readList(item, 'revoke[]', 3);
    return [
      readText(id, 'revoke.id', TASK_ID_LENGTH),
      readFlag(terminate, 'revoke.terminate'),
      readInteger(graceMs, 'revoke.graceMs', 0, MAX_DURATION_MS),
    ];
  });
}

export function readOpenStreams(value: unknown): readonly OpenStreamItem[] {
  return readList(value, 'openStreams', FRAME_ITEMS).map((item) => {
    const [reader, id, generation, from] = readList(item, 'openStreams[]', 4);
    return [
      readInteger(reader, 'openStreams.reader', 0, COUNT_LIMIT),
      readText(id, 'openStreams.id', TASK_ID_LENGTH),
      readInteger(generation, 'openStreams.generation', 0, COUNT_LIMIT),
      readInteger(from, 'openStreams.from', 0, COUNT_LIMIT),
    ];
  });
}

export function readTookChunks(value: unknown): readonly TookItem[] {
  return readList(value, 'tookChunks', FRAME_ITEMS).map((item) => {
    const [reader, chunks, size] = readList(item, 'tookChunks[]', 3);
    return [
      readInteger(reader, 'tookChunks.reader', 0, COUNT_LIMIT),
      readInteger(chunks, 'tookChunks.chunks', 0, COUNT_LIMIT),
      readInteger(size, 'tookChunks.size', 0, COUNT_LIMIT),
    ];
  });
}

export function readCloseStreams(value: unknown): readonly number[] {
  return readList(value, 'closeStreams', FRAME_ITEMS).map((reader) =>
    readInteger(reader, 'closeStreams[]', 0, COUNT_LIMIT),
  );
}
