import type { Chance } from '../simulation/chance.ts';
import { mutate, mutateText, toFrameText } from './mutate.ts';
import { type HeardValues, nothingKnown } from './parts.ts';
import { chanceOf, dial, wildnessOf } from './raw-socket.ts';
import { type FuzzScene, type Target, within } from './scene.ts';
import { OUTCOME_OF, WORKER_SAYS, workerHello } from './worker-says.ts';

/** A hello may be such that nobody answers it. */
const HELLO_LIMIT_MS = 300;
const LINK = 'worker → gateway';
/** One hello is a worker's first word; another one is its last. */
const NAMES = (Object.keys(WORKER_SAYS) as readonly (keyof typeof WORKER_SAYS)[]).filter(
  (name) => name !== 'hello' && name !== 'bye',
);

/** A worker that takes what it is given, and reports what it likes. */
export async function hostileWorker(
  scene: FuzzScene,
  { url, tokens }: Target,
  session: number,
): Promise<void> {
  const chance = chanceOf(scene, 'worker', session);
  const answers = chanceOf(scene, 'worker answers', session);
  const known = nothingKnown();
  scene.tally.begin('worker', session);
  const socket = dial(`${url.replace('http', 'ws')}/worker`, LINK, scene);
  let ready: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    ready = resolve;
  });
  socket.onText((text) => {
    const [name, body] = JSON.parse(text) as [string, unknown];
    if (name === 'refused') scene.tally.count('refusals', codeOf(body));
    if (name === 'welcome' || name === 'refused') ready();
    if (name === 'assign') scene.tally.count('assignments', 'taken', Array.isArray(body) ? body.length : 0);
    if (name === 'assign') for (const frame of work(answers, body, known)) socket.send(frame);
  });
  await within(2_000, socket.opened);
  const wildness = wildnessOf(chance);
  const hello = workerHello(chance.oneOf(tokens))(chance, known);
  socket.send(toFrameText(['hello', chance.happens(0.15) ? mutate(chance, hello) : hello]));
  await Promise.race([within(HELLO_LIMIT_MS, settled), socket.closed]);
  await socket.play(chance.between(1, 25), () => {
    if (chance.happens(wildness / 8)) socket.trouble(chance);
    else socket.send(frameOf(chance, known, chance.happens(wildness)));
  });
  await socket.end(chance);
}

function frameOf(chance: Chance, known: HeardValues, spoiled: boolean): string {
  if (!spoiled) {
    const name = chance.oneOf(NAMES);
    return toFrameText([name, WORKER_SAYS[name](chance, known)]);
  }
  const name = chance.happens(0.02) ? chance.oneOf(['hello', 'bye'] as const) : chance.oneOf(NAMES);
  return mutateText(chance, toFrameText([name, mutate(chance, WORKER_SAYS[name](chance, known))]));
}

/** Starts what it is given, mostly, and settles it, mostly as it should. */
function work(chance: Chance, body: unknown, known: HeardValues): readonly string[] {
  if (!Array.isArray(body)) return [];
  return body.flatMap((item: readonly unknown[]) => {
    const [nonce, id, attempt] = item;
    known.nonces.push(nonce);
    known.ids.push(id);
    if (!chance.happens(0.8)) return [];
    const settled = ['settled', [[nonce, id, attempt, OUTCOME_OF(chance, known)]]];
    return [
      toFrameText(['started', [nonce]]),
      toFrameText(['chunks', [[nonce, 0, ['1', '2']]]]),
      toFrameText(chance.happens(0.05) ? mutate(chance, settled) : settled),
    ];
  });
}

function codeOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : 'without a code';
}
