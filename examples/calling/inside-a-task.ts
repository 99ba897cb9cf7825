/** What a task sees and does while it runs: see `about` and `parent` in tasks.ts. */
import { app, parent } from './tasks.ts';

const res = parent.delay(3);
const shown = new Set<string>();
res.on('progress', ({ state }) => shown.add(state));
console.log(await res.get({ timeout: 10 }), shown);

// The task that it called is its child, and has its id as parentId and rootId.
const [child] = res.children ?? [];
console.log(await child?.get({ timeout: 10 }));
const { rootId, parentId } = await app.AsyncResult(child?.id ?? '').refresh();
console.log(rootId === res.id, parentId === res.id);

// prints:
// parent Set(1) { 'PROGRESS' }
// 4
// true true
