// A client that asks for much: prints a line when all its calls are accepted, and ends when it has every result.
import { app, weighty } from './crowd-tasks.ts';

const [count = '0', size = '0'] = process.argv.slice(2);
const handles = Array.from({ length: Number(count) }, () => weighty.delay(Number(size)));
await Promise.all(handles.map((handle) => handle.accepted));
console.log('accepted');
const results = await Promise.all(handles.map((handle) => handle.get({ timeout: 120 })));
await app.close();
process.exitCode = results.every((result) => result.length === Number(size)) ? 0 : 1;
