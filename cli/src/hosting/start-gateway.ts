import type { Gateway } from '@celeriac/gateway';
import type { Logger } from 'pino';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';

/** @throws CommandError that says what is in the way */
export async function startGateway(
  gateway: Gateway,
  listening: { host: string; port: number },
): Promise<void> {
  try {
    await gateway.start();
  } catch (error) {
    throw new CommandError(explain(error, listening), undefined, { cause: error });
  }
}

/** Resolves when a started gateway can no longer keep what it accepts: the process must end, and come back. */
export async function fatalEnd(gateway: Gateway, log: Logger): Promise<ExitCode> {
  log.fatal({ err: await gateway.failed }, 'the task store failed, exiting');
  return EXIT.failed;
}

function explain(error: unknown, { host, port }: { host: string; port: number }): string {
  const { code, message } =
    error instanceof Error && 'code' in error ? error : { code: '', message: String(error) };
  switch (code) {
    case 'EADDRINUSE':
      return `${host}:${port} is in use already; choose another with --port, or 0 for any free one`;
    case 'EACCES':
      return `may not listen on port ${port}; choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no address ${host}; choose another with --host`;
    default:
      return `the gateway could not start: ${message.replace(/^Error: /, '')}`;
  }
}
