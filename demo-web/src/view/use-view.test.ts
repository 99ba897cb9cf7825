import { expect, test } from 'vitest';
import { readView, taskAddress } from './use-view.ts';

test.each([
  ['', { name: 'playground' }],
  ['#/', { name: 'playground' }],
  ['#/monitor', { name: 'monitor' }],
  ['#/break', { name: 'break' }],
  ['#/nothing', { name: 'playground' }],
  ['#/tasks/0198-a', { name: 'task', id: '0198-a' }],
  ['#/tasks/%', { name: 'task', id: '%' }],
])('%s is the view %o', (hash, view) => {
  expect(readView(hash)).toEqual(view);
});

test('any id survives its address', () => {
  for (const id of ['a/b', 'ü ?#%', '<script>']) {
    expect(readView(taskAddress(id))).toEqual({ name: 'task', id });
  }
});
