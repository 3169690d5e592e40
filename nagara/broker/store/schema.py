"""The tables of one tenant's file, and why each is there. Every query of the broker is served by one of their indexes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from nagara.broker.store.naming import begin

SCHEMA = """
-- Full names (IRIs) of types and attributes, numbered, so that indexes hold small integers.
CREATE TABLE name (key INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);

-- One row an entity that is or was here. `doc` is the entity as JSON (model/incoming.py), its names as numbers
-- (store/names.py); NULL where it was deleted: the row stays as long as history refers to its key. Times are microseconds since 1970.
CREATE TABLE entity (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    modified INTEGER NOT NULL,
    expires INTEGER,              -- when the entity, or the first of its attributes, expires (4.22)
    doc BLOB
);
CREATE INDEX entity_modified ON entity (modified) WHERE doc IS NOT NULL;
CREATE INDEX entity_expires ON entity (expires) WHERE expires IS NOT NULL;

-- Entities by type: a page of a type is a walk along this index, in the order of creation.
CREATE TABLE entity_type (type INTEGER NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (type, entity)) WITHOUT ROWID;

-- Entities by Scope, written with a leading '/'.
CREATE TABLE entity_scope (scope TEXT NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (scope, entity)) WITHOUT ROWID;

-- Entities by the values of their attributes, also for existence, for ordering and for what relationships point at.
-- `kind` says what the value is (store/rows.py); texts are cut at 128 characters.
CREATE TABLE value (
    attr INTEGER NOT NULL, value, entity INTEGER NOT NULL, kind INTEGER NOT NULL,
    PRIMARY KEY (attr, value, entity, kind)
) WITHOUT ROWID;

-- Bounding boxes of GeoProperties; id = entity * 1024 + its place among those of the entity.
CREATE VIRTUAL TABLE place USING rtree(id, min_x, max_x, min_y, max_y, +entity INTEGER, +attr INTEGER);

-- How many there are, kept with every write so that no count costs a scan. attr 0: entities of the type; type 0: of all types.
CREATE TABLE tally (
    type INTEGER NOT NULL, attr INTEGER NOT NULL, kind INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (type, attr, kind)
) WITHOUT ROWID;

-- History, the recent part: what each write wrote, in the order of the commits, in the same transaction.
-- `doc`: {"attrs": {name: [instances as written]}, "removed"?: [[name, datasetId, type]], "type"?, "scope"?, "deleted"?},
-- names as numbers (store/names.py); of a creation, the whole entity.
CREATE TABLE observation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    entity INTEGER NOT NULL,
    at INTEGER NOT NULL,          -- when it was written, microseconds since 1970
    doc BLOB NOT NULL
);
CREATE INDEX observation_entity ON observation (entity, seq);

-- Stored @contexts (5.13): hosted, cached, implicitly created.
CREATE TABLE ld_context (
    id TEXT PRIMARY KEY, url TEXT UNIQUE, kind TEXT NOT NULL, body BLOB NOT NULL,
    created INTEGER NOT NULL, expires INTEGER, used INTEGER, hits INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Small facts about this file, such as the tenant's name.
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


# Subscriptions (5.8, 5.11) and what is to be told to them. `doc` and `state` are JSON (subscriptions/document.py, subscriptions/state.py).
# A row of the outbox is written in the transaction of the change that it tells of, and goes once it was delivered or given up,
# so that no acknowledged write can lose its notification. Its `seq` is a time, never used twice.
OUTBOX = """
CREATE TABLE subscription (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, csource INTEGER NOT NULL, doc BLOB NOT NULL, state BLOB NOT NULL);
CREATE TABLE outbox (seq INTEGER PRIMARY KEY, subscription INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE INDEX outbox_subscription ON outbox (subscription, seq);
"""

# Context sources (5.9): `doc` and `state` are JSON (sources/registration.py).
SOURCES = """
CREATE TABLE registration (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc BLOB NOT NULL, state BLOB NOT NULL);
"""

# History: by which index recent instances are found, and which files hold the older ones.
HISTORY = """
-- Of an entity: the type under which its history is kept, its first one when it was first seen; and of a deleted one, what its
-- history is still found by: {"type", "attrs", "createdAt", "deletedAt"}, names as numbers. `home` is NULL where there is no history.
ALTER TABLE entity ADD COLUMN home INTEGER;
ALTER TABLE entity ADD COLUMN past BLOB;
UPDATE entity SET home = (SELECT min(type) FROM entity_type t WHERE t.entity = entity.key);
CREATE TABLE past_type (type INTEGER NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (type, entity)) WITHOUT ROWID;

-- Of what a write wrote: the first observedAt, in microseconds since 1970, NULL where nothing bears one; and 1 where it bears
-- several, or stands in the place of an older instance ("amends").
ALTER TABLE observation ADD COLUMN observed INTEGER;
ALTER TABLE observation ADD COLUMN mixed INTEGER NOT NULL DEFAULT 0;
UPDATE observation SET mixed = 1;
DROP INDEX observation_entity;
CREATE INDEX observation_entity ON observation (entity, observed);
CREATE INDEX observation_mixed ON observation (entity) WHERE mixed = 1;

-- The older part: files, each of one type and one day (history/segments.py). Rows of `observation` up to the fact 'sealed'
-- are in these files and count no more; they are deleted bit by bit. Times are microseconds since 1970: `first` and `last` of
-- when instances were observed, or else written; `least` and `most` are keys of entities.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, type INTEGER NOT NULL, day TEXT NOT NULL, rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, written_first INTEGER NOT NULL,
    written_last INTEGER NOT NULL, least INTEGER NOT NULL, most INTEGER NOT NULL
);
CREATE INDEX segment_place ON segment (type, day);

-- What was deleted from the history and may still lie in it: instances of an entity written before row `below`;
-- attr 0: of all attributes; dataset '*': of all datasets, '': the default one; seq NULL: all, else the one instance.
CREATE TABLE hidden (
    entity INTEGER NOT NULL, attr INTEGER NOT NULL, dataset TEXT NOT NULL, seq INTEGER, n INTEGER, below INTEGER NOT NULL
);
CREATE INDEX hidden_entity ON hidden (entity);
"""

# Of a file of the older history: the first and the last row of `observation` that its instances come from. Rows stay in the store
# for a while after they were sealed; up to the fact 'dropped' they are gone, and only the files tell of them.
ROWS = """
ALTER TABLE segment ADD COLUMN low INTEGER NOT NULL DEFAULT 0;
ALTER TABLE segment ADD COLUMN high INTEGER NOT NULL DEFAULT 0;
"""

# Copies of subscriptions that context sources hold (5.8.1.4); `id` is what they are called there.
COPIES = """
CREATE TABLE remote_subscription (id TEXT PRIMARY KEY, subscription TEXT NOT NULL, registration TEXT NOT NULL) WITHOUT ROWID;
"""

#: What has to be run, in this order, on a file that has seen only the first n of them. Steps that were once released are never altered.
STEPS = (SCHEMA, OUTBOX, SOURCES, HISTORY, ROWS, COPIES)


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to a tenant's file. The one that writes waits, at each commit, until the disk holds it."""
    target = str(path) if write else f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, cached_statements=512, uri=not write)
    connection.execute("PRAGMA busy_timeout = 5000")
    if write:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # done beside the writer, see store/writing.py
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -16384")
        connection.execute("PRAGMA temp_store = MEMORY")
    else:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -4096")
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def prepare(connection: sqlite3.Connection, tenant: str) -> None:
    """Give a new file its tables; refuse one that a newer broker wrote."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise RuntimeError(
            f"The data of tenant {tenant or 'default'!r} were written by a newer broker (schema {version}, here {len(STEPS)})."
        )
    for number, step in enumerate(STEPS[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
    if version == 0:
        connection.execute("INSERT INTO fact VALUES ('tenant', ?)", (tenant,))
    begin(connection)
