import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processes } from '../harness/processes.ts';

const SUPERVISOR = fileURLToPath(new URL('../../demo-web/supervisor/main.ts', import.meta.url));
const LIVE = /^Celeriac is live at (http:\S+)$/m;

export interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

/** What `npm start` runs, on a store of its own. */
export class LivePage {
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'celeriac-page-'));
  #stdout = '';
  #stderr = '';

  /** @param env of the gateway and its worker, in place of what they would be given here */
  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(process.execPath, ['--conditions', 'celeriac-source', SUPERVISOR], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        CELERIAC_PORT: '0',
        CELERIAC_STORE: `sqlite:${join(this.#folder, 'data', 'page.db')}`,
        CELERIAC_LOG_LEVEL: 'error',
        ...env,
      },
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.#process.once('close', (code) => resolve({ code, stderr: this.#stderr }));
    });
  }

  /** @returns the address, once a worker is there */
  live(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.#stdout += text;
        const address = LIVE.exec(this.#stdout)?.[1];
        if (address !== undefined) resolve(address);
      });
      void this.ended.then(({ stderr }) => reject(new Error(`the page did not start: ${stderr}`)));
    });
  }

  /** Process ids of its children whose command line has this in it. */
  childrenRunning(what: string): readonly number[] {
    return processes()
      .filter(({ parent, command }) => parent === this.#process.pid && command.includes(what))
      .map(({ id }) => id);
  }

  /**
   * Kills the gateway, and keeps it from being started again.
   * @returns what lets it come back
   */
  keepGatewayDown(): () => void {
    this.signal('SIGSTOP');
    const [gateway] = this.childrenRunning('server/gateway.ts');
    if (gateway === undefined) throw new Error('no gateway runs');
    process.kill(gateway, 'SIGKILL');
    return () => this.signal('SIGCONT');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async stop(): Promise<Ending> {
    // A test that failed may have left it stopped.
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const ending = await this.ended;
    rmSync(this.#folder, { recursive: true, force: true });
    return ending;
  }
}
