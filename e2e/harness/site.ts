/** The app of docs/deploying.md, installed as its Dockerfile does it, with the secrets that the page makes. */
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { onTestFinished } from 'vitest';
import { Child } from './child.ts';
import { install, pack, run } from './packed.ts';
import { type Block, blockWith, fileOf } from './page.ts';

const TASKS = `
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Celeriac } from '@celeriac/client';

export const app = new Celeriac();
export const add = app.task('add', (x: number, y: number) => x + y);
export const held = app.task('held', async (gate: string) => {
  while (!existsSync(gate)) await setTimeout(20);
});
`;

/** What a container runs, of the instructions that only tell. */
export interface Image {
  readonly entrypoint: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly told: ReadonlyMap<string, string>;
}

export interface Site {
  readonly folder: string;
  /** In place of `/srv/app` and of `/app`. */
  readonly app: string;
  /** In place of `/etc/celeriac`. */
  readonly secrets: string;
  readonly image: Image;
  /** For a caller who may do everything. */
  readonly token: string;
  remove(): void;
}

export async function makeSite(blocks: readonly Block[]): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-site-'));
  const place = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const [packs, context, app, secrets] = [place('packs'), place('context'), place('app'), place('secrets')];
  await install(await pack(packs), context, '--package-lock-only');
  writeFileSync(join(context, 'tasks.ts'), TASKS);
  const image = await build(fileOf(blocks, 'Dockerfile'), context, app);
  await run('sh', ['-e', '-c', blockWith(blocks, 'openssl rand')], { cwd: app });
  for (const name of ['keys.txt', 'worker.token']) renameSync(join(app, name), join(secrets, name));
  const celeriac = join(app, 'node_modules/.bin/celeriac');
  const all = ['token', '--key-file', join(secrets, 'keys.txt'), '--scope', '*', '--expires', '1h'];
  const { stdout } = await run(process.execPath, [celeriac, ...all]);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, app, secrets, image, token: stdout.trim(), remove };
}

/** Follows a Dockerfile in a folder of this machine, in place of the one that its first WORKDIR names. */
async function build(dockerfile: string, context: string, app: string): Promise<Image> {
  const env: Record<string, string> = {};
  const told = new Map<string, string>();
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const [keyword, text] = [instruction.getKeyword(), instruction.getArgumentsContent() ?? ''];
    if (keyword === 'COPY') {
      const files = text.split(' ').slice(0, -1);
      for (const file of files) cpSync(join(context, file), join(app, file));
    } else if (keyword === 'RUN') {
      // The image's user `node` is whoever runs this.
      const command = text.replace('chown node:', `chown ${userInfo().username}:`);
      const prefer = { npm_config_prefer_offline: 'true', npm_config_audit: 'false' };
      await run('sh', ['-e', '-c', command], { cwd: app, env: { ...process.env, ...env, ...prefer } });
    } else if (keyword === 'ENV') Object.assign(env, Object.fromEntries([text.split('=')]));
    else told.set(keyword, text);
  }
  const entrypoint: unknown = JSON.parse(told.get('ENTRYPOINT') ?? '');
  return { entrypoint: entrypoint as readonly string[], env, told };
}

/** One process of the site, ended with the test. */
export function startAt(
  site: Site,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = new Child(command, args, { cwd: site.app, env });
  onTestFinished(() => child.kill());
  return child;
}
