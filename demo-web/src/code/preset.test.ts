import { expect, test } from 'vitest';
import { lineOf, programOf } from './preset.ts';

test('the values stand between the pieces', () => {
  expect(lineOf(['add.delay(', ', ', ');'], ['2', '3'])).toBe('add.delay(2, 3);');
});

const preset = {
  before: ['// two numbers'],
  rest: ['console.log(await res.get());'],
};

test('the program is what a reader would write, from its imports on', () => {
  expect(programOf('const res = app.tasks.add.delay(2, 3);', preset)).toBe(
    [
      "import { Celeriac } from '@celeriac/client';",
      "import type * as tasks from './tasks';",
      '',
      'const app = new Celeriac<typeof tasks>({ url: location.origin });',
      '// two numbers',
      'const res = app.tasks.add.delay(2, 3);',
      'console.log(await res.get());',
    ].join('\n'),
  );
});
