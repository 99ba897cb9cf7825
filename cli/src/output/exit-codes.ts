/** How the commands end; part of their interface, and told in the help. */
export const EXIT = {
  ok: 0,
  /** The task failed, was refused or is unknown; or what was to be started cannot be. */
  failed: 1,
  usage: 2,
  timeout: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `Exit codes:
  0  all is well
  1  the task failed, was refused or is unknown; or the process could not start or go on
  2  the command line, or a variable, makes no sense
  3  --timeout was over before the task, once accepted, had ended`;
