import type { DatabaseSync } from 'node:sqlite';
import type { StoreOptions } from './operations.ts';
import { giveSecret } from './secret.ts';

/**
 * How a task is kept. What never changes (`contents`) stands apart from what changes with every step (`tasks`), so
 * that a step rewrites some two hundred bytes whatever the arguments weigh. Both go by the engine's key.
 *
 * Columns are what SQL looks for; the rest of what changes is one JSON text, `cell` (codec.ts). No index holds a
 * text: lanes are numbers, ids go by (time, hash), id-key.ts. Indexes are partial, so a task is in one of them
 * for each way in which it is looked up, and in no other.
 *
 * phase: 0 unrouted, 1 scheduled, 2 ready, 3 leased, 4 running, 5 ended, 6 blocked (the order of PHASES).
 *
 * kind: of a lane, in the order of LANE_KINDS.
 *
 * place: where a task stands among those of its rank that wait: numbers count up, as they are inserted, and again where they
 * come back as new ones (place.ts). 0: it takes its place when it is due.
 *
 * id_hash, gate: hashes keyed with the secret in meta, which nobody is told (id-key.ts). gate is that of the gate's text, null
 * for most tasks, which are in no index of gates. Two gates of one hash would be one, which holds more back than it must and
 * never lets through what it must not.
 *
 * owner: a hash of the subject, keyed likewise, where the caller had one; null ones are in no index.
 */
export const SCHEMA_VERSION = 8;

const SETTINGS = `CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    settings TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`;

const PAUSED_QUEUES = `CREATE TABLE paused_queues (
    queue TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;`;

const REVOKED_TOKENS = `CREATE TABLE revoked_tokens (
    claim TEXT NOT NULL,
    name TEXT NOT NULL,
    revoked_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (claim, name)
  ) STRICT, WITHOUT ROWID;`;

const GATES = `CREATE INDEX tasks_through ON tasks (gate) WHERE gate IS NOT NULL AND phase IN (2, 3, 4);
  CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL AND phase NOT IN (3, 4, 5);`;

const ADD_GATES = `ALTER TABLE tasks ADD COLUMN gate INTEGER;
  ALTER TABLE tasks ADD COLUMN gate_limit INTEGER;
  DROP INDEX tasks_expiring;
  ${GATES}`;

const PLACES = `CREATE INDEX tasks_ready ON tasks (lane, rank, place) WHERE phase = 2;
  CREATE INDEX tasks_blocked ON tasks (gate, rank, place) WHERE phase = 6;`;

const ADD_PLACES = `ALTER TABLE lanes RENAME COLUMN solo TO kind;
  UPDATE lanes SET kind = 2 WHERE kind = 1;
  ALTER TABLE tasks ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
  UPDATE tasks SET place = key WHERE phase <> 5;
  DROP INDEX tasks_ready;
  DROP INDEX IF EXISTS tasks_blocked;
  ${PLACES}`;

type Migration = string | ((db: DatabaseSync, options: StoreOptions) => void);
const OWNERS = 'CREATE INDEX contents_owner ON contents (owner) WHERE owner IS NOT NULL;';

const ADD_SUBJECTS = `ALTER TABLE contents ADD COLUMN subject TEXT;
  ALTER TABLE contents ADD COLUMN owner INTEGER;
  ${OWNERS}`;

/** What makes a file of each older version one of the next. */
export const MIGRATIONS: Readonly<Record<number, Migration>> = {
  1: SETTINGS,
  2: ADD_GATES,
  3: PAUSED_QUEUES,
  4: giveSecret,
  5: ADD_SUBJECTS,
  6: REVOKED_TOKENS,
  7: ADD_PLACES,
};

export const SCHEMA = `
  CREATE TABLE meta (
    epoch TEXT NOT NULL,
    secret TEXT NOT NULL
  ) STRICT;

  CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE definitions (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  ${SETTINGS}

  ${PAUSED_QUEUES}

  ${REVOKED_TOKENS}

  CREATE TABLE contents (
    key INTEGER PRIMARY KEY,
    id_time INTEGER NOT NULL,
    id_hash INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    call TEXT,
    options TEXT,
    args TEXT NOT NULL,
    args_form INTEGER NOT NULL,
    origin TEXT,
    content_hash TEXT,
    subject TEXT,
    owner INTEGER
  ) STRICT;
  CREATE INDEX contents_id ON contents (id_time, id_hash);
  ${OWNERS}

  CREATE TABLE tasks (
    key INTEGER PRIMARY KEY,
    phase INTEGER NOT NULL,
    version INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    due_at INTEGER,
    expires_at INTEGER,
    ended_at INTEGER,
    bare INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL,
    nonce TEXT,
    holder TEXT,
    cell TEXT NOT NULL,
    body TEXT,
    gate INTEGER,
    gate_limit INTEGER,
    place INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX tasks_unrouted ON tasks (lane) WHERE phase = 0;
  CREATE INDEX tasks_scheduled ON tasks (due_at) WHERE phase = 1;
  CREATE INDEX tasks_held ON tasks (phase) WHERE phase IN (3, 4);
  CREATE INDEX tasks_ended ON tasks (bare DESC, ended_at) WHERE phase = 5;
  ${GATES}
  ${PLACES}
`;
