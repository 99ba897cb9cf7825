// The floor: the shape of Celeriac's gateway without its features. Calls come in over socket.io and go out over ws, what one turn of the
// event loop collects is one frame and one commit. No resume, no fences, no history, no recovery.
// `server.ts memory` or `server.ts sqlite`: then each receipt, and each result, leaves after its commit (synchronous=FULL).
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { Server, type Socket } from 'socket.io';
import { type WebSocket, WebSocketServer } from 'ws';

interface Task {
  readonly id: string;
  readonly sequence: number;
  readonly value: unknown;
  readonly caller: Socket;
}

type Call = readonly [id: string, value: unknown, queue: string];
type Outcome = readonly [id: string, value: unknown];

/** Tasks that the worker has and has not answered. */
const PREFETCH = 500;

const commit = process.argv[2] === 'sqlite' ? openStore() : undefined;
const tasks = new Map<string, Task>();
let ready: Task[] = [];
const unserved: Task[] = [];
let sequence = 0;
let worker: WebSocket | undefined;
let credit = PREFETCH;

/** What this turn has collected. */
let calls: (readonly [list: readonly Call[], caller: Socket, receipt: () => void])[] = [];
let outcomes: Outcome[] = [];
let due = false;

function openStore(): (added: readonly Task[], ended: readonly Outcome[]) => void {
  const db = new DatabaseSync('skeleton.db');
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536');
  db.exec('CREATE TABLE tasks(sequence INTEGER PRIMARY KEY, id TEXT, args TEXT, result TEXT)');
  const insert = db.prepare('INSERT INTO tasks(sequence, id, args) VALUES(?, ?, ?)');
  const finish = db.prepare('UPDATE tasks SET result = ? WHERE sequence = ?');
  return (added, ended) => {
    db.exec('BEGIN IMMEDIATE');
    for (const { sequence: key, id, value } of added) insert.run(key, id, JSON.stringify(value));
    for (const [id, value] of ended) finish.run(JSON.stringify(value), tasks.get(id)?.sequence ?? 0);
    db.exec('COMMIT');
  };
}

function soon(): void {
  if (due) return;
  due = true;
  setImmediate(turn);
}

function turn(): void {
  due = false;
  const [added, ended] = [calls, outcomes];
  calls = [];
  outcomes = [];
  const fresh: Task[] = [];
  for (const [list, caller] of added)
    for (const [id, value, queue] of list) {
      sequence += 1;
      const task = { id, sequence, value, caller };
      tasks.set(id, task);
      fresh.push(task);
      (queue === '' ? ready : unserved).push(task);
    }
  commit?.(fresh, ended);
  for (const [, , receipt] of added) receipt();
  handOver();
  answer(ended);
}

function handOver(): void {
  const count = Math.min(credit, ready.length);
  if (worker === undefined || count === 0) return;
  credit -= count;
  const batch = ready.slice(0, count);
  ready = ready.slice(count);
  worker.send(JSON.stringify(batch.map(({ id, value }) => [id, value])));
}

function answer(ended: readonly Outcome[]): void {
  const frames = new Map<Socket, Outcome[]>();
  for (const outcome of ended) {
    const caller = tasks.get(outcome[0])?.caller;
    if (caller === undefined) continue;
    const frame = frames.get(caller);
    if (frame === undefined) frames.set(caller, [outcome]);
    else frame.push(outcome);
  }
  for (const [caller, frame] of frames) caller.emit('results', frame);
}

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false, destroyUpgrade: false });
io.on('connection', (caller) => {
  caller.on('calls', (list: readonly Call[], receipt: () => void) => {
    calls.push([list, caller, receipt]);
    soon();
  });
});
const workers = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on('upgrade', (request, socket, head) => {
  if (request.url !== '/worker') return;
  workers.handleUpgrade(request, socket, head, (ws) => {
    worker = ws;
    ws.on('message', (frame) => {
      const list = JSON.parse(String(frame)) as readonly Outcome[];
      credit += list.length;
      for (const outcome of list) outcomes.push(outcome);
      soon();
    });
    soon();
  });
});
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`);
});
process.once('SIGTERM', () => process.exit(0));
