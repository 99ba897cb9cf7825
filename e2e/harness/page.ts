/** The blocks of code of a page of the docs: what readers copy, tests run. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Block {
  readonly language: string;
  /** The file that its first line names in a remark, such as `// tasks.ts: the one file that both sides know`. */
  readonly file: string | undefined;
  readonly code: string;
}

/** @param path from the root of the repository */
export function blocksOf(path: string): readonly Block[] {
  const page = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    file: /^(?:\/\/|#) (\S*?[\w]):?(?:\s|$)/.exec(code)?.[1],
    code,
  }));
}

export function fileOf(blocks: readonly Block[], file: string): string {
  const block = blocks.find((one) => one.file === file);
  if (block === undefined) throw new Error(`the page has no ${file}`);
  return block.code;
}

/** The one block with this text in it. */
export function blockWith(blocks: readonly Block[], text: string): string {
  const [block, ...others] = blocks.filter(({ code }) => code.includes(text));
  if (block === undefined || others.length > 0) throw new Error(`not one block of the page has: ${text}`);
  return block.code;
}
