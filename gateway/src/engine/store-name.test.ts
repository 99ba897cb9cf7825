import { homedir } from 'node:os';
import { expect, it } from 'vitest';
import { readStoreName, storeHint } from './store-name.ts';

const HOME = homedir();

it.each([
  ['sqlite:celeriac.db', 'celeriac.db'],
  ['sqlite:/var/lib/celeriac/tasks.db', '/var/lib/celeriac/tasks.db'],
  ['sqlite:./a b/~old.db', './a b/~old.db'],
  ['sqlite:C:\\tasks\\celeriac.db', 'C:\\tasks\\celeriac.db'],
  ['sqlite:100%.db', '100%.db'],
])('%s is a file as it is', (name, file) => {
  expect(readStoreName(name)).toEqual({ kind: 'sqlite', file });
  expect(storeHint(name)).toBe('');
});

it.each([
  ['sqlite://tasks.db', 'sqlite:tasks.db'],
  ['sqlite:////var/tasks.db', 'sqlite:/var/tasks.db'],
  ['sqlite:~/tasks.db', `sqlite:${HOME}/tasks.db`],
  ['sqlite://~/tasks.db', `sqlite:${HOME}/tasks.db`],
  ['sqlite:$HOME/tasks.db', `sqlite:${HOME}/tasks.db`],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as somebody would write it
  ['sqlite:${HOME}/tasks.db', `sqlite:${HOME}/tasks.db`],
  ['sqlite:file:tasks.db?mode=rwc', 'sqlite:tasks.db'],
  ['sqlite: tasks.db', 'sqlite:tasks.db'],
  ['sqlite:tasks.db\n', 'sqlite:tasks.db'],
  ['sqlite:"tasks.db"', 'sqlite:tasks.db'],
  ['SQLite:tasks.db', 'sqlite:tasks.db'],
  ['sqlite3:tasks.db', 'sqlite:tasks.db'],
  ['tasks.db', 'sqlite:tasks.db'],
  ['/var/tasks.db', 'sqlite:/var/tasks.db'],
  ['~/tasks.db', `sqlite:${HOME}/tasks.db`],
  ['sqlite::memory:', 'memory'],
  [':memory:', 'memory'],
  ['Memory', 'memory'],
])('%j is refused with the spelling that works', (name, right) => {
  expect(readStoreName(name)).toBe(undefined);
  expect(storeHint(name)).toContain(`; write ${right}`);
  expect(readStoreName(right)).toBeDefined();
});

it('a variable that is not set is named', () => {
  expect(readStoreName('sqlite:$NOBODY_SET_THIS/tasks.db')).toBe(undefined);
  expect(storeHint('sqlite:$NOBODY_SET_THIS/tasks.db')).toBe(
    '; $NOBODY_SET_THIS is not expanded here: write the path itself',
  );
});

it('says both where three slashes may mean either', () => {
  expect(storeHint('sqlite:///tasks.db')).toBe(
    '; write sqlite:/tasks.db, or sqlite:tasks.db for one in the working directory',
  );
});

it.each(['', 'sqlite', 'sqlite:', 'postgres:tasks', 'redis://localhost'])('%j is no store', (name) => {
  expect(readStoreName(name)).toBe(undefined);
  expect(storeHint(name)).toBe('');
});
