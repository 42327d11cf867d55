-- Private reading: who tracks, remote images that the reader allowed, signatures we verified.

-- What in a message would tell somebody something. Derived.
CREATE TABLE trackers (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,    -- domain.tracking.Kind
    host TEXT NOT NULL,
    vendor TEXT NOT NULL,  -- '' when the table knows no name
    how TEXT NOT NULL,     -- domain.tracking.How
    times INTEGER NOT NULL,
    PRIMARY KEY (message_id, kind, host, vendor)
) STRICT, WITHOUT ROWID;
CREATE INDEX trackers_by_vendor ON trackers (vendor COLLATE NOCASE, message_id);

-- Images that the reader allowed and the engine fetched; the bytes lie sealed in `raws`.
CREATE TABLE remote_images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    raw_id INTEGER NOT NULL REFERENCES raws (id),
    media_type TEXT NOT NULL,
    used INTEGER NOT NULL,  -- when it was last fetched or shown
    UNIQUE (account_id, url)
) STRICT;
CREATE INDEX remote_images_by_raw ON remote_images (raw_id);

-- Which messages show them: an image goes when the last of its messages goes.
CREATE TABLE remote_uses (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES remote_images (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remote_uses_by_image ON remote_uses (image_id);

-- Whose images are loaded without asking, or never.
CREATE TABLE image_rules (
    scope TEXT NOT NULL,  -- 'sender' or 'domain'
    value TEXT NOT NULL,  -- address or domain, in lower case
    allow INTEGER NOT NULL,
    PRIMARY KEY (scope, value)
) STRICT, WITHOUT ROWID;

-- DKIM signatures that we verified ourselves, when the message arrived.
CREATE TABLE signatures (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    found TEXT NOT NULL,   -- JSON list of domain.signature.Signature
    policy TEXT NOT NULL,  -- what the domain in From asks for where none fits: none, quarantine, reject
    attested INTEGER NOT NULL,  -- 1: the reader's provider says of it what it found; 0: it does not;
                                -- -1: mail of the reader's own house, which tells nothing
    tries INTEGER NOT NULL,   -- 0: all is known; else how often a key could not be asked for
    checked INTEGER NOT NULL  -- when it was last tried
) STRICT;

-- Mailings that the reader left.
CREATE TABLE unsubscribed (
    mailing TEXT PRIMARY KEY,  -- its List-Id, else the sender's address, in lower case
    way TEXT NOT NULL,         -- posted, mailed or browser
    done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Those whom the reader wrote to, most often first: who else could be taken for them?
CREATE INDEX addresses_written ON addresses (written) WHERE written > 0;

-- Whether a mailing list is known from earlier mail.
CREATE INDEX messages_by_list ON messages (list_id, id) WHERE list_id <> '';

CREATE INDEX messages_by_sender ON messages (from_address COLLATE NOCASE, id);

-- Mail that is here already is looked through for trackers anew; a new store has none of it.
INSERT INTO settings (name, value)
SELECT 'tracking', '{"version":"","below":0}' WHERE EXISTS (SELECT 1 FROM messages);
