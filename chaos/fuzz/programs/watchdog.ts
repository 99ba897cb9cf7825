/**
 * A thread that ends a process whose event loop is held, after it has written where: whoever hangs cannot say so itself.
 * Imported by the process that is watched, and then its own thread's program.
 */
import { writeSync } from 'node:fs';
import { type Debugger, Session } from 'node:inspector/promises';
import { Worker, workerData } from 'node:worker_threads';

const BEAT_MS = 250;
/** So long a busy machine holds nobody. */
const HELD_LIMIT_MS = 10_000;
/** A loop in native code cannot be paused: then there is no stack. */
const PAUSE_LIMIT_MS = 2_000;
const STDERR = 2;

/** To be called once, by the main thread. */
export function watchEventLoop(): void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
  new Worker(new URL(import.meta.url), { workerData: { beats } }).unref();
}

function watch(beats: Int32Array): void {
  let last = -1;
  let heldMs = 0;
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    heldMs = now === last ? heldMs + BEAT_MS : 0;
    last = now;
    if (heldMs === HELD_LIMIT_MS) void end();
  }, BEAT_MS);
}

async function end(): Promise<void> {
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('  somewhere that cannot be paused'), PAUSE_LIMIT_MS);
  });
  const stack = await Promise.race([stackOfMainThread(), late]);
  writeSync(STDERR, `held its event loop for ${HELD_LIMIT_MS} ms at\n${stack}\n`);
  process.kill(process.pid, 'SIGKILL');
}

async function stackOfMainThread(): Promise<string> {
  const session = new Session();
  session.connectToMainThread();
  // A frame names its script by its number alone.
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => void urls.set(params.scriptId, params.url));
  const paused = new Promise<Debugger.CallFrame[]>((resolve) => {
    session.once('Debugger.paused', ({ params }) => resolve(params.callFrames));
  });
  await session.post('Debugger.enable');
  await session.post('Debugger.pause');
  return (await paused)
    .map(({ functionName, location: { scriptId, lineNumber } }) => {
      return `  ${functionName || 'anonymous'} ${urls.get(scriptId)}:${lineNumber + 1}`;
    })
    .join('\n');
}

const given: { readonly beats?: Int32Array } | null = workerData;
if (given?.beats !== undefined) watch(given.beats);
