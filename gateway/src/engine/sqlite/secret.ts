import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { CallOptions } from '@celeriac/protocol/internal';
import { gateOf } from '../../core/gate.ts';
import { keyedHash } from './id-key.ts';
import type { StoreOptions } from './operations.ts';
import { fromOptionsText, fromStoredText, toStoredText } from './text.ts';

/**
 * Gives a store that an older gateway made its secret, and hashes everything anew: until then anybody who knew the epoch could
 * work the hashes out. Some twenty seconds for each million tasks, once.
 */
export function giveSecret(db: DatabaseSync, { secret }: StoreOptions): void {
  db.function('keyed_hash', (id) => keyedHash(`${id}`, secret));
  db.function('gate_hash', (name, call, options) => {
    const gate = gateOf({
      name: fromStoredText(`${name}`),
      call: call === null ? null : (JSON.parse(`${call}`) as CallOptions),
      options: fromOptionsText(textOrNull(options)),
    });
    return gate === null ? null : keyedHash(toStoredText(gate.text), secret);
  });
  db.exec(`ALTER TABLE meta ADD COLUMN secret TEXT NOT NULL DEFAULT '';
    DROP INDEX contents_id;
    UPDATE contents SET id_hash = keyed_hash(id);
    CREATE INDEX contents_id ON contents (id_time, id_hash);
    UPDATE tasks SET gate = (SELECT gate_hash(c.name, c.call, c.options) FROM contents AS c WHERE c.key = tasks.key)
    WHERE gate IS NOT NULL AND phase <> 5`);
  db.prepare('UPDATE meta SET secret = ?').run(secret);
}

function textOrNull(value: SQLOutputValue): string | null {
  return value === null ? null : `${value}`;
}
