/** A worker whose task kills its process with its first statement. Takes the gateway's address as its argument. */
import { createWorker } from '../src/index.ts';
import { FakeApp } from './fake-app.ts';

const app = new FakeApp().task('die', () => process.abort());
await createWorker(app, { gateway: process.argv[2], name: 'aborting' }).start();
