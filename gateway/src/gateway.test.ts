import { getEventListeners } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SlowEngine } from '../test/slow-engine.ts';
import { MemoryEngine } from './engine/memory/memory-engine.ts';
import { createGateway, type Gateway, gatewayWith } from './gateway.ts';
import { resolveGatewayOptions } from './gateway-settings.ts';

test('a gateway whose keys others may read says so when it starts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'celeriac-gateway-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [safe, bare] = [join(folder, 'safe.txt'), join(folder, 'bare.txt')];
  for (const [path, mode] of [
    [safe, 0o600],
    [bare, 0o644],
  ] as const) {
    writeFileSync(path, 'k'.repeat(32));
    chmodSync(path, mode);
  }
  const gateway = createGateway({ port: 0, store: 'memory', keyFiles: [safe, bare] });
  onTestFinished(() => gateway.stop());
  const told: unknown[] = [];
  gateway.telemetry.on('keysExposed', (facts) => told.push(facts));
  await gateway.start();
  // Windows does not tell.
  expect(told).toEqual(process.platform === 'win32' ? [] : [{ path: bare }]);
});

test('the end of its scope stops a gateway', async () => {
  const gateway = createGateway({ port: 0, store: 'memory' });
  await gateway.start();
  const { url } = gateway;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await gateway[Symbol.asyncDispose]();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

describe('the start of a gateway', () => {
  /** Its store opens when the test says so. */
  class Opening extends SlowEngine {
    readonly #told = Promise.withResolvers<void>();
    readonly #asked = Promise.withResolvers<void>();
    readonly asked = this.#asked.promise;
    closed = false;

    opens(): void {
      this.#told.resolve();
    }

    override async open(): ReturnType<SlowEngine['open']> {
      this.#asked.resolve();
      await this.#told.promise;
      return super.open();
    }

    override close(): Promise<void> {
      this.closed = true;
      return super.close();
    }
  }

  function opening(): { readonly engine: Opening; readonly gateway: Gateway } {
    const engine = new Opening(new MemoryEngine());
    const gateway = gatewayWith(resolveGatewayOptions({ port: 0 }), {}, engine);
    onTestFinished(() => {
      engine.opens();
      return gateway.stop();
    });
    return { engine, gateway };
  }

  test('begins nothing with a signal that has aborted', async () => {
    const { engine, gateway } = opening();
    await expect(gateway.start({ signal: AbortSignal.abort('late') })).rejects.toBe('late');
    engine.opens();
    await gateway.start();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });

  test.each(['its signal', 'stop()'])('is ended by %s, and leaves nothing behind', async (by) => {
    const { engine, gateway } = opening();
    const quits = new AbortController();
    const listened: unknown[] = [];
    gateway.on('listening', (facts) => listened.push(facts));
    const started = gateway.start({ signal: quits.signal });
    started.catch(() => undefined);
    await engine.asked;
    if (by === 'stop()') void gateway.stop();
    else quits.abort(new Error('enough'));
    if (by !== 'stop()') await expect(started).rejects.toThrow('enough');
    engine.opens();
    await expect(started).rejects.toThrow(by === 'stop()' ? 'stopped before it had started' : 'enough');
    await gateway.stop();
    expect([gateway.url, listened, engine.closed]).toEqual(['', [], true]);
  });

  test('is not undone by a signal that aborts later, and refuses what is no signal', async () => {
    const { engine, gateway } = opening();
    engine.opens();
    // @ts-expect-error a controller's signal is meant
    await expect(gateway.start({ signal: 5 })).rejects.toThrow('expected signal to be an AbortSignal');
    const late = new AbortController();
    await gateway.start({ signal: late.signal });
    late.abort();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });
});

describe('a gateway that has stopped', () => {
  const make = (): Gateway => createGateway({ port: 0, store: 'memory' });

  test('cannot be started again, and one that runs cannot be started twice', async () => {
    const gateway = make();
    onTestFinished(() => gateway.stop());
    await gateway.start();
    await expect(gateway.start()).rejects.toMatchObject({ code: 'USAGE' });
    await gateway.stop();
    await expect(gateway.start()).rejects.toMatchObject({ code: 'USAGE' });
    await expect(gateway.start()).rejects.toThrow('a gateway can be started only once');
  });

  test('leaves no listener on a signal', async () => {
    const gateway = make();
    const { signal } = new AbortController();
    gateway.on('listening', () => {}, { signal });
    await gateway.start({ signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await gateway.stop({ signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('stops all the same where nobody waits for it any longer', async () => {
    const gateway = make();
    await gateway.start();
    const { url } = gateway;
    await expect(gateway.stop({ signal: AbortSignal.abort('late') })).rejects.toBe('late');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const impatient = new AbortController();
    const stopped = gateway.stop({ signal: impatient.signal });
    impatient.abort('enough');
    await expect(stopped).rejects.toBe('enough');
    await gateway.stop();
    await expect(fetch(`${url}/readyz`)).rejects.toThrow('fetch failed');
    // @ts-expect-error a controller's signal is meant
    await expect(gateway.stop({ signal: 5 })).rejects.toThrow('expected signal to be an AbortSignal');
  });
});
