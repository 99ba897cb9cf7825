import { WebSocket } from 'ws';
import { Inbox } from './inbox.ts';

export interface Dial {
  readonly auth?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Says in its address whose client it is, as ours do. */
  readonly marked?: boolean;
  /** Sends no hello by itself. */
  readonly silent?: boolean;
}

/** How a dial ended that got no session. */
export interface Turned {
  readonly status: number;
  readonly message: string;
}

interface Heard {
  readonly event: string;
  readonly args: readonly unknown[];
}

const HELLO = { protocol: { min: 1, max: 1 }, token: null };

/** Speaks a client's frames by hand: socket.io's packets on a bare WebSocket, so that it can say anything. */
export class RawClient {
  readonly #socket: WebSocket;
  readonly #inbox = new Inbox<Heard>();
  /** The gateway has begun to listen to it, and named it so. */
  readonly opened: Promise<string>;
  readonly closed: Promise<void>;
  /** Bytes of the largest message so far. */
  largest = 0;
  #asked = 0;

  constructor(url: string, { auth = HELLO, headers = {}, marked = false, silent = false }: Dial = {}) {
    const mark = marked ? '&celeriac=1' : '';
    const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket${mark}`;
    this.#socket = new WebSocket(address, { headers });
    this.opened = new Promise((resolve) => {
      this.#socket.once('message', (data) => {
        const { sid } = JSON.parse(data.toString().slice(1)) as { readonly sid: string };
        resolve(sid);
      });
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => resolve());
    });
    this.#socket.on('error', () => {});
    this.#socket.on('unexpected-response', (_, response) => {
      let message = '';
      response.on('data', (chunk: Buffer) => {
        message += chunk.toString();
      });
      response.on('end', () => {
        this.#inbox.push({ event: 'turned', args: [{ status: response.statusCode, message }] });
        this.#socket.terminate();
      });
    });
    this.#socket.on('message', (data: Buffer) => {
      this.largest = Math.max(this.largest, data.length);
      this.#hear(data.toString(), auth, silent);
    });
  }

  /** Connects and waits to be welcomed. */
  static async welcomed(url: string, dial?: Dial): Promise<RawClient> {
    const client = new RawClient(url, dial);
    await client.next('welcome');
    return client;
  }

  /** The arguments of the next event of this name. */
  async next(event: string): Promise<readonly unknown[]> {
    return (await this.#inbox.take((heard) => heard.event === event)).args;
  }

  /** The next event of a task's life that ends it. */
  async ended(id: string): Promise<readonly unknown[]> {
    for (;;) {
      const [events] = (await this.next('events')) as readonly [readonly (readonly unknown[])[]];
      const end = events.find(
        ([about, , , state]) =>
          about === id && !['STARTED', 'RETRY', 'PENDING', null].includes(state as string),
      );
      if (end !== undefined) return end;
    }
  }

  heard(event: string): number {
    return this.#inbox.peek((heard) => heard.event === event).length;
  }

  emit(event: string, ...args: readonly unknown[]): void {
    this.raw(`42${JSON.stringify([event, ...args])}`);
  }

  /** Asks with an acknowledgement. */
  async ask(event: string, ...args: readonly unknown[]): Promise<unknown> {
    const number = this.#asked++;
    this.raw(`42${number}${JSON.stringify([event, ...args])}`);
    const [answer] = await this.next(`answer ${number}`);
    return answer;
  }

  /** Writes bytes of any kind. */
  raw(data: string | Buffer): void {
    this.#socket.send(data, () => {});
  }

  /** Writes, and waits until the network has taken it. @returns false when the connection is gone */
  written(data: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#socket.send(data, (error) => resolve(!error));
    });
  }

  /** A part of a message that never ends. */
  fragment(data: string): void {
    this.#socket.send(data, { fin: false }, () => {});
  }

  ping(data: string): void {
    this.#socket.ping(data);
  }

  /** Stops reading, until {@link listen}. */
  hang(): void {
    this.#socket.pause();
  }

  listen(): void {
    this.#socket.resume();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #hear(packet: string, auth: unknown, silent: boolean): void {
    if (packet.startsWith('0') && !silent) this.raw(`40${JSON.stringify(auth)}`);
    else if (packet === '2') this.raw('3');
    else if (packet.startsWith('44{'))
      this.#inbox.push({ event: 'refused hello', args: [JSON.parse(packet.slice(2))] });
    else if (packet.startsWith('43')) {
      const [, number = '', body = '[]'] = /^43(\d+)(.*)$/s.exec(packet) ?? [];
      this.#inbox.push({ event: `answer ${number}`, args: JSON.parse(body) as unknown[] });
    } else if (packet.startsWith('42')) {
      const [event = '', ...args] = JSON.parse(packet.slice(2)) as [string?, ...unknown[]];
      this.#inbox.push({ event, args });
    }
  }
}
