/** A worker thread, from inside: piscina calls {@link live} once, and it lasts for as long as the thread does. */
import type { MessagePort } from 'node:worker_threads';
import { becomePoolChild } from '@celeriac/runtime';
import { Child } from '../child/child.ts';
import type { ToChild } from '../child/child-messages.ts';

export async function live(port: MessagePort): Promise<never> {
  becomePoolChild('thread');
  const child = new Child({ post: (message) => port.postMessage(message) });
  port.on('message', (message: ToChild) => child.receive(message));
  return new Promise<never>(() => undefined);
}
