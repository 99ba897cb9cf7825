import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agree, PROTOCOL } from './version.ts';

/** What the wire is made of. Readers are left out: how something is checked is not what is said. */
const WIRE_FILES = [
  'wire/client-link.ts',
  'wire/control.ts',
  'wire/monitor.ts',
  'wire/refusal.ts',
  'wire/worker-link.ts',
  'definition.ts',
  'payload.ts',
  'state.ts',
];

/** The shape of the wire at each version. When this test fails, decide: raise PROTOCOL.max, or take the change back. */
const SHAPES: Readonly<Record<number, string>> = {
  1: '165d29aeca0d3d22',
};

function shapeOfTheWire(): string {
  const text = WIRE_FILES.map((file) =>
    withoutComments(readFileSync(new URL(file, import.meta.url), 'utf8')),
  );
  return createHash('sha256').update(text.join('\n')).digest('hex').slice(0, 16);
}

function withoutComments(source: string): string {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ');
}

describe('the protocol version', () => {
  test('names the shape of the wire', () => {
    expect(shapeOfTheWire()).toBe(SHAPES[PROTOCOL.max]);
  });

  test('is computed from files that exist', () => {
    const present = new Set(
      readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' }),
    );
    expect(WIRE_FILES.filter((file) => !present.has(file))).toEqual([]);
  });

  test('is the highest that both sides speak', () => {
    expect(agree({ min: 1, max: 3 }, { min: 2, max: 5 })).toBe(3);
    expect(agree({ min: 1, max: 3 }, { min: 3, max: 3 })).toBe(3);
  });

  test('is none where the ranges do not meet', () => {
    expect(agree({ min: 1, max: 2 }, { min: 3, max: 4 })).toBeUndefined();
    expect(agree({ min: 5, max: 6 }, { min: 3, max: 4 })).toBeUndefined();
  });
});
