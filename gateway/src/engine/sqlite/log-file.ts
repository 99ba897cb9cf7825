/**
 * The log of a store as it stands on the disk, read without SQLite: what is asked of it here has to be known before SQLite moves
 * what it holds into the store. Its form: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

const HEAD = 32;
const FRAME_HEAD = 24;
/** Two numbers at the end of either. */
const SUM = 8;
const NOTHING = [0, 0] as const;
/** How a log begins whose sums are over numbers in this order; otherwise they are little endian. */
const BIG_ENDIAN = 0x377f0683;
/** Of a log that is larger, nothing is said. A gateway keeps its own to some megabytes. */
const LARGEST = 256 * 1024 * 1024;

/** A page as the log has it. */
interface Page {
  readonly number: number;
  readonly bytes: Buffer;
}

/** 0 if the file does not exist. */
export function fileSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What there is of it; nothing of a file that is not there. */
export function readBytes(file: string, from: number, length: number): Buffer {
  if (!existsSync(file)) return Buffer.alloc(0);
  const bytes = Buffer.alloc(length);
  const handle = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(handle, bytes, 0, length, from));
  } finally {
    closeSync(handle);
  }
}

/** The pages of all transactions in the log, in their order, as SQLite would find them; `undefined` where it is too large. */
export function pagesIn(log: string): readonly Page[] | undefined {
  if (fileSize(log) > LARGEST) return undefined;
  const bytes = readBytes(log, 0, fileSize(log));
  if (bytes.length < HEAD) return [];
  const size = bytes.readUInt32BE(8);
  const adds = bytes.readUInt32BE(0) === BIG_ENDIAN ? addBigEndian : addLittleEndian;
  let sum = adds(bytes.subarray(0, HEAD - SUM), NOTHING);
  if (!isSum(bytes, HEAD - SUM, sum)) return [];
  const pages: Page[] = [];
  let committed = 0;
  for (let frame = HEAD; frame + FRAME_HEAD + size <= bytes.length; frame += FRAME_HEAD + size) {
    // Other salts than in the head: of an earlier round, and over.
    if (!bytes.subarray(frame + 8, frame + 16).equals(bytes.subarray(16, 24))) break;
    const page = bytes.subarray(frame + FRAME_HEAD, frame + FRAME_HEAD + size);
    sum = adds(page, adds(bytes.subarray(frame, frame + 8), sum));
    // Torn: the power failed before it was synced, and nobody was told that it is kept.
    if (!isSum(bytes, frame + FRAME_HEAD - SUM, sum)) break;
    pages.push({ number: bytes.readUInt32BE(frame), bytes: page });
    if (bytes.readUInt32BE(frame + 4) > 0) committed = pages.length;
  }
  return pages.slice(0, committed);
}

type Sum = readonly [number, number];

function isSum(bytes: Buffer, at: number, [first, second]: Sum): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}

function addBigEndian(bytes: Buffer, [first, second]: Sum): Sum {
  let [one, two] = [first, second];
  for (let at = 0; at + SUM <= bytes.length; at += SUM) {
    one = (one + bytes.readUInt32BE(at) + two) >>> 0;
    two = (two + bytes.readUInt32BE(at + 4) + one) >>> 0;
  }
  return [one, two];
}

function addLittleEndian(bytes: Buffer, [first, second]: Sum): Sum {
  let [one, two] = [first, second];
  for (let at = 0; at + SUM <= bytes.length; at += SUM) {
    one = (one + bytes.readUInt32LE(at) + two) >>> 0;
    two = (two + bytes.readUInt32LE(at + 4) + one) >>> 0;
  }
  return [one, two];
}

/** Whether all that is in the log is in the store as well, so that it is not needed. */
export function isMoved(store: string, log: string): boolean {
  const pages = pagesIn(log);
  if (pages === undefined) return false;
  const last = new Map(pages.map(({ number, bytes }) => [number, bytes]));
  const end = fileSize(store);
  return [...last].every(([number, bytes]) => {
    const from = (number - 1) * bytes.length;
    // One that the store has been cut before was given back to the disk since.
    return from >= end || readBytes(store, from, bytes.length).equals(bytes);
  });
}
