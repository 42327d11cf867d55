-- Team sync: what this device shares with teams.

-- The organizations that this profile is signed in to. Times are milliseconds.
CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL,
    org TEXT NOT NULL,
    user TEXT NOT NULL,
    device TEXT NOT NULL,
    email TEXT NOT NULL,
    token TEXT NOT NULL,       -- of the session; '' when signed out
    identity BLOB NOT NULL,    -- private halves of the person and of the device, and
    sign BLOB NOT NULL,        -- x'' where it has none yet
    box BLOB NOT NULL,
    root TEXT NOT NULL,        -- fingerprint of the organization's root, hex
    server_key BLOB NOT NULL,  -- public half of what signs checkpoints
    settings TEXT NOT NULL,    -- JSON of domain.team.TeamSettings
    last_mid INTEGER NOT NULL, -- the highest that a mutation was given
    ack INTEGER NOT NULL,      -- answers up to here are kept
    heard INTEGER NOT NULL,    -- the server's clock when it last answered,
    clock INTEGER NOT NULL,    -- ours at that moment,
    seen INTEGER NOT NULL,     -- ours when it was last looked at,
    away INTEGER NOT NULL,     -- and how much time has passed until then, however it was set
    state TEXT NOT NULL,       -- domain.team.TeamState
    error TEXT NOT NULL,       -- the last one, in plain words
    ended INTEGER NOT NULL,    -- when the server said that one is no member, ms; 0: one is
    UNIQUE (url, org, user)
) STRICT;

-- Scopes that this device reads. All rows with lo < seq <= hi are here.
CREATE TABLE team_scopes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    e TEXT NOT NULL,         -- the epoch that the numbers belong to; '' before the first answer
    hi INTEGER NOT NULL,
    lo INTEGER NOT NULL,
    done INTEGER NOT NULL,   -- 1: there is nothing below `lo`
    until INTEGER NOT NULL,  -- history is fetched down to this time, ms; 0: all of it; -1: not decided
    head INTEGER NOT NULL,   -- the newest that we heard of
    floor INTEGER NOT NULL,
    sum TEXT NOT NULL,       -- `sums` over the rows here, 16 hex digits. Derived
    count INTEGER NOT NULL,  -- how many that is. Derived
    acl INTEGER NOT NULL,
    key INTEGER NOT NULL,    -- newest key epoch
    rekey INTEGER NOT NULL,  -- 1: a new one is demanded before the next write
    resyncs INTEGER NOT NULL,   -- how often the sums differed in a row
    account_id INTEGER NOT NULL,  -- the account that shows this space, or 0
    UNIQUE (team_id, scope)
) STRICT;

-- The rows of a scope as the server confirmed them. A deleted one stays, empty, for the sum.
CREATE TABLE team_rows (
    row INTEGER PRIMARY KEY,
    scope_id INTEGER NOT NULL REFERENCES team_scopes (id) ON DELETE CASCADE,
    t TEXT NOT NULL,
    id TEXT NOT NULL,
    op TEXT NOT NULL,
    seq INTEGER NOT NULL,
    v INTEGER NOT NULL,
    h TEXT NOT NULL,       -- JSON
    k INTEGER NOT NULL,
    bv INTEGER NOT NULL,
    body TEXT NOT NULL,    -- JSON, opened; '' where there is none or it does not open
    sealed BLOB NOT NULL,  -- what does not open yet; x'' else
    trouble TEXT NOT NULL, -- why it does not: a word of domain.team.Trouble, or ''
    own TEXT NOT NULL,
    by_ TEXT NOT NULL,
    at INTEGER NOT NULL,
    signed TEXT NOT NULL,  -- the device whose signature the body has, or ''
    conv TEXT NOT NULL,    -- the conversation that it belongs to, of its header, or ''
    UNIQUE (scope_id, t, id)
) STRICT;
CREATE INDEX team_rows_by_seq ON team_rows (scope_id, seq);
CREATE INDEX team_rows_by_conv ON team_rows (conv, t) WHERE conv <> '';
CREATE INDEX team_rows_closed ON team_rows (scope_id, seq) WHERE trouble = 'key';

-- What was done here, in the order it was done. Kept for a while once it is settled: a server that
-- was restored from a backup is offered it again.
CREATE TABLE team_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    mid INTEGER NOT NULL,    -- the server's number for it; 0 until it is sent
    op TEXT NOT NULL,
    scope TEXT NOT NULL,
    t TEXT NOT NULL,
    entity TEXT NOT NULL,    -- its id
    act TEXT NOT NULL,
    h TEXT NOT NULL,         -- JSON: what changes
    pre TEXT NOT NULL,       -- JSON, or ''
    body TEXT NOT NULL,      -- JSON, the whole new one, not sealed; '' where it stays as it is
    based TEXT NOT NULL,     -- JSON of the body that it was made from, or ''
    bv INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    state TEXT NOT NULL,     -- domain.team.PendingState
    why TEXT NOT NULL,       -- what the server said against it
    cur TEXT NOT NULL,       -- JSON of the row that it met, or ''
    seqs TEXT NOT NULL,      -- JSON: where it stands, by scope
    created INTEGER NOT NULL,  -- ms
    settled INTEGER NOT NULL,  -- ms: when the server answered; 0 before
    k INTEGER NOT NULL,        -- key epoch of `sealed`
    sealed BLOB NOT NULL       -- the body as it was sent: what is sent again must be the same
) STRICT;
CREATE INDEX team_pending_open ON team_pending (team_id, id) WHERE state <> 'done';
CREATE INDEX team_pending_by_entity ON team_pending (entity, id) WHERE state <> 'done';
CREATE INDEX team_pending_done ON team_pending (team_id, settled) WHERE state = 'done';

-- What was not sent of scopes that were taken away, sealed under the key that went with them: it
-- opens again if the person gets that key again, and goes after a week.
CREATE TABLE team_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    at INTEGER NOT NULL  -- ms
) STRICT;

CREATE TABLE team_keys (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (team_id, scope, epoch)
) STRICT, WITHOUT ROWID;

-- Signed statements on who is who that counted once: the server must not bring back what was before.
CREATE TABLE team_certs (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    cert TEXT NOT NULL,
    PRIMARY KEY (team_id, subject)
) STRICT, WITHOUT ROWID;

-- Files that go up or come down: sealed bytes, named by their hash.
CREATE TABLE team_blobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    hash TEXT NOT NULL,     -- SHA-256 of the sealed bytes, hex: its address
    size INTEGER NOT NULL,  -- sealed bytes in all
    way TEXT NOT NULL,      -- 'up' or 'down'
    entity TEXT NOT NULL,   -- whose it is
    tries INTEGER NOT NULL,
    error TEXT NOT NULL,
    created INTEGER NOT NULL,  -- ms
    UNIQUE (team_id, scope, hash, way)
) STRICT;
CREATE INDEX team_blobs_by_account ON team_blobs (account_id);

-- The parts of them that are here, each a record in the packs.
CREATE TABLE team_blob_parts (
    blob_id INTEGER NOT NULL REFERENCES team_blobs (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    raw_id INTEGER NOT NULL REFERENCES raws (id) ON DELETE CASCADE,
    PRIMARY KEY (blob_id, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_blob_parts_by_raw ON team_blob_parts (raw_id);

-- The audit trail as far as it was fetched. Not all of it: records of one's own reading state are
-- verified, and not kept.
CREATE TABLE team_trail (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,     -- ms
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    t TEXT NOT NULL,
    target TEXT NOT NULL,
    conv TEXT NOT NULL,      -- the conversation it is about, or ''
    record TEXT NOT NULL,    -- JSON, whole
    proven INTEGER NOT NULL, -- 1: part of the chain that leads to a checkpoint
    kept INTEGER NOT NULL,   -- asked for: not forgotten before this time, ms
    PRIMARY KEY (team_id, scope, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_trail_by_target ON team_trail (target, at);
CREATE INDEX team_trail_by_conv ON team_trail (conv, at) WHERE conv <> '';

-- How far the chain of a scope was verified: all records with lo < n <= hi.
CREATE TABLE team_chains (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    lo INTEGER NOT NULL,
    lo_h BLOB NOT NULL,      -- the hash of record lo
    hi INTEGER NOT NULL,
    hi_h BLOB NOT NULL,
    PRIMARY KEY (team_id, scope)
) STRICT, WITHOUT ROWID;

-- The newest heads that the server signed, and that were found to follow from those before.
CREATE TABLE team_checkpoints (
    team_id INTEGER PRIMARY KEY REFERENCES teams (id) ON DELETE CASCADE,
    header TEXT NOT NULL     -- JSON, as signed
) STRICT;

-- What the server showed of the trail that cannot be so.
CREATE TABLE team_evidence (
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,    -- of kind, scope and words: the same is kept once
    at INTEGER NOT NULL,     -- ms
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    words TEXT NOT NULL,
    shown TEXT NOT NULL,     -- JSON: what the server had signed and sent
    PRIMARY KEY (team_id, digest)
) STRICT, WITHOUT ROWID;

-- What the person should know: a scope that was taken away, a server that showed what is not so.
CREATE TABLE team_notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,   -- ms
    kind TEXT NOT NULL,    -- domain.team.NoticeKind
    scope TEXT NOT NULL,
    words TEXT NOT NULL,
    seen INTEGER NOT NULL
) STRICT;

-- Spaces: what a team shares, as this person sees it. Derived from the rows of the feed.
-- Times are milliseconds; lists are JSON.

-- Every space of an organization that we heard of.
CREATE TABLE team_spaces (
    scope TEXT PRIMARY KEY,
    team_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,  -- what shows it here; 0: it is none of mine
    kind TEXT NOT NULL,           -- inbox, team
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    colour TEXT NOT NULL,
    user_reply TEXT NOT NULL,     -- domain.spaces.Settings
    received_reply TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX team_spaces_by_account ON team_spaces (account_id) WHERE account_id > 0;

CREATE TABLE team_people (
    team_id INTEGER NOT NULL,
    user TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (team_id, user)
) STRICT, WITHOUT ROWID;

-- Who belongs to which space.
CREATE TABLE team_seats (
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    user TEXT NOT NULL,
    kind TEXT NOT NULL,  -- active, observer
    role TEXT NOT NULL,  -- '': that of the organization
    PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_labels (
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    colour TEXT NOT NULL,
    PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;

-- My own state of conversations, which may come before they do.
CREATE TABLE team_personal (
    scope TEXT NOT NULL,  -- the person's own
    id TEXT NOT NULL,
    space TEXT NOT NULL,
    conv TEXT NOT NULL,
    read INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    snoozed INTEGER NOT NULL,
    snoozed_at INTEGER NOT NULL,
    starred INTEGER NOT NULL,
    watching INTEGER NOT NULL,  -- -1: as it follows from mentions and assignments
    PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_personal_by_conversation ON team_personal (space, conv);

CREATE TABLE team_conversations (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    conv TEXT NOT NULL,
    conversation_id INTEGER NOT NULL,  -- 0: none of its messages has come
    known INTEGER NOT NULL,            -- 0: its own row has not come
    state TEXT NOT NULL,               -- open, closed, trash, spam
    inbox INTEGER NOT NULL,
    assignees TEXT NOT NULL,
    labels TEXT NOT NULL,
    last INTEGER NOT NULL,
    since INTEGER NOT NULL,            -- when it was last assigned, closed or reopened
    name TEXT NOT NULL,                -- what members call it; '': as its mail
    wakes INTEGER NOT NULL,            -- when it is to be placed anew; 0: by itself never
    pending INTEGER NOT NULL,          -- 1: something of it waits for the server
    by_ TEXT NOT NULL,                 -- who changed it last
    told INTEGER NOT NULL,             -- I was told of what called me up to here
    PRIMARY KEY (account_id, conv)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_conversations_here ON team_conversations (conversation_id)
    WHERE conversation_id > 0;
CREATE INDEX team_conversations_waking ON team_conversations (wakes) WHERE wakes > 0;

-- Its labels and assignees once more, one each, to search by.
CREATE TABLE team_marks (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,  -- label, assignee
    value TEXT NOT NULL,
    conv TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, value, conv)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_marks_by_conversation ON team_marks (account_id, conv);

-- How many open conversations there are, of a space in all ('all', ''), by label and by assignee.
-- Derived, by the triggers below: whatever changes a conversation or its marks counts along.
CREATE TABLE team_counts (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,  -- all, label, assignee
    value TEXT NOT NULL,
    open INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, value)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER team_conversations_opened AFTER UPDATE OF state, conversation_id
ON team_conversations
WHEN new.state = 'open' AND new.conversation_id > 0
    AND NOT (old.state = 'open' AND old.conversation_id > 0)
BEGIN
    INSERT INTO team_counts (account_id, kind, value, open)
        SELECT new.account_id, 'all', '', 0 WHERE NOT EXISTS (SELECT 1 FROM team_counts
        WHERE account_id = new.account_id AND kind = 'all');
    UPDATE team_counts SET open = open + 1 WHERE account_id = new.account_id AND kind = 'all';
    UPDATE team_counts SET open = open + 1 WHERE account_id = new.account_id
        AND (kind, value) IN (SELECT kind, value FROM team_marks
        WHERE account_id = new.account_id AND conv = new.conv);
END;
CREATE TRIGGER team_conversations_added AFTER INSERT ON team_conversations
WHEN new.state = 'open' AND new.conversation_id > 0
BEGIN
    INSERT INTO team_counts (account_id, kind, value, open)
        SELECT new.account_id, 'all', '', 0 WHERE NOT EXISTS (SELECT 1 FROM team_counts
        WHERE account_id = new.account_id AND kind = 'all');
    UPDATE team_counts SET open = open + 1 WHERE account_id = new.account_id AND kind = 'all';
    UPDATE team_counts SET open = open + 1 WHERE account_id = new.account_id
        AND (kind, value) IN (SELECT kind, value FROM team_marks
        WHERE account_id = new.account_id AND conv = new.conv);
END;
CREATE TRIGGER team_conversations_shut AFTER UPDATE OF state, conversation_id
ON team_conversations
WHEN old.state = 'open' AND old.conversation_id > 0
    AND NOT (new.state = 'open' AND new.conversation_id > 0)
BEGIN
    UPDATE team_counts SET open = open - 1 WHERE account_id = old.account_id AND kind = 'all';
    UPDATE team_counts SET open = open - 1 WHERE account_id = old.account_id
        AND (kind, value) IN (SELECT kind, value FROM team_marks
        WHERE account_id = old.account_id AND conv = old.conv);
END;
CREATE TRIGGER team_conversations_gone AFTER DELETE ON team_conversations
WHEN old.state = 'open' AND old.conversation_id > 0
BEGIN
    UPDATE team_counts SET open = open - 1 WHERE account_id = old.account_id AND kind = 'all';
    UPDATE team_counts SET open = open - 1 WHERE account_id = old.account_id
        AND (kind, value) IN (SELECT kind, value FROM team_marks
        WHERE account_id = old.account_id AND conv = old.conv);
END;
CREATE TRIGGER team_marks_added AFTER INSERT ON team_marks
BEGIN
    INSERT INTO team_counts (account_id, kind, value, open)
        SELECT new.account_id, new.kind, new.value, 0 WHERE NOT EXISTS (SELECT 1
        FROM team_counts WHERE account_id = new.account_id AND kind = new.kind
        AND value = new.value);
    UPDATE team_counts SET open = open + 1 WHERE account_id = new.account_id
        AND kind = new.kind AND value = new.value AND EXISTS (SELECT 1 FROM team_conversations
        WHERE account_id = new.account_id AND conv = new.conv AND state = 'open'
        AND conversation_id > 0);
END;
CREATE TRIGGER team_marks_gone AFTER DELETE ON team_marks
BEGIN
    UPDATE team_counts SET open = open - 1 WHERE account_id = old.account_id
        AND kind = old.kind AND value = old.value AND EXISTS (SELECT 1 FROM team_conversations
        WHERE account_id = old.account_id AND conv = old.conv AND state = 'open'
        AND conversation_id > 0);
END;

CREATE TABLE team_messages (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    conv TEXT NOT NULL,
    out INTEGER NOT NULL,       -- 1: a member wrote it
    at INTEGER NOT NULL,
    blob TEXT NOT NULL,         -- address of the sealed raw message; '' while it goes up
    key TEXT NOT NULL,          -- what opens it
    complete INTEGER NOT NULL,  -- 0: made of its envelope, until the blob is here
    checked TEXT NOT NULL,      -- JSON of domain.spaces.Checked; '': nobody looked
    own TEXT NOT NULL,          -- who brought it, and so looked
    author TEXT NOT NULL,       -- who of the team wrote it, as `own` says; '': nothing is said
    UNIQUE (account_id, id)
) STRICT;
CREATE INDEX team_messages_by_conversation ON team_messages (account_id, conv);

CREATE TABLE team_comments (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    conv TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    mentions TEXT NOT NULL,
    text TEXT NOT NULL,
    file TEXT NOT NULL,  -- JSON of domain.spaces.SharedFile; '': none
    blob TEXT NOT NULL,  -- its address
    v INTEGER NOT NULL,  -- above 1: edited; 0: not with the server yet
    pending INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_comments_by_conversation ON team_comments (account_id, conv, at);

CREATE TABLE team_tasks (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    conv TEXT NOT NULL,  -- '': of no conversation
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    assignees TEXT NOT NULL,
    state TEXT NOT NULL,  -- todo, doing, closed
    due INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    pending INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_tasks_by_conversation ON team_tasks (account_id, conv, at);

-- Mail that members asked the worker to send.
CREATE TABLE team_sends (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    conv TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,  -- requested, sending, sent, uncertain, failed, cancelled
    due INTEGER NOT NULL,
    blob TEXT NOT NULL,
    closes INTEGER NOT NULL,
    body TEXT NOT NULL,  -- JSON of domain.spaces.SendBody
    pending INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_sends_by_conversation ON team_sends (account_id, conv);

-- What I asked to be sent myself, as long as it may be taken back: of this device alone.
CREATE TABLE team_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    send TEXT NOT NULL,  -- the entity
    draft TEXT NOT NULL, -- JSON of the draft, brought back by Undo; ''
    undo TEXT NOT NULL   -- JSON of the intents that take back what else it led to
) STRICT;

-- Words of comments, tasks and names of conversations; a hit leads to the conversation.
CREATE TABLE team_texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    t TEXT NOT NULL,
    entity TEXT NOT NULL,
    conv TEXT NOT NULL,
    UNIQUE (account_id, t, entity)
) STRICT;
CREATE VIRTUAL TABLE team_search USING fts5 (
    subject, sender, recipients, cc, body, filename,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2 categories ''L* N* Co M*'''
);

-- Mailboxes behind shared inboxes, for the device that serves them. Times are milliseconds.

-- Which mailbox of this profile stands behind which space, and how its serving goes.
CREATE TABLE served (
    scope TEXT PRIMARY KEY,
    team_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    options TEXT NOT NULL,   -- JSON of domain.serving.Options
    state TEXT NOT NULL,     -- domain.serving.Serving
    device TEXT NOT NULL,    -- the one that serves it, as far as we know; '' nobody
    error TEXT NOT NULL,
    fence INTEGER NOT NULL,  -- of the last lease that this device held
    handed TEXT NOT NULL     -- the entity that brought it here; '' where it was set up here
) STRICT, WITHOUT ROWID;

-- Messages of such a mailbox, and which of the space they are.
CREATE TABLE served_mail (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    conv TEXT NOT NULL,
    name TEXT NOT NULL,      -- its Message-ID
    error TEXT NOT NULL,     -- why it could not be filed; '' where it was
    told INTEGER NOT NULL    -- 1: all that is known of its sender is in the space
) STRICT;
CREATE INDEX served_mail_by_id ON served_mail (account_id, id);
CREATE INDEX served_mail_by_conv ON served_mail (account_id, conv);
CREATE INDEX served_mail_by_name ON served_mail (account_id, name);
CREATE INDEX team_messages_out ON team_messages (account_id, message_id) WHERE out = 1;

-- Where the mail of each conversation lay when mailbox and space last agreed.
CREATE TABLE served_places (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    conv TEXT NOT NULL,
    place TEXT NOT NULL,     -- domain.serving.Lies; '': to be found out
    closed INTEGER NOT NULL, -- the closing for which its mail was marked as read
    PRIMARY KEY (account_id, conv)
) STRICT, WITHOUT ROWID;

-- Mail that this device began to send for a space.
CREATE TABLE served_sends (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    pending INTEGER NOT NULL,  -- row of team_pending that says it was begun
    seq INTEGER NOT NULL,      -- where that stands in the space's order; 0: not known yet
    outbox INTEGER NOT NULL,   -- row of the outbox
    begun INTEGER NOT NULL,    -- 1: it was let go to be sent
    created INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
