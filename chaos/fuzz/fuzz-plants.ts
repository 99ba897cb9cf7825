/** Bugs of the kinds that the fuzzer is there for, to be planted: one that finds none of them proves nothing. */
import type { Plant } from '../planting/plants.ts';

export const FUZZ_PLANTS: Readonly<Record<string, Plant>> = {
  'a frame of a client is not read': {
    file: 'protocol/src/frames/stream.ts',
    line: "  closeStreams: frame('none', FRAME_ITEMS, each(count)),",
    instead: "  closeStreams: frame('none', FRAME_ITEMS, (value) => value as readonly number[]),",
    trips: 'client session: TypeError',
  },
  'a frame of a client is read without end': {
    file: 'protocol/src/frames/stream.ts',
    line: "  closeStreams: frame('none', FRAME_ITEMS, each(count)),",
    instead:
      "  closeStreams: frame('none', FRAME_ITEMS, function readCloseStreams(value) {\n    for (;;) if (value === undefined) break;\n    return value as readonly number[];\n  }),",
    trips: 'held its event loop for 10000 ms at\n  readCloseStreams',
  },
  'a frame of a worker is not read': {
    file: 'protocol/src/frames/assignment.ts',
    line: "  started: frame('none', WORKER_CAPACITY, usual(isNonce, every(readNonce))),",
    instead:
      "  started: frame('none', WORKER_CAPACITY, (value) => (value as readonly unknown[]).map(readNonce)),",
    trips: 'gateway',
  },
  'a refusal has the stack of its error': {
    file: 'protocol/src/frames/guard.ts',
    line: '    super(code, message);',
    instead: '    super(code, message); this.message = String(this.stack);',
    trips: 'tells where it lives',
  },
  'a client takes in what it could not read': {
    file: 'client/src/connection/socket-transport.ts',
    line: '      const word = readTold(name, said);',
    instead: '        const word = said as ToldIn<Name>;',
    trips: 'client: what was read was wrong all the same: TypeError',
  },
};
