import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { agree, PROTOCOL } from './version.ts';

/** How frames are read, cut and measured: how something is checked is not what is said. */
const TOOLS = ['bytes', 'encode-frames', 'frame', 'guard', 'shape'];
/** These join the tables of the others, in an order that follows the compiler's way through the files. */
const JOINED = [join('frames', 'table.d.ts'), join('frames', 'to-client.d.ts')];
/** What frames carry. */
const CARRIED = ['definition.d.ts', 'payload.d.ts', 'state.d.ts'];

/** The shape of the wire at each version. When this test fails, decide: raise PROTOCOL.max, or take the change back. */
const SHAPES: Readonly<Record<number, string>> = {
  1: '41f8aacb13a826ff',
};

/**
 * The types of what readers return, as the compiler declares them: names of frames, places and fields, and what may stand there. A
 * new version of the compiler may write the same types otherwise; then all that differs is the number here.
 */
function shapeOfTheWire(): string {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-wire-'));
  try {
    const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    const compiler = here('../../node_modules/typescript/bin/tsc');
    const options = '--emitDeclarationOnly --declarationMap false --composite false --incremental false';
    const written = [...options.split(' '), '--tsBuildInfoFile', 'null', '--outDir', folder];
    execFileSync(process.execPath, [compiler, '-p', here('../tsconfig.json'), ...written]);
    const stories = readdirSync(join(folder, 'frames')).filter((file) => !TOOLS.includes(file.slice(0, -5)));
    const files = [...CARRIED, ...stories.map((file) => join('frames', file))];
    const shapes = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return JOINED.includes(file) ? withoutOrder(text) : declarations(text);
    });
    return createHash('sha256').update(shapes.toSorted().join('\n')).digest('hex').slice(0, 16);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function withoutOrder(text: string): readonly string[] {
  return text.split('\n').map((line) => line.replaceAll(/import\("[^"]*"\)\./g, '').trim());
}

/** Each by itself, without comments and without where it stands and who may use it. */
function declarations(source: string): readonly string[] {
  return source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/import\("[^"]*"\)\./g, '')
    .split(/^(?:export )?(?=import|declare|type|interface|\{)/m)
    .filter((declaration) => !/^(import|\{|\s*$)/.test(declaration))
    .map((declaration) => declaration.replaceAll(/\s+/g, ' ').trim());
}

describe('the protocol version', () => {
  test('names the shape of the wire', { timeout: 60_000 }, () => {
    expect(shapeOfTheWire()).toBe(SHAPES[PROTOCOL.max]);
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
