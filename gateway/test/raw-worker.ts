import type { IncomingMessage } from 'node:http';
import type { Assignment, GatewayWorkerFrame, WorkerBeat, WorkerHello } from '@celeriac/protocol/internal';
import { WebSocket } from 'ws';
import { Inbox } from './inbox.ts';

export const HELLO: WorkerHello = {
  protocol: { min: 1, max: 1 },
  token: null,
  bootId: 'boot',
  name: 'w1',
  host: 'box',
  pid: 1,
  version: '0.1.0',
  ageMs: 0,
  pool: 'inline',
  concurrency: 10,
  queues: ['default'],
  weights: [],
  definitions: [{ name: 'add', options: {}, arity: null, params: null }],
  appOptions: {},
  capacity: 10,
  session: null,
  held: [],
};

export const BEAT: WorkerBeat = {
  count: 17,
  running: 3,
  waiting: 2,
  concurrency: 10,
  takes: true,
  lagMs: 12,
  rssBytes: 50_000_000,
  cpuPercent: 7,
};

type FrameOf<Type extends GatewayWorkerFrame[0]> = Extract<GatewayWorkerFrame, readonly [Type, unknown]>[1];

/** Speaks a worker's frames by hand, so that it can say anything. */
export class RawWorker {
  readonly #socket: WebSocket;
  readonly #inbox = new Inbox<GatewayWorkerFrame>();
  /** Bytes of the largest frame so far. */
  largest = 0;
  readonly opened: Promise<void>;
  /** How the gateway hung up. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
  /** The status of an answer in the WebSocket's place. */
  readonly turned: Promise<number>;
  /** What it says of why. */
  readonly told: Promise<unknown>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}, maxPayload?: number) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/worker`, {
      headers,
      ...(maxPayload === undefined ? {} : { maxPayload }),
    });
    this.opened = new Promise((resolve) => {
      this.#socket.on('open', () => resolve());
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => resolve([code, reason.toString()]));
    });
    const turned = new Promise<IncomingMessage>((resolve) => {
      this.#socket.on('unexpected-response', (_, response) => {
        resolve(response);
        this.#socket.terminate();
      });
    });
    this.turned = turned.then(({ statusCode = 0 }) => statusCode);
    this.told = turned.then(({ headers }) =>
      JSON.parse(decodeURIComponent(String(headers['celeriac-refusal']))),
    );
    this.#socket.on('error', () => {});
    this.#socket.on('message', (data: Buffer) => {
      this.largest = Math.max(this.largest, data.length);
      this.#inbox.push(JSON.parse(data.toString()) as GatewayWorkerFrame);
    });
  }

  /** Connects and says hello. */
  static async greeting(
    url: string,
    hello: Partial<WorkerHello> | object = {},
    maxPayload?: number,
  ): Promise<RawWorker> {
    const worker = new RawWorker(url, {}, maxPayload);
    await worker.opened;
    worker.send(['hello', { ...HELLO, ...hello }]);
    return worker;
  }

  static async welcomed(url: string, hello: Partial<WorkerHello> = {}): Promise<RawWorker> {
    const worker = await RawWorker.greeting(url, hello);
    await worker.next('welcome');
    return worker;
  }

  async next<Type extends GatewayWorkerFrame[0]>(type: Type): Promise<FrameOf<Type>> {
    const [, body] = await this.#inbox.take((frame) => frame[0] === type);
    return body as FrameOf<Type>;
  }

  /** The next frame of any type. */
  heard(): Promise<GatewayWorkerFrame> {
    return this.#inbox.take(() => true);
  }

  /** Takes the next assignments and settles them all. */
  async works(result = '4'): Promise<readonly Assignment[]> {
    const assignments = await this.next('assign');
    this.send(['started', assignments.map(([nonce]) => nonce)]);
    this.send([
      'settled',
      assignments.map(([nonce, id, attempt]) => [nonce, id, attempt, ['success', result]]),
    ]);
    return assignments;
  }

  send(frame: unknown): void {
    this.raw(JSON.stringify(frame));
  }

  raw(data: string | Buffer): void {
    this.#socket.send(data, () => {});
  }

  /** Writes, and waits until the network has taken it. @returns false when the connection is gone */
  written(data: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#socket.send(data, (error) => resolve(!error));
    });
  }

  /** Stops reading, so that nothing that is said to it has an effect, until {@link listen}. */
  hang(): void {
    this.#socket.pause();
  }

  listen(): void {
    this.#socket.resume();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
