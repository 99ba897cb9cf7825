/**
 * The guarded decode point: what comes from a peer is `unknown` until one of these has looked at it.
 * A guard checks the flat envelope only (payloads stay opaque), ignores fields it does not know, and
 * throws {@link FrameError} naming the place. Written by hand: it runs once per task on the hot path.
 */

import { show } from '../duration.ts';
import { CeleriacError } from '../errors.ts';
import { CONTENT_TYPE_LENGTH } from '../limits.ts';
import type { WirePayload } from '../payload.ts';

export class FrameError extends CeleriacError {
  override readonly name: string = 'FrameError';
  /** It would have been right, had it been shorter: where it is part of an item, the others are not to suffer. */
  readonly tooLarge: boolean;
  /** The task that the item in question is about, where it can be told. */
  readonly taskId: string | undefined;
  constructor(
    message: string,
    code: 'BAD_FRAME' | 'PAYLOAD_TOO_LARGE' = 'BAD_FRAME',
    tooLarge = false,
    taskId?: string,
  ) {
    super(code, message);
    this.tooLarge = tooLarge;
    this.taskId = taskId;
  }
}

export function unexpected(what: string, place: string, value: unknown): FrameError {
  return new FrameError(`expected ${place} to be ${what}, got: ${show(value)}`);
}

export function readList(value: unknown, place: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected('an array', place, value);
  if (value.length > limit) throw unexpected(`at most ${limit} items`, place, value.length);
  return value;
}

export function readObject(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected('an object', place, value);
  return value as Readonly<Record<string, unknown>>;
}

export function readText(value: unknown, place: string, limit: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > limit) {
    const error = unexpected(`a string of 1 to ${limit} characters`, place, value);
    throw typeof value === 'string' && value.length > limit ? tooMuch(error) : error;
  }
  return value;
}

/** Of what is right but for its size. */
export function tooMuch({ message }: FrameError): FrameError {
  return new FrameError(message, 'BAD_FRAME', true);
}

export function readTextOrNull(value: unknown, place: string, limit: number): string | null {
  return value === null || value === undefined ? null : readText(value, place, limit);
}

/** A text as {@link readText} takes it. */
export function isText(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= limit;
}

/** An integer as {@link readInteger} takes it. */
export function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && typeof value === 'number' && value >= min && value <= max;
}

export function readInteger(value: unknown, place: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw unexpected(`an integer from ${min} to ${max}`, place, value);
  }
  return value;
}

export function readFlag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw unexpected('true or false', place, value);
  return value;
}

/** @throws FrameError with `PAYLOAD_TOO_LARGE` above the limit */
export function readPayload(value: unknown, place: string, limit: number): WirePayload {
  if (typeof value === 'string') {
    if (value.length > limit) throw tooLarge(place, value.length, limit);
    return value;
  }
  const [contentType, body, ...rest] = readList(value, place, 2);
  if (typeof body !== 'string' || rest.length > 0) throw unexpected('a payload', place, value);
  const type = readText(contentType, `${place}.contentType`, CONTENT_TYPE_LENGTH);
  if (body.length > limit) throw tooLarge(place, body.length, limit);
  return [type, body];
}

function tooLarge(place: string, size: number, limit: number): FrameError {
  return new FrameError(`${place} has ${size} characters, the limit is ${limit}`, 'PAYLOAD_TOO_LARGE', true);
}
