import { Celeriac } from '@celeriac/client';
import { test } from '@playwright/test';
import { LivePage } from './live-page.ts';

interface Started {
  readonly live: LivePage;
  readonly address: string;
  /** A client of its own, in Node: what it knows, the gateway told it. */
  readonly app: Celeriac;
}

/**
 * One live page for all tests of a file, or of the group in which this is called; there once they run.
 * @param makeEnv of its gateway and its worker
 */
export function sharedPage(makeEnv: () => Readonly<Record<string, string>> = () => ({})): Started {
  let started: Started | undefined;
  const present = (): Started => {
    if (started === undefined) throw new Error('the page is there while tests run');
    return started;
  };
  test.beforeAll(async () => {
    const env = makeEnv();
    const live = new LivePage(env);
    const address = await live.live();
    started = { live, address, app: new Celeriac({ url: address, token: env.CELERIAC_TOKEN ?? null }) };
  });
  test.afterAll(async () => {
    await started?.app.close();
    await started?.live.stop();
  });
  return {
    get live() {
      return present().live;
    },
    get address() {
      return present().address;
    },
    get app() {
      return present().app;
    },
  };
}
