"""A backup is one file: all tables as of one moment and the sealed files, for either database.

After a restore the past goes on from an earlier point, and everybody has to learn so:

- Each scope gets a new epoch. A cursor of another epoch gets `reset`: the client drops what it
  holds of that scope and reads it anew.
- The mutations that a device had acknowledged since the backup are gone here, and so are their
  mids: `last_mid` is that of the backup, and the next mutation meets a gap that names it. The
  client then offers all above `last_mid` again, those of the last seven days that were acknowledged
  too, numbered from there on. No stored answer can swallow them: answers above `last_mid` are not
  in the backup, and one below is only given to the very mutation that it was given to.
- A lease may not come back: fences go far up, so a worker of the lost time is refused.
- Whoever was removed in the lost time is back until that removal is offered again; what was sealed
  since is sealed under keys that they do not have. `--sign-out` ends all sessions.
"""
