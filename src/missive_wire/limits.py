"""Sizes and rates that both sides keep to. Bytes, seconds."""

from __future__ import annotations

SCHEMA = 1  # of the protocol; the server answers 426 to what it no longer speaks

BODY = 64 << 10  # one sealed body
HEADER = 16 << 10  # one plain header as JSON
CHECKPOINT_HEADER = 256 << 10
GRANT_DEVICES = 500  # in one record, and for each so many bytes of its header
GRANT_DEVICE = 200
GRANT_BOX = 200  # letters of a key in its box
GRANT_GONE = 20  # statements that say who loses access, and their bytes together
GRANT_GONE_BYTES = 48 << 10
GRANTS = 4_000  # records of one member for one epoch of a scope, and their bytes together
GRANT_BYTES = 4 << 20
REQUEST = 4 << 20  # one request but for parts of blobs
FRAME = 64 << 10  # one frame from a client
MUTATIONS = 100  # in one request
PAGE_ROWS = 500
PAGE_BYTES = 512 << 10
CURSORS = 5000  # scopes in one pull
HELLO_CURSORS = 500  # and in the first frame of a stream; of others a frame or poke tells
FRAME_QUEUE = 256  # frames that wait for one connection; above it they are dropped for a poke
FRAME_QUEUE_BYTES = 1 << 20
WAIT = 50  # the longest long poll

# Living entities of a type in one scope: every member's device carries each of them.
MOST = {"space": 1_000, "seat": 2_000, "invite": 500, "label": 1_000, "mailbox": 100}
SCOPES = 3_000  # that one user reads: a device takes up no more, whatever a server names
DEVICES = 50  # approved ones of one user: each is given each new key

BLOB_PART = 4 << 20
BLOB = 256 << 20

PRESENCE_TTL = 30
HEAD_CHECK = 30  # a client compares heads at least this often
LEASE = 30  # of a worker
LEASE_RENEWAL = 10
OFFLINE_LEASE = 7 * 86_400  # how long a client that hears nothing may show what it holds
