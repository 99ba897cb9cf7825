/** A program that is fuzzed, or looks on, as a child process. Its end before it was told to end is a fault. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzCommand, ToFuzzer } from './programs/fuzz-messages.ts';
import type { FuzzTally } from './tally.ts';

type Kind = ToFuzzer['kind'];
type Of<Which extends Kind> = Extract<ToFuzzer, { readonly kind: Which }>;

/** What of a program's last words is shown. */
const SHOWN = 4_000;

export class FuzzProcess {
  readonly name: string;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #tally: FuzzTally;
  readonly #waiting: { readonly kind: Kind; readonly resolve: (told: ToFuzzer) => void }[] = [];
  #printed = '';
  #finishing = false;

  constructor(name: string, file: string, place: object, tally: FuzzTally) {
    this.name = name;
    this.#tally = tally;
    const path = fileURLToPath(new URL(`programs/${file}.ts`, import.meta.url));
    this.#child = spawn(
      process.execPath,
      ['--conditions', 'celeriac-source', '--no-warnings', path, JSON.stringify(place)],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, CELERIAC_URL: undefined, CELERIAC_TOKEN: undefined },
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed = (this.#printed + text).slice(-SHOWN);
      });
    this.#child.on('message', (told) => this.#hear(told as ToFuzzer));
    this.#child.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        if (!this.#finishing) tally.fault(`${name} ended (${code ?? signal}):\n${this.#printed}`);
        resolve();
      });
    });
  }

  next<Which extends Kind>(kind: Which): Promise<Of<Which>> {
    return new Promise((resolve) => {
      this.#waiting.push({ kind, resolve: (told) => resolve(told as Of<Which>) });
    });
  }

  async ask<Which extends Kind>(order: FuzzCommand, kind: Which): Promise<Of<Which>> {
    const answer = this.next(kind);
    if (this.#child.connected) this.#child.send(order);
    return answer;
  }

  /** By its handle, at once. */
  async kill(): Promise<void> {
    this.#finishing = true;
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** From now on its end is no fault. */
  mayEnd(): void {
    this.#finishing = true;
  }

  #hear(told: ToFuzzer): void {
    if (told.kind === 'fault') this.#tally.fault(told.what);
    if (told.kind === 'count') this.#tally.count(told.group, told.name, told.by);
    const at = this.#waiting.findIndex(({ kind }) => kind === told.kind);
    if (at !== -1) this.#waiting.splice(at, 1)[0]?.resolve(told);
  }
}
