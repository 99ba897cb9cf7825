import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { ANSWERS, SAYS_TO_CLIENT, SAYS_TO_WORKER } from './gateway-says.ts';
import { mutate, mutateText, toFrameText } from './mutate.ts';
import { type HeardValues, nothingKnown } from './parts.ts';
import { chanceOf, RawSocket, wildnessOf } from './raw-socket.ts';
import type { FuzzScene } from './scene.ts';

const TO_CLIENT = 'gateway → client';
const TO_WORKER = 'gateway → worker';
const CLIENT_NAMES = Object.keys(SAYS_TO_CLIENT) as readonly (keyof typeof SAYS_TO_CLIENT)[];
const WORKER_NAMES = Object.keys(SAYS_TO_WORKER) as readonly (keyof typeof SAYS_TO_WORKER)[];

const HANDSHAKE = { sid: 'a', upgrades: [], pingInterval: 10_000, pingTimeout: 8_000, maxPayload: 2_000_000 };
/** Below the frames. */
const ODD_PACKETS: readonly string[] = [
  ...[
    '',
    '0',
    '0null',
    '0{}',
    '0[',
    '1',
    '2',
    '2probe',
    '3',
    '4',
    '5',
    '6',
    '7',
    '9',
    'b',
    'bAAAA',
    '\u0000',
    '40',
    '40{}',
  ],
  ...[
    '40{"sid":5}',
    '40/x,{"sid":"a"}',
    '41',
    '43',
    '430',
    '430[]',
    '4399["x"]',
    '44',
    '44{}',
    '44""',
    '44/x,',
  ],
  ...[
    '44{"message":{"toString":null}}',
    '44{"message":"no","data":{"code":"X","retryAfterMs":1e309}}',
    '45',
    '46',
    '49',
    '42',
  ],
  ...[
    '42[]',
    '42[5]',
    '42["connect"]',
    '42["connect_error",null]',
    '42["__proto__",1]',
    '421["events",[]]',
    '42["disconnect"]',
  ],
  ...[
    '451-["events",{"_placeholder":true,"num":0}]',
    '451-["events",{"_placeholder":true,"num":9}]',
    '461-0[]',
  ],
  '44{"message":"no","data":{"code":"OVERLOADED","retryAfterMs":1}}',
];
/** What each frame of a client is answered with. */
const REPLIES: Readonly<Record<string, readonly (keyof typeof SAYS_TO_CLIENT)[]>> = {
  submit: ['receipts', 'events', 'events'],
  watch: ['snapshots', 'events'],
  openStreams: ['streams', 'streams'],
  openFeeds: ['feeds', 'feeds'],
};

/** A gateway, or what claims to be one. Every connection is a session of its own. */
export class HostileGateway {
  readonly #scene: FuzzScene;
  readonly #http: Server = createServer((_, response) => void response.writeHead(404).end());
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #clients = 0;
  #workers = 0;

  constructor(scene: FuzzScene) {
    this.#scene = scene;
    this.#http.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {});
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        if (request.url?.startsWith('/worker')) this.#faceWorker(accepted, this.#workers++);
        else this.#faceClient(accepted, this.#clients++);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.close();
  }

  #faceClient(accepted: WebSocket, session: number): void {
    const chance = chanceOf(this.#scene, 'to client', session);
    const wildness = wildnessOf(chance);
    const known = nothingKnown();
    const socket = this.#begin(accepted, 'to client', session, TO_CLIENT);
    const say = (name: keyof typeof SAYS_TO_CLIENT, spoil: boolean): void => {
      const right = SAYS_TO_CLIENT[name](chance, known);
      const packet = `42${toFrameText([name, spoil ? mutate(chance, right) : right])}`;
      socket.send(spoil ? mutateText(chance, packet) : packet);
    };
    let words = chance.between(3, 30);
    socket.send(`0${toFrameText(chance.happens(wildness / 4) ? mutate(chance, HANDSHAKE) : HANDSHAKE)}`);
    socket.onText((text) => {
      if (chance.happens(wildness / 4)) socket.send(chance.oneOf(ODD_PACKETS));
      if (text.startsWith('40')) {
        socket.send(
          `40${toFrameText(chance.happens(wildness / 4) ? mutate(chance, { sid: 'b' }) : { sid: 'b' })}`,
        );
        say('welcome', chance.happens(wildness / 2));
      } else if (text.startsWith('42')) {
        const [, number = '', body = '[]'] = /^42(\d*)(.*)$/s.exec(text) ?? [];
        const [name] = learn(body, known);
        if (name in ANSWERS) {
          const right = ANSWERS[name as keyof typeof ANSWERS](chance, known);
          socket.send(
            `43${number}${toFrameText([chance.happens(wildness) ? mutate(chance, right) : right])}`,
          );
        }
        for (const reply of REPLIES[name] ?? []) say(reply, chance.happens(wildness));
        if (chance.happens(0.3)) say(chance.oneOf(CLIENT_NAMES), chance.happens(wildness));
      }
      if (chance.happens(wildness / 8)) socket.trouble(chance);
      words -= 1;
      if (words === 0) void socket.end(chance);
    });
  }

  #faceWorker(accepted: WebSocket, session: number): void {
    const chance = chanceOf(this.#scene, 'to worker', session);
    const wildness = wildnessOf(chance);
    const known = nothingKnown();
    const socket = this.#begin(accepted, 'to worker', session, TO_WORKER);
    const say = (name: keyof typeof SAYS_TO_WORKER, spoil: boolean): void => {
      const right = [name, SAYS_TO_WORKER[name](chance, known)];
      const text = toFrameText(spoil ? mutate(chance, right) : right);
      socket.send(spoil ? mutateText(chance, text) : text);
    };
    let words = chance.between(3, 40);
    socket.onText((text) => {
      const name = learnNonces(text, known);
      if (name === 'hello') say('welcome', chance.happens(wildness / 2));
      if (name === 'started') say('startedAcks', chance.happens(wildness));
      if (name === 'settled') say('acks', chance.happens(wildness));
      for (let more = chance.between(0, 4); more > 0; more--) {
        if (chance.happens(0.5)) say('assign', chance.happens(wildness));
        else say(chance.oneOf(WORKER_NAMES), chance.happens(wildness));
      }
      if (chance.happens(wildness / 8)) socket.trouble(chance);
      words -= 1;
      if (words === 0) void socket.end(chance);
    });
  }

  #begin(accepted: WebSocket, kind: string, session: number, link: string): RawSocket {
    this.#scene.tally.begin(kind, session);
    return new RawSocket(accepted, link, this.#scene);
  }
}

/** @returns the frame's name */
function learn(body: string, known: HeardValues): readonly [name: string] {
  const [name, items] = JSON.parse(body) as [string, unknown];
  const list = Array.isArray(items) ? items : ((items as { tasks?: unknown[] } | undefined)?.tasks ?? []);
  for (const item of list) {
    const [first, second] = Array.isArray(item) ? item : [item, undefined];
    for (const fact of [first, second]) {
      if (typeof fact === 'number') known.numbers.push(fact);
      else if (typeof fact === 'string') known.ids.push(fact);
    }
  }
  return [name];
}

function learnNonces(text: string, known: HeardValues): string {
  const [name, items] = JSON.parse(text) as [string, unknown];
  if (Array.isArray(items)) for (const item of items) known.nonces.push(Array.isArray(item) ? item[0] : item);
  return name;
}
