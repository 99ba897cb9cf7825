import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../core/record.ts';
import type { Engine } from '../engine.ts';
import { claimOne, keep, task } from './tasks.ts';

export function describeOutline(current: () => Engine): void {
  describe('outline', () => {
    it('says of each task what its record says, and nothing of those that there are not', async () => {
      const lineage = { rootId: 'root', parentId: 'parent' };
      await keep(current(), task('plain'));
      await keep(current(), task('whole', { subject: 'ann', lineage, prepend: ['"before"'], args: '["x"]' }));
      await keep(current(), task('first of its family', { subject: 'ann', prepend: ['1', '2'] }));
      await claimOne(current());
      const ids = ['whole', 'nobody', 'plain', 'first of its family'];
      const records = await current().get(ids);
      const outlines = await current().outline(ids);
      expect(outlines.map((outline) => outline && { ...outline })).toMatchObject(
        records.map((record) => (record === undefined ? undefined : outlineOf(record))),
      );
      expect(outlines.map((outline) => outline?.lineage)).toEqual([lineage, undefined, null, null]);
      expect(outlines[2]?.lease).not.toBeNull();
    });
  });
}
