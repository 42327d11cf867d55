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
    subject TEXT NOT NULL,
    wakes INTEGER NOT NULL,            -- when it is to be placed anew; 0: by itself never
    pending INTEGER NOT NULL,          -- 1: something of it waits for the server
    by_ TEXT NOT NULL,                 -- who changed it last
    told INTEGER NOT NULL,             -- I was told of what called me up to here
    PRIMARY KEY (account_id, conv)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_conversations_here ON team_conversations (conversation_id)
    WHERE conversation_id > 0;
CREATE INDEX team_conversations_waking ON team_conversations (wakes) WHERE wakes > 0;
CREATE INDEX team_conversations_open ON team_conversations (account_id, conv)
    WHERE state = 'open' AND conversation_id > 0;

-- Its labels and assignees once more, one each, to search by.
CREATE TABLE team_marks (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,  -- label, assignee
    value TEXT NOT NULL,
    conv TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, value, conv)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_marks_by_conversation ON team_marks (account_id, conv);

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

-- Words of comments and tasks; a hit leads to the conversation.
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
