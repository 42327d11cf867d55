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
    error TEXT NOT NULL      -- why it could not be filed; '' where it was
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
