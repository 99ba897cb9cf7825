-- A store as a gateway with schema 4 wrote it (sqlite3 .dump), with a task in each phase.
PRAGMA application_id = 0x436c7263;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE meta (
    epoch TEXT NOT NULL
  ) STRICT;
INSERT INTO meta VALUES('epoch');
CREATE TABLE lanes (
    lane INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    name TEXT NOT NULL,
    solo INTEGER NOT NULL
  ) STRICT;
INSERT INTO lanes VALUES(1,'default','add',0);
INSERT INTO lanes VALUES(2,'default','nobody',0);
CREATE TABLE definitions (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
INSERT INTO definitions VALUES('add','{"name":"add","options":{},"arity":{"min":2,"max":2},"params":["x","y"]}');
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    settings TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES('add','{"taskLimit":7}');
CREATE TABLE paused_queues (
    queue TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
INSERT INTO paused_queues VALUES('media');
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
    content_hash TEXT
  ) STRICT;
INSERT INTO contents VALUES(1,0,3509848570616740,'ended','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(2,0,3385379750276770,'retried','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(3,0,7516246180114383,'running','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(4,0,1475574775888380,'leased','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(5,0,6926385750780420,'undefined','nobody',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(6,0,6265861412791768,'scheduled','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(7,0,3172674790463334,'expiring','add',NULL,NULL,'[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(8,0,2753929138711229,'urgent','add',NULL,'{"priority":9}','[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(9,0,881007661123525,'through','add','{"concurrencyKey":"k"}','{"keyLimit":1}','[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(10,0,3355240964146269,'blocked','add','{"concurrencyKey":"k"}','{"keyLimit":1}','[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(11,0,5377974168434628,'blocked too','add','{"concurrencyKey":"k"}','{"keyLimit":1}','[2,2]',0,NULL,NULL);
INSERT INTO contents VALUES(12,0,8648828355181668,'"lone \ud800"','add',NULL,NULL,'["\ud800"]',0,NULL,NULL);
INSERT INTO contents VALUES(13,0,5432976591525043,'lost','add',NULL,NULL,'[2,2]',0,NULL,NULL);
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
    gate_limit INTEGER
  ) STRICT;
INSERT INTO tasks VALUES(1,5,4,1,0,NULL,NULL,1780272000000,0,1,'seed.0','["session-1","worker-1"]','[3,0,0,0,0,0,0,["worker-1"],1780272000000,0,0,0,0,-1,1,1,0,1,0,3,2,0,1,0]','4',NULL,NULL);
INSERT INTO tasks VALUES(2,1,4,1,0,1780272060000,NULL,NULL,0,1,'seed.0','["session-1","worker-1"]','[2,1,0,0,0,0,0,["worker-1"],1780272000000,0,0,0,0,-1,1,1,0,1,0,2,4,0,1,0]','{}',NULL,NULL);
INSERT INTO tasks VALUES(3,4,3,1,0,NULL,NULL,NULL,0,1,'seed.0','["session-1","worker-1"]','[1,0,0,0,0,0,0,["worker-1"],1780272000000,0,0,0,0,-1,1,1,0,1,0]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(4,3,2,1,0,NULL,NULL,NULL,0,1,'seed.0','["session-1","worker-1"]','[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(5,0,1,2,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(6,1,1,1,0,1780272060000,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(7,2,1,1,0,NULL,1780272090000,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(8,2,1,1,-9,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(9,2,1,1,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,3108683441869271,1);
INSERT INTO tasks VALUES(10,6,1,1,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,3108683441869271,1);
INSERT INTO tasks VALUES(11,6,1,1,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,3108683441869271,1);
INSERT INTO tasks VALUES(12,2,1,1,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
INSERT INTO tasks VALUES(13,2,1,1,0,NULL,NULL,NULL,0,0,NULL,NULL,'[0,0,0,0,0,0,0,[],1780272000000,0,0,0,0,-1]',NULL,NULL,NULL);
CREATE INDEX contents_id ON contents (id_time, id_hash);
CREATE INDEX tasks_unrouted ON tasks (lane) WHERE phase = 0;
CREATE INDEX tasks_scheduled ON tasks (due_at) WHERE phase = 1;
CREATE INDEX tasks_ready ON tasks (lane, rank) WHERE phase = 2;
CREATE INDEX tasks_held ON tasks (phase) WHERE phase IN (3, 4);
CREATE INDEX tasks_ended ON tasks (bare DESC, ended_at) WHERE phase = 5;
CREATE INDEX tasks_through ON tasks (gate) WHERE gate IS NOT NULL AND phase IN (2, 3, 4);
CREATE INDEX tasks_blocked ON tasks (gate, rank) WHERE phase = 6;
CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE expires_at IS NOT NULL AND phase NOT IN (3, 4, 5);
COMMIT;
