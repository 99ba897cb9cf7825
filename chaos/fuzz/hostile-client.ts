import { CLIENT_FRAMES } from '@celeriac/protocol/internal';
import type { Chance } from '../simulation/chance.ts';
import { CLIENT_SAYS, clientHello, ODD_PACKETS } from './client-says.ts';
import { mutate, mutateText, toFrameText } from './mutate.ts';
import { type HeardValues, nothingKnown } from './parts.ts';
import { chanceOf, dial, wildnessOf } from './raw-socket.ts';
import { type FuzzScene, type Target, within } from './scene.ts';

/** A hello may be such that nobody answers it. */
const HELLO_LIMIT_MS = 300;
const LINK = 'client → gateway';
const NAMES = Object.keys(CLIENT_SAYS) as readonly (keyof typeof CLIENT_SAYS)[];

/** A client that says hello, mostly rightly, then all that comes to its mind. */
export async function hostileClient(
  scene: FuzzScene,
  { url, tokens }: Target,
  session: number,
): Promise<void> {
  const chance = chanceOf(scene, 'client', session);
  const known = nothingKnown();
  scene.tally.begin('client', session);
  const socket = dial(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, LINK, scene);
  const wildness = wildnessOf(chance);
  const hello = helloOf(chance, tokens);
  let ready: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    ready = resolve;
  });
  socket.onText((text) => {
    if (text.startsWith('0')) socket.send(hello);
    else if (text === '2') socket.send('3');
    else if (text.startsWith('44') || text.startsWith('42["welcome"')) ready();
    learn(text, known, scene);
  });
  await Promise.race([within(HELLO_LIMIT_MS, settled), socket.closed]);
  await socket.play(chance.between(1, 30), () => say());
  await socket.end(chance);

  function say(): void {
    const spoiled = chance.happens(wildness);
    if (!spoiled || chance.happens(0.75)) socket.send(packetOf(chance, known, spoiled));
    else if (chance.happens(0.5)) socket.send(chance.oneOf(ODD_PACKETS));
    else socket.trouble(chance);
  }
}

function helloOf(chance: Chance, tokens: Target['tokens']): string {
  const right = clientHello(chance.oneOf(tokens))(chance, nothingKnown());
  return chance.happens(0.1)
    ? mutateText(chance, `40${toFrameText(mutate(chance, right))}`)
    : `40${toFrameText(right)}`;
}

function packetOf(chance: Chance, known: HeardValues, spoiled: boolean): string {
  const name = chance.oneOf(NAMES);
  const body = CLIENT_SAYS[name](chance, known);
  const { acknowledged } = CLIENT_FRAMES[name];
  const number = chance.between(0, 9);
  if (!spoiled) return `42${acknowledged ? number : ''}${toFrameText([name, body])}`;
  // An answer is asked for where there is one, and now and then where there is none.
  const asks = acknowledged !== chance.happens(0.05);
  return mutateText(chance, `42${asks ? number : ''}${toFrameText([name, mutate(chance, body)])}`);
}

/** Ids that the gateway names are worth naming again. */
function learn(text: string, known: HeardValues, { tally }: FuzzScene): void {
  const said = /^4[234]\d*(.*)$/s.exec(text)?.[1];
  if (said === undefined || text.length > 100_000) return;
  for (const [, code] of text.matchAll(/"code":"([A-Z_]+)"|,0,"([A-Z_]+)","/g))
    if (code !== undefined) tally.count('refusals', code);
  for (const [, id] of said.matchAll(/\["([^"\\]{1,40})",1,/g)) if (known.ids.length < 50) known.ids.push(id);
}
