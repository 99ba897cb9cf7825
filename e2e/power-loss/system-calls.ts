/**
 * What a gateway did to its store, and said to others, in the order in which the kernel was told: read from a log of
 * `strace -f -y -xx`. A write may be on the disk from the moment it is asked for, a sync counts when it has returned, and
 * what is said is out from the moment it is handed over: the worst reading of each.
 */
export type Deed =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'say'; readonly text: string };

/** The calls that {@link readDeeds} understands. */
export const WATCHED = 'pwrite64,ftruncate,fsync,fdatasync,write,writev,sendto,sendmsg';

const CALL = /^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$/;
const UNFINISHED = ' <unfinished ...>';
const FILE = /^\d+<([^>]+)>/;
const TEXT = /"((?:\\x[0-9a-f]{2})*)"/g;

/** @param isStore whether a path is of the store */
export function readDeeds(log: string, isStore: (path: string) => boolean): readonly Deed[] {
  const deeds: Deed[] = [];
  /** Arguments of calls that have not returned, by thread. */
  const open = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, thread = '', name = '', rest = ''] = CALL.exec(line) ?? [];
    const resumed = line.includes(' resumed>');
    const given = resumed ? (open.get(thread) ?? '') : rest;
    const unfinished = rest.endsWith(UNFINISHED);
    if (unfinished) open.set(thread, rest);
    else open.delete(thread);
    const path = unhex(FILE.exec(given)?.[1] ?? '').toString();
    if (name === 'fsync' || name === 'fdatasync') {
      if (!unfinished && isStore(path) && rest.endsWith('= 0')) deeds.push({ kind: 'sync', file: path });
    } else if (!resumed) {
      const deed = toDeed(name, path, rest, isStore(path));
      if (deed !== undefined) deeds.push(deed);
    }
  }
  return deeds;
}

function toDeed(name: string, path: string, args: string, ofStore: boolean): Deed | undefined {
  if (!ofStore) return path.startsWith('socket:') || path.startsWith('TCP') ? say(args) : undefined;
  if (name === 'pwrite64') {
    const offset = Number(/, \d+, (\d+)(?:\)| <unfinished)/.exec(args)?.[1]);
    return { kind: 'write', file: path, offset, bytes: bytesOf(args) };
  }
  if (name === 'ftruncate')
    return { kind: 'truncate', file: path, size: Number(/, (\d+)(?:\)| <unfinished)/.exec(args)?.[1]) };
  throw new Error(`the store was changed by ${name}, which is not understood`);
}

function say(args: string): Deed {
  return { kind: 'say', text: bytesOf(args).toString('latin1') };
}

function bytesOf(args: string): Buffer {
  return Buffer.concat([...args.matchAll(TEXT)].map(([, text = '']) => unhex(text)));
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
