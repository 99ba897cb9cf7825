/** Bugs of the kinds that the fuzzer is there for, to be planted: one that finds none of them proves nothing. */
import type { Plant } from '../planting/plants.ts';

export const PLANTS: Readonly<Record<string, Plant>> = {
  'a frame of a client is not read': {
    file: 'protocol/src/wire/read-client.ts',
    line: "  return readList(value, 'closeStreams', FRAME_ITEMS).map((reader) =>",
    instead: '  return (value as readonly unknown[]).map((reader) =>',
    trips: 'client session: TypeError',
  },
  'a frame of a client is read without end': {
    file: 'protocol/src/wire/read-client.ts',
    line: "  return readList(value, 'closeStreams', FRAME_ITEMS).map((reader) =>",
    instead:
      '  for (;;) if (value === undefined) break;\n  return (value as readonly unknown[]).map((reader) =>',
    trips: 'held its event loop for 10000 ms at\n  readCloseStreams',
  },
  'a frame of a worker is not read': {
    file: 'protocol/src/wire/read-worker.ts',
    line: "readList(body, 'started', WORKER_CAPACITY)",
    instead: '(body as readonly unknown[])',
    trips: 'gateway',
  },
  'a refusal has the stack of its error': {
    file: 'protocol/src/wire/guard.ts',
    line: '    super(code, message);',
    instead: '    super(code, message); this.message = String(this.stack);',
    trips: 'tells where it lives',
  },
  'a client takes in what it could not read': {
    file: 'client/src/connection/socket-link.ts',
    line: '      tell(read(reader, said, name));',
    instead: '      tell(said as Value);',
    trips: 'client: what was read was wrong all the same: TypeError',
  },
};
