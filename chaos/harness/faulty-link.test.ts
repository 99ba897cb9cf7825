import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FaultyLink } from './faulty-link.ts';

interface Ends {
  readonly link: FaultyLink;
  readonly near: Socket;
  readonly far: Socket;
}

async function joined(): Promise<Ends> {
  const server = createServer();
  const accepted = once(server, 'connection');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const link = new FaultyLink(
    () => port,
    () => 0.5,
  );
  const near = connect(await link.open(), '127.0.0.1');
  const [far] = (await accepted) as [Socket];
  near.on('error', () => {});
  far.on('error', () => {});
  onTestFinished(() => {
    link.close();
    near.destroy();
    far.destroy();
    server.close();
  });
  return { link, near, far };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** Everything that comes, until it is so long. */
async function received(socket: Socket, length: number): Promise<string> {
  let text = '';
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    text += String(bytes);
    if (text.length >= length) break;
  }
  return text;
}

test('bytes go through in both directions, whole and in order', async () => {
  const { near, far } = await joined();
  near.write('to the gateway');
  far.write('from the gateway');
  expect(await received(far, 14)).toBe('to the gateway');
  expect(await received(near, 16)).toBe('from the gateway');
});

test('a slow link that slices delivers the same bytes', async () => {
  const { link, near, far } = await joined();
  link.slow({ delayMs: 20, jitterMs: 10, sliceBytes: 3 });
  near.write('0123456789');
  near.write('abcdefghij');
  expect(await received(far, 20)).toBe('0123456789abcdefghij');
});

test('a held direction delivers nothing, not even an end, until it is healed; the other one goes on', async () => {
  const { link, near, far } = await joined();
  link.hold('towards');
  near.write('late');
  near.end();
  let heard = false;
  far.on('readable', () => {
    heard = true;
  });
  far.write('in time');
  expect(await received(near, 7)).toBe('in time');
  expect(heard).toBe(false);
  far.removeAllListeners('readable');
  link.heal();
  expect(await received(far, 4)).toBe('late');
});

test('a cut tears the next chunk in the middle and resets both ends', async () => {
  const { link, near, far } = await joined();
  link.cut();
  const texts: string[] = [];
  far.on('data', (bytes) => texts.push(String(bytes)));
  const over = Promise.all([closed(near), closed(far)]);
  near.write('0123456789');
  await over;
  expect('01234'.startsWith(texts.join(''))).toBe(true);
});

test('a cut resets also where nobody says anything', async () => {
  const { link, near, far } = await joined();
  link.cut();
  await Promise.all([closed(near), closed(far)]);
});
