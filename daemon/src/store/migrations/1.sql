-- What opens the store. One row from set-up on.
CREATE TABLE unlock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    opener TEXT NOT NULL CHECK (opener IN ('pin', 'passphrase')),
    -- Names the secret in the keystore.
    store BLOB NOT NULL CHECK (length(store) = 16),
    parameters BLOB NOT NULL,
    -- The store key under the key derived from PIN and keystore secret.
    store_key BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_try INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Under the store key: this device's private keys, the vault key, the head of the log.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- Folder keys under the vault key.
CREATE TABLE folders (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    key BLOB NOT NULL
) STRICT;

-- Items under their folder's key. `summary` is what lists need; NULL once the item is purged.
CREATE TABLE records (
    item BLOB PRIMARY KEY CHECK (length(item) = 16),
    folder BLOB NOT NULL REFERENCES folders (id),
    version INTEGER NOT NULL CHECK (version > 0),
    millis INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    device BLOB NOT NULL CHECK (length(device) = 32),
    summary BLOB,
    head BLOB NOT NULL
) STRICT;

-- Fields with their history, under their folder's key; their values stand in it under content keys of their own.
CREATE TABLE fields (
    item BLOB NOT NULL REFERENCES records (item) ON DELETE CASCADE,
    field BLOB NOT NULL CHECK (length(field) = 16),
    data BLOB NOT NULL,
    PRIMARY KEY (item, field)
) STRICT;

-- The device log: signed, and readable while locked.
CREATE TABLE log (
    sequence INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Requests that a phone may still show: no keys, no items.
CREATE TABLE pending (
    request BLOB PRIMARY KEY CHECK (length(request) = 16),
    phone BLOB NOT NULL CHECK (length(phone) = 32),
    created INTEGER NOT NULL
) STRICT;
