/**
 * Which of its own Node flags a process passes on to what it starts. Takes them as `process.execArgv` has them, which never
 * holds the name of a program: a word without a dash is the value of the flag before it.
 */

/**
 * What is the program's own, or of its input: code on the command line would run again in each child, two debuggers cannot
 * share a port, and a snapshot is a program of its own.
 */
const OF_THE_PROGRAM =
  /^--(no-)?((experimental-)?(test|watch)|inspect|debug|eval$|print$|interactive$|check$|input-type$|entry-url$|run$|build-snapshot|snapshot-blob$|build-sea$|experimental-sea-config$)|^-[cei]$|^-pe?$/;

/** How modules are found and compiled: what code needs that this program could load. A thread refuses V8's flags and others. */
const OF_MODULES =
  /^-[rC]$|^--(require|import|(experimental-)?loader|conditions|(no-)?(experimental-)?(strip-types|transform-types|require-module|detect-module)|enable-source-maps|preserve-symlinks)$/;

/** What a thread of ours needs that runs nobody else's code, whatever the program preloads. */
const OF_OUR_OWN = /^-C$|^--(conditions|disable-warning|no-(warnings|deprecation))$/;

/** For a child process that runs tasks. */
export function childFlags(execArgv: readonly string[]): readonly string[] {
  return pick(execArgv, (flag) => !OF_THE_PROGRAM.test(flag));
}

/**
 * For a thread that runs tasks.
 * @param added flags besides
 * @returns `undefined` where it is best left to Node: a thread has all flags of its process by itself, V8's included
 */
export function taskThreadFlags(
  execArgv: readonly string[],
  added: readonly string[],
): readonly string[] | undefined {
  // A thread runs a file, and Node refuses to read a file as this says.
  const refused = pick(execArgv, (flag) => flag === '--input-type').length > 0;
  if (!refused && added.length === 0) return undefined;
  return [...pick(execArgv, (flag) => OF_MODULES.test(flag) || OF_OUR_OWN.test(flag)), ...added];
}

/** For a thread of ours that runs no task. */
export function ownThreadFlags(execArgv: readonly string[]): readonly string[] {
  return pick(execArgv, (flag) => OF_OUR_OWN.test(flag));
}

/** @returns those flags, each with its value. Underscores are dashes to Node as well */
function pick(execArgv: readonly string[], wanted: (flag: string) => boolean): readonly string[] {
  const picked: string[] = [];
  let taking = false;
  for (const word of execArgv) {
    if (word.startsWith('-')) taking = wanted(nameOf(word));
    if (taking) picked.push(word);
  }
  return picked;
}

function nameOf(word: string): string {
  const [name = ''] = word.split('=', 1);
  return name.replaceAll('_', '-');
}
