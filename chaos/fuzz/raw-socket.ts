import { type RawData, WebSocket } from 'ws';
import { Chance } from '../simulation/chance.ts';
import { type FuzzScene, turn, within } from './scene.ts';

/** Nobody takes longer to hang up. */
const CLOSE_LIMIT_MS = 5_000;

/** One connection of the fuzzer's own, on either link: it says anything, and writes down what becomes of it. */
export class RawSocket {
  readonly closed: Promise<void>;
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #scene: FuzzScene;
  readonly #link: string;
  #last = '';

  constructor(socket: WebSocket, link: string, scene: FuzzScene) {
    this.#socket = socket;
    this.#scene = scene;
    this.#link = link;
    const { tally } = scene;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        tally.count(`closes ${link}`, String(code));
        tally.hear(link, reason.toString());
        resolve();
      });
    });
    this.opened = new Promise((resolve) => {
      if (socket.readyState === WebSocket.OPEN) resolve();
      socket.on('open', () => resolve());
      socket.on('close', () => resolve());
    });
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, response) => {
      tally.count(`closes ${link}`, `HTTP ${response.statusCode}`);
      response.on('data', (chunk: Buffer) => tally.hear(link, chunk.toString()));
      socket.terminate();
    });
  }

  /** Everything that the peer says is looked at before it is passed on. */
  onText(listener: (text: string) => void): void {
    this.#socket.on('message', (data: RawData) => {
      const text = data.toString();
      // A worker tells its gateway where a task failed, and is meant to.
      if (this.#link.endsWith('→ gateway')) this.#scene.tally.hear(this.#link, text);
      listener(text);
    });
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(data: string | Buffer): void {
    if (!this.open) return;
    this.#scene.tally.count('frames', this.#link);
    if (typeof data === 'string') this.#last = data;
    this.#socket.send(data);
  }

  /** Something that is wrong below the frames, or right but tiresome. */
  trouble(chance: Chance): void {
    const data = this.#last;
    const bytes = Buffer.from(Array.from({ length: chance.between(0, 200) }, () => chance.between(0, 255)));
    const times = chance.between(2, 30);
    const act = chance.oneOf<() => void>([
      () => this.send(bytes),
      () => {
        for (let n = 0; n < times; n++) this.send(data);
      },
      () => {
        for (let n = 0; n < times; n++) if (this.open) this.#socket.ping(bytes.subarray(0, 100));
      },
      () => {
        for (const letter of data.slice(0, 50)) if (this.open) this.#socket.send(letter, { fin: false });
        if (this.open) this.#socket.send(data.slice(50), { fin: true });
      },
      () => this.send('x'.repeat(chance.oneOf([10, 70_000, 2_500_000]))),
    ]);
    if (this.open) act();
  }

  async end(chance: Chance): Promise<void> {
    const polite = chance.happens(0.5);
    if (polite && this.open) this.#socket.close(1000);
    else this.#socket.terminate();
    if (await within(CLOSE_LIMIT_MS, this.closed)) return;
    this.#scene.tally.count(`closes ${this.#link}`, 'not closed by the peer');
    this.#socket.terminate();
  }

  /** Steps of a script, with time for the peer to answer between them. */
  async play(steps: number, step: () => void): Promise<void> {
    for (let at = 0; at < steps && this.open; at++) {
      step();
      if (at % 4 === 3) await turn();
    }
    await within(30, this.closed);
  }
}

export function dial(address: string, link: string, scene: FuzzScene): RawSocket {
  return new RawSocket(new WebSocket(address, { perMessageDeflate: false }), link, scene);
}

/**
 * How often a session says what is wrong: the first such word is mostly its last, so that only one which is mild gets far.
 * The shares of frames that are spoiled.
 */
const WILDNESS = [0, 0.02, 0.1, 0.7];

export function wildnessOf(chance: Chance): number {
  return chance.oneOf(WILDNESS);
}

/** The chances of one session: what it says does not depend on what others do. */
export function chanceOf({ seed }: FuzzScene, kind: string, session: number): Chance {
  return new Chance(seed, `${kind} ${session}`);
}
