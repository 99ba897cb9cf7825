/**
 * npm, where it is what started this process. It runs a script as `sh -c SCRIPT`; told to end, it tells that shell alone,
 * and many a shell ends without a word to what it runs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { platform } from 'node:process';

export interface ProcessFacts {
  readonly parent: number;
  /** Its process group: npm leaves what it starts in its own. */
  readonly group: number;
  /** The command line, with single spaces. */
  readonly command: string;
}

/** How far up the search goes. */
const MAX_LEVELS = 32;

const NPM =
  /^(?:\S*node\S* )?(?:\S*[/\\])?(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|bunx?)(?:-cli|-[\d.]+)?(?:\.[cm]?js)?(?: |$)/;
const SCRIPT = /^(?:\S*\/)?(?:a|ba|da|k|z)?sh -c /;
const NODE = /^(?:\S*\/)?node(?:js)?(?: |$)/;
/** A script that says so means its program to outlive it. */
const OUTLIVES = /\b(?:nohup|setsid|disown)\b/;
/** An `&` that is neither `&&` nor part of where output goes. */
const BACKGROUND = /(?<![&>])&(?![&>])/;

export function isNpm({ command }: ProcessFacts): boolean {
  return NPM.test(command);
}

export interface Above {
  /** The processes whose end is to be ours: from the parent up to the topmost npm, over the shells and the Node programs between. */
  readonly watched: readonly number[];
  /** There is no npm, and whoever led our process group is not above us any more: it ended before we looked. */
  readonly orphaned: boolean;
}

const NOBODY: Above = { watched: [], orphaned: false };

/**
 * Nobody where npm is not above us, or where we were put into a process group of our own (`setsid`, `detached`, a job of a
 * terminal): whoever did that ends us by itself.
 * @param read `undefined` for a process that is gone
 */
export function npmAbove(self: number, read: (pid: number) => ProcessFacts | undefined): Above {
  const own = read(self);
  if (own === undefined || own.group === self) return NOBODY;
  const passed: number[] = [];
  let upToNpm = 0;
  let orphaned = false;
  for (let at = own.parent; passed.length < MAX_LEVELS; ) {
    const facts = read(at);
    if (facts === undefined || facts.group !== own.group) {
      orphaned = upToNpm === 0 && !passed.includes(own.group);
      break;
    }
    passed.push(at);
    if (isNpm(facts)) upToNpm = passed.length;
    else if (!isPassage(facts)) break;
    at = facts.parent;
  }
  return { watched: passed.slice(0, upToNpm), orphaned };
}

/**
 * Whether a script has this program, and waits for it.
 * @param script as npm tells what it runs, in `npm_lifecycle_script`
 * @param program the path of our own
 */
export function waitsFor(script: string, program: string): boolean {
  const words = script.split(/[\s'"]+/).map((word) => basename(word));
  return words.includes(basename(program)) && !OUTLIVES.test(script) && !BACKGROUND.test(script);
}

function isPassage({ command }: ProcessFacts): boolean {
  return NODE.test(command) || (SCRIPT.test(command) && !OUTLIVES.test(command));
}

export function readProcess(pid: number): ProcessFacts | undefined {
  if (platform === 'win32') return undefined;
  return platform === 'linux' ? readProc(pid) : askPs(pid);
}

function readProc(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    // Behind the name, which may have anything in it: state, parent, group.
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), group: Number(group), command: line.replaceAll('\0', ' ').trim() };
  } catch {
    return undefined;
  }
}

/** Where there is no `/proc`. */
export function askPs(pid: number): ProcessFacts | undefined {
  const args = ['-o', 'ppid=,pgid=,args=', '-p', String(pid)];
  const { stdout } = spawnSync('ps', args, { encoding: 'utf8', timeout: 1_000 });
  const [, parent, group, command] = /^ *(\d+) +(\d+) +(.*)$/m.exec(stdout ?? '') ?? [];
  if (command === undefined) return undefined;
  return { parent: Number(parent), group: Number(group), command: command.trim() };
}
