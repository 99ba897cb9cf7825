import { connect } from 'node:net';
import type { Chance } from '../simulation/chance.ts';
import { mutateText } from './mutate.ts';
import { chanceOf } from './raw-socket.ts';
import { type FuzzScene, type Target, within } from './scene.ts';

const LINK = 'stranger → gateway';
const PATHS = [
  '/',
  '//',
  '/healthz',
  '/readyz',
  '/metrics',
  '/socket.io/',
  '/worker',
  '/%zz',
  '/../../etc/passwd',
  'http://[',
  '*',
];
const QUERIES = [
  '',
  '?EIO=4&transport=websocket',
  '?EIO=4&transport=polling',
  '?EIO=3&transport=websocket',
  '?sid=__proto__',
  '?EIO[]=4',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'OPTIONS', 'CONNECT', 'PRI', 'HEAD', 'get'];
const HEADERS = [
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Connection: close',
  'Origin: http://evil.example',
  'Origin: null',
  'Authorization: Bearer a.b.c',
  'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.',
  'Content-Length: 10',
  'Transfer-Encoding: chunked',
  'X-Long: long',
  'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1',
  'Cookie: __proto__=1',
];

/** Somebody without any token who knows what HTTP and WebSockets look like. */
export async function stranger(scene: FuzzScene, { url }: Target, session: number): Promise<void> {
  const chance = chanceOf(scene, 'stranger', session);
  scene.tally.begin('stranger', session);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  let heard = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (heard.length < 100_000) heard += data.toString('latin1');
  });
  socket.write(requestOf(chance));
  scene.tally.count('frames', LINK);
  await within(10, closed);
  for (let frames = chance.between(0, 8); frames > 0 && socket.writable; frames--) {
    socket.write(frameOf(chance));
    scene.tally.count('frames', LINK);
  }
  await within(chance.between(10, 60), closed);
  socket.destroy();
  await closed;
  scene.tally.hear(LINK, heard);
  scene.tally.count(`closes ${LINK}`, /^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 'no answer');
}

function requestOf(chance: Chance): string {
  const host = chance.oneOf(['127.0.0.1', 'localhost', 'evil.example', '', 'a b']);
  const headers = Array.from({ length: chance.between(0, 4) }, () => chance.oneOf(HEADERS));
  const line = `${chance.oneOf(METHODS)} ${chance.oneOf(PATHS)}${chance.oneOf(QUERIES)} HTTP/1.1`;
  const text = `${[line, `Host: ${host}`, ...headers].join('\r\n').replace('long', 'x'.repeat(20_000))}\r\n\r\n`;
  return chance.happens(0.3) ? mutateText(chance, text) : text;
}

/** A WebSocket frame, or what looks like one. */
function frameOf(chance: Chance): Buffer {
  const text = chance.oneOf([
    '40{}',
    '42["submit",[]]',
    '["hello",null]',
    '["hello",{}]',
    '2',
    '40{"token":5}',
    '{',
    '',
  ]);
  const body = Buffer.from(text);
  const masked = chance.happens(0.8);
  const head = [
    chance.oneOf([0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0xf1, 0x83, 0xff]),
    (masked ? 0x80 : 0) | body.length,
  ];
  if (chance.happens(0.1)) head[1] = 0xff;
  return Buffer.concat([Buffer.from(head), masked ? Buffer.alloc(4) : Buffer.alloc(0), body]);
}
