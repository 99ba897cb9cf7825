/** A gateway that does what a test says: a real WebSocket server on a free port, without any logic. */
import {
  type Assignment,
  CLOSE,
  FRAME_LIMIT,
  type GatewayWorkerFrame,
  PAYLOAD_LIMIT,
  readWorkerFrame,
  type SettledItem,
  type SettleVerdict,
  WORKER_PATH,
  type WorkerBeat,
  type WorkerFrame,
  type WorkerHello,
  type WorkerOrder,
  type WorkerWelcome,
} from '@celeriac/protocol/internal';
import { type WebSocket, WebSocketServer } from 'ws';

type Body<Type extends WorkerFrame[0]> = Extract<WorkerFrame, readonly [Type, unknown]>[1];

export class FakeGateway {
  /** Answers a beat with the same number. */
  answersBeats = true;
  /** Acks every outcome as applied. */
  acks = true;
  readonly #server: WebSocketServer;
  readonly #peers: Peer[] = [];
  readonly #waiting: ((peer: Peer) => void)[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      const peer = new Peer(socket, this);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#peers.push(peer);
      else waiting(peer);
    });
  }

  /** @param port 0 takes a free one */
  static async listen(port = 0): Promise<FakeGateway> {
    const server = new WebSocketServer({
      port,
      host: '127.0.0.1',
      path: WORKER_PATH,
      maxPayload: FRAME_LIMIT,
    });
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    return new FakeGateway(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    return address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The next connection that nobody has taken yet. */
  async connection(): Promise<Peer> {
    return this.#peers.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Takes the next connection and welcomes it. */
  async welcome(given: Partial<WorkerWelcome> = {}): Promise<{ peer: Peer; hello: WorkerHello }> {
    const peer = await this.connection();
    const hello = await peer.next('hello');
    peer.welcome(given);
    return { peer, hello };
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One connection of a worker. */
export class Peer {
  /** Every frame but beats, in the order of arrival. */
  readonly frames: WorkerFrame[] = [];
  readonly beats: WorkerBeat[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #unread: WorkerFrame[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket, habits: Pick<FakeGateway, 'answersBeats' | 'acks'>) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)));
    socket.on('message', (data) => {
      const frame = readWorkerFrame(data.toString(), PAYLOAD_LIMIT);
      if (frame[0] === 'beat') {
        this.beats.push(frame[1]);
        if (habits.answersBeats) this.send(['beat', frame[1].count]);
      } else {
        if (frame[0] === 'settled' && habits.acks) this.ack(frame[1]);
        this.frames.push(frame);
        this.#unread.push(frame);
      }
      for (const look of [...this.#waiting]) look();
    });
  }

  /** The body of the next unread frame of this type; unread frames of other types stay. */
  async next<Type extends WorkerFrame[0]>(type: Type): Promise<Body<Type>> {
    return this.#until(() => {
      const position = this.#unread.findIndex(([unread]) => unread === type);
      return position === -1 ? undefined : (this.#unread.splice(position, 1)[0]?.[1] as Body<Type>);
    });
  }

  /** Collects reports until there are so many. */
  async settled(count: number): Promise<readonly SettledItem[]> {
    const items: SettledItem[] = [];
    while (items.length < count) items.push(...(await this.next('settled')));
    return items;
  }

  /** The last of so many heartbeats, counted from the first on this connection. */
  async beat(count: number): Promise<WorkerBeat> {
    return this.#until(() => this.beats[count - 1]);
  }

  unread(type: WorkerFrame[0]): number {
    return this.#unread.filter(([unread]) => unread === type).length;
  }

  welcome(given: Partial<WorkerWelcome> = {}): void {
    this.send([
      'welcome',
      {
        protocol: 1,
        session: 'session-1',
        resumed: false,
        epoch: 'epoch-1',
        lost: [],
        leaseMs: 30_000,
        heartbeatMs: 5_000,
        payloadLimit: PAYLOAD_LIMIT,
        ...given,
      },
    ]);
  }

  order(order: WorkerOrder): void {
    this.send(['order', order]);
  }

  assign(...assignments: readonly Assignment[]): void {
    this.send(['assign', assignments]);
  }

  ack(items: readonly SettledItem[], verdict: SettleVerdict = 'applied'): void {
    this.send(['acks', items.map(([nonce]) => [nonce, verdict])]);
  }

  send(frame: GatewayWorkerFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** Says why, and hangs up. */
  refuse(code: string, message: string): void {
    this.send(['refused', { code, message }]);
    this.#socket.close(CLOSE.badFrame, message);
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** As a cable that is pulled, with the difference that both ends notice. */
  cut(): void {
    this.#socket.terminate();
  }

  async #until<Value>(look: () => Value | undefined): Promise<Value> {
    const now = look();
    if (now !== undefined) return now;
    return new Promise((resolve) => {
      const lookAgain = (): void => {
        const value = look();
        if (value === undefined) return;
        this.#waiting.delete(lookAgain);
        resolve(value);
      };
      this.#waiting.add(lookAgain);
    });
  }
}
