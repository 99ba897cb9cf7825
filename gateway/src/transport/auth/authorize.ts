import type { ClientFrames, WorkerFrame } from '@celeriac/protocol';
import { allows, type Grant } from './grant.ts';

type FrameName = keyof ClientFrames | WorkerFrame[0];

/**
 * Who may send what: one entry per frame type of both links, asked for each item with what the item is about
 * (a task's name for calls, its id for reading and revoking, a queue for a worker's hello, `control` for commands, `read` for feeds and history).
 * The compiler refuses a new frame type that has no entry here.
 */
export const authorize: { readonly [Frame in FrameName]: (grant: Grant, subject: string) => boolean } = {
  define: (grant, name) => allows(grant, 'call', name),
  submit: (grant, name) => allows(grant, 'call', name),
  watch: (grant, id) => allows(grant, 'read', id),
  get: (grant, id) => allows(grant, 'read', id),
  revoke: (grant, id) => allows(grant, 'revoke', id),
  forget: (grant, id) => allows(grant, 'revoke', id),
  control: (grant, power) => allows(grant, 'admin', power),
  // A stream is part of its task: who may read the one may read the other.
  openStreams: (grant, id) => allows(grant, 'read', id),
  // Concern only what the sender was allowed to watch or to open.
  closeFeeds: () => true,
  unwatch: () => true,
  tookChunks: () => true,
  closeStreams: () => true,
  openFeeds: (grant, power) => allows(grant, 'admin', power),
  list: (grant, power) => allows(grant, 'admin', power),

  // What a worker says before its hello counts with it only.
  knock: () => true,
  definitions: () => true,
  held: () => true,
  hello: (grant, queue) => allows(grant, 'work', queue),
  // Everything after a worker's hello is about leases that its session was given.
  started: () => true,
  progress: () => true,
  chunks: () => true,
  settled: () => true,
  release: () => true,
  capacity: () => true,
  beat: () => true,
  bye: () => true,
};
