"""The tables of the first version. Times are in milliseconds; hashes and tokens are bytes."""

from __future__ import annotations

from missive_server.database.statements import apply

revision = "0001"
down_revision = None

TABLES = """
-- Values of the server itself: its signing key, what it was restored from.
CREATE TABLE server (
    name TEXT NOT NULL CONSTRAINT server_pk PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE orgs (
    id TEXT NOT NULL CONSTRAINT orgs_pk PRIMARY KEY,
    made INTEGER NOT NULL,
    root BLOB NOT NULL,  -- Ed25519, public half of the recovery key
    two_factor INTEGER NOT NULL DEFAULT 0,  -- 1: demanded of all members
    presence INTEGER NOT NULL DEFAULT 1,  -- 0: nobody is told what others look at
    checked INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0,  -- since a restore: only owners get in. 0: open
    stored INTEGER NOT NULL DEFAULT 0  -- bytes of files, with those that are announced
) STRICT;

-- Tokens of the server's admin, each for one new organization. Only hashes.
CREATE TABLE setups (
    token BLOB NOT NULL CONSTRAINT setups_pk PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;

-- What a login needs. `secret` is the encoded Argon2id of what the client derived.
CREATE TABLE users (
    id TEXT NOT NULL CONSTRAINT users_pk PRIMARY KEY,
    org TEXT NOT NULL,
    email TEXT NOT NULL CONSTRAINT users_email_unique UNIQUE,
    secret TEXT NOT NULL,
    totp TEXT NOT NULL DEFAULT '',
    totp_on INTEGER NOT NULL DEFAULT 0,
    totp_step INTEGER NOT NULL DEFAULT 0,
    made INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_org ON users (org);

CREATE TABLE recovery_codes (
    user_ TEXT NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT recovery_codes_pk PRIMARY KEY (user_, hash)
) STRICT;

CREATE TABLE sessions (
    token BLOB NOT NULL CONSTRAINT sessions_pk PRIMARY KEY,
    id TEXT NOT NULL CONSTRAINT sessions_id_unique UNIQUE,
    user_ TEXT NOT NULL,
    org TEXT NOT NULL,
    device TEXT NOT NULL,
    made INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_);
CREATE INDEX sessions_by_device ON sessions (device);

-- Sessions that ended because somebody or a device was taken out: who comes back with one is told.
CREATE TABLE ended (
    token BLOB NOT NULL CONSTRAINT ended_pk PRIMARY KEY,
    user_ TEXT NOT NULL,
    org TEXT NOT NULL,
    device TEXT NOT NULL,
    why TEXT NOT NULL,  -- removed, revoked
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_by_at ON ended (at);
CREATE INDEX ended_by_user ON ended (user_);

-- `last_mid`: the last mutation that was answered; `acked`: up to which the client has the answers.
CREATE TABLE devices (
    id TEXT NOT NULL CONSTRAINT devices_pk PRIMARY KEY,
    user_ TEXT NOT NULL,
    org TEXT NOT NULL,
    state TEXT NOT NULL,
    sign BLOB NOT NULL,
    box BLOB NOT NULL,
    last_mid INTEGER NOT NULL DEFAULT 0,
    acked INTEGER NOT NULL DEFAULT 0,
    made INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_user ON devices (user_);

CREATE TABLE results (
    device TEXT NOT NULL,
    mid INTEGER NOT NULL,
    digest BLOB NOT NULL,
    result BLOB NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT results_pk PRIMARY KEY (device, mid)
) STRICT;

-- The row that every change of a scope writes: its order, its checksum, the head of its trail.
CREATE TABLE scopes (
    id TEXT NOT NULL CONSTRAINT scopes_pk PRIMARY KEY,
    org TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    floor INTEGER NOT NULL DEFAULT 0,
    acl INTEGER NOT NULL DEFAULT 1,
    key_epoch INTEGER NOT NULL DEFAULT 0,
    key_seq INTEGER NOT NULL DEFAULT 0, -- of the grant that began it
    rekey INTEGER NOT NULL DEFAULT 0,
    sum TEXT NOT NULL DEFAULT '0000000000000000',
    count INTEGER NOT NULL DEFAULT 0,
    audit_n INTEGER NOT NULL DEFAULT 0,
    audit_h BLOB NOT NULL,
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX scopes_by_org ON scopes (org);

-- Each entity once, at its newest place in its scope's order. Of the keys only the first begins
-- with the id: while a planner knows nothing of the table, it takes any that fits at its beginning.
CREATE TABLE entities (
    scope TEXT NOT NULL,
    t TEXT NOT NULL,
    id TEXT NOT NULL,
    op TEXT NOT NULL,
    v INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    h TEXT NOT NULL,
    k INTEGER NOT NULL,
    b BLOB NOT NULL,
    bv INTEGER NOT NULL,
    own TEXT NOT NULL,
    by_ TEXT NOT NULL,
    at INTEGER NOT NULL,
    conv TEXT NOT NULL,
    CONSTRAINT entities_pk PRIMARY KEY (id, t, scope),
    CONSTRAINT entities_seq_unique UNIQUE (scope, seq)
) STRICT;
CREATE INDEX entities_by_type ON entities (scope, t, seq);
CREATE INDEX entities_by_conv ON entities (scope, conv, seq) WHERE conv <> '';

-- Who belongs to an organization, and who may read which scope: spaces, the organization's and
-- their own. `role` "" is that of the organization.
CREATE TABLE members (
    org TEXT NOT NULL,
    user_ TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT members_pk PRIMARY KEY (org, user_)
) STRICT;
CREATE INDEX members_by_user ON members (user_);

CREATE TABLE access (
    scope TEXT NOT NULL,
    user_ TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT access_pk PRIMARY KEY (scope, user_)
) STRICT;
CREATE INDEX access_by_user ON access (user_);

CREATE TABLE invites (
    id TEXT NOT NULL CONSTRAINT invites_pk PRIMARY KEY,
    org TEXT NOT NULL,
    auth TEXT NOT NULL,
    role TEXT NOT NULL,
    seats TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_by_org ON invites (org);

-- Sealed files by the hash of what is stored. `state`: arriving, there, going (being deleted).
CREATE TABLE blobs (
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT blobs_pk PRIMARY KEY (org, hash)
) STRICT;
CREATE INDEX blobs_by_state ON blobs (state, at);

-- Those that a device is sending.
CREATE TABLE uploads (
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    device TEXT NOT NULL,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT uploads_pk PRIMARY KEY (device, hash)
) STRICT;
CREATE INDEX uploads_by_at ON uploads (at);

-- The scopes into which somebody brought a file who had it: only there it can be named and read.
CREATE TABLE blob_scopes (
    scope TEXT NOT NULL,
    hash TEXT NOT NULL,
    free INTEGER NOT NULL,  -- since when no entity there is known to name it; 0: not known
    CONSTRAINT blob_scopes_pk PRIMARY KEY (hash, scope)
) STRICT;

-- Which entities name a file.
CREATE TABLE blob_refs (
    scope TEXT NOT NULL,
    hash TEXT NOT NULL,
    t TEXT NOT NULL,
    id TEXT NOT NULL,
    CONSTRAINT blob_refs_pk PRIMARY KEY (hash, scope, t, id)
) STRICT;
CREATE INDEX blob_refs_by_entity ON blob_refs (scope, t, id);

-- The trail: one chain for each scope. `salt` and `details` may be erased, `d` and `h` stay.
CREATE TABLE audit (
    scope TEXT NOT NULL,
    n INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by_ TEXT NOT NULL,
    device TEXT NOT NULL,
    act TEXT NOT NULL,
    t TEXT NOT NULL,
    id TEXT NOT NULL,
    salt BLOB,
    details BLOB,
    d BLOB NOT NULL,
    h BLOB NOT NULL,
    CONSTRAINT audit_pk PRIMARY KEY (scope, n)
) STRICT;
CREATE INDEX audit_by_id ON audit (scope, id, n);

-- Who serves a shared inbox: `fence` goes up with each new holder.
CREATE TABLE leases (
    scope TEXT NOT NULL CONSTRAINT leases_pk PRIMARY KEY,
    device TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

-- Tries and rates that all nodes share.
CREATE TABLE throttle (
    name TEXT NOT NULL CONSTRAINT throttle_pk PRIMARY KEY,
    tries INTEGER NOT NULL,
    until INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_by_at ON throttle (at);
"""


def upgrade() -> None:
    apply(TABLES)
