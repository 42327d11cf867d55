"""The configuration of the throw-away Dovecot (2.3): one file, nothing outside its folder."""

from __future__ import annotations

import getpass
import grp
import os
from pathlib import Path
from string import Template

# What a server without any extension offers; Dovecot keeps obeying what it no longer offers.
PLAIN_CAPABILITY = "IMAP4rev1"

MAIL_UID = 5000  # who owns the mail when the tests run as root: Dovecot refuses root itself

_SPECIAL = ("Drafts", "Sent", "Trash", "Junk", "Archive")


_TEMPLATE = Template("""
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${directory}/run
state_dir = ${directory}/state
instance_name = test-${imaps}
log_path = ${directory}/dovecot.log
$own_ids
first_valid_uid = 1
first_valid_gid = 1
default_vsz_limit = 1G
ssl = required
ssl_cert = <${directory}/tls/cert.pem
ssl_key = <${directory}/tls/key.pem
auth_mechanisms = plain login xoauth2
auth_username_format = %Lu
auth_failure_delay = 0
auth_verbose = yes
mail_max_userip_connections = 200
mail_location = maildir:~/Maildir
mail_fsync = ${fsync}
mailbox_list_index = yes
maildir_very_dirty_syncs = yes
imap_max_line_length = 256k
$capability
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%Lu ${directory}/users/%Lu
}
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = ${directory}/oauth2.conf
}
userdb {
  driver = passwd-file
  args = username_format=%Lu ${directory}/users/%Lu
  override_fields = uid=${uid} gid=${gid} home=${directory}/mail/%Ld/%Ln
}
namespace inbox {
  inbox = yes
  separator = /
$mailboxes
}
mail_plugins = zlib
protocol imap {
  mail_plugins = zlib imap_zlib
}
protocol lmtp {
  postmaster_address = postmaster@example.com
}
service anvil {
  $chroot
  # No waiting after failed logins.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  $chroot
}
service imap-login {
  $chroot
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${lmtp}
  }
}
""")


def configuration(
    directory: Path, *, imap: int, imaps: int, lmtp: int, plain: bool, fsync: str
) -> str:
    """Return the text of dovecot.conf for the given ports."""
    root = os.geteuid() == 0
    uid, gid = (MAIL_UID, MAIL_UID) if root else (os.getuid(), os.getgid())
    return _TEMPLATE.substitute(
        directory=directory,
        imap=imap,
        imaps=imaps,
        lmtp=lmtp,
        fsync=fsync,
        uid=uid,
        gid=gid,
        own_ids="" if root else _own_ids(),
        chroot="" if root else "chroot =",
        capability=f"imap_capability = {PLAIN_CAPABILITY}" if plain else "",
        mailboxes="".join(_mailbox(name, special=not plain) for name in _SPECIAL),
    )


def token_configuration(port: int) -> str:
    """Return oauth2.conf: every token is asked about at the local introspection server."""
    return f"""
introspection_mode = get
introspection_url = http://127.0.0.1:{port}/introspect?token=
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 3000
"""


def _own_ids() -> str:
    me, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    return (
        f"default_internal_user = {me}\ndefault_internal_group = {group}\ndefault_login_user = {me}"
    )


def _mailbox(name: str, *, special: bool) -> str:
    use = f"special_use = \\{name}" if special else ""
    return f"  mailbox {name} {{\n    auto = subscribe\n    {use}\n  }}\n"
