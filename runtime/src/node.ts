/** Entry point for those that only run in Node: what this process can see of its machine. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { type MachinePlace, placeIn } from './machine.ts';

export const HERE: MachinePlace = placeIn({
  platform: process.platform,
  pid: process.pid,
  host: hostname(),
  read: (file) => readFileSync(file, 'utf8'),
  readLink: (file) => readlinkSync(file),
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
  signal: (pid, signal) => process.kill(pid, signal),
});
