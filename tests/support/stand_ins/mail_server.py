"""A real IMAP server, Debian's Dovecot, private to the tests: no root, own folder, own port, one mailbox a user."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from imapclient import IMAPClient

from siaga_cloud.channels.gateways.mailbox import MailboxSettings
from siaga_sim.stack.child import Child
from siaga_sim.stack.folders import folder_for, give_to, user_exists
from siaga_sim.stack.ports import free_port, is_listening

PROGRAM = Path("/usr/sbin/dovecot")
PASSWORD = "password-of-tests"

_CONFIG = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_max_userip_connections = 50
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {folder}/home/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


@dataclass(slots=True, kw_only=True)
class MailServer:
    """A running server."""

    folder: Path
    port: int
    child: Child

    def settings(self, user: str) -> MailboxSettings:
        """How a user's mailbox is reached."""
        return MailboxSettings(host="127.0.0.1", port=self.port, tls="off", username=user, password=PASSWORD)

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A second client of a mailbox."""
        with IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=30) as client:
            client.login(user, PASSWORD)
            yield client

    def put(self, user: str, *mails: bytes | EmailMessage) -> None:
        """Mails that come into a user's inbox."""
        with self.client(user) as client:
            for mail in mails:
                client.append("INBOX", mail if isinstance(mail, bytes) else mail.as_bytes())

    def held(self, user: str, folder: str) -> list[bytes]:
        """What lies in a folder; nothing where it is not there."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search()
            return [one[b"BODY[]"] for _, one in sorted(client.fetch(uids, ["BODY.PEEK[]"]).items())] if uids else []

    def restart(self) -> None:
        """As after a power cut; on the same port."""
        self.child.kill()
        _start(self.child, self.port)


@contextmanager
def running_mail_server(folder: Path) -> Iterator[MailServer]:
    """Until the block ends."""
    user = ("dovecot" if user_exists("dovecot") else "nobody") if os.geteuid() == 0 else None
    account = pwd.getpwnam(user or getpass.getuser())
    home, port = folder_for(user, folder), free_port()
    config = home / "dovecot.conf"
    group = grp.getgrgid(account.pw_gid).gr_name
    config.write_text(_CONFIG.format(folder=home, user=account.pw_name, group=group, password=PASSWORD, port=port))
    give_to(user, config)
    child = Child(name="dovecot", argv=[str(PROGRAM), "-F", "-c", str(config)], log=home / "out.log", user=user)
    server = MailServer(folder=home, port=port, child=child)
    try:
        _start(child, port)
        yield server
    finally:
        child.stop()
        shutil.rmtree(home, ignore_errors=True)


def _start(child: Child, port: int) -> None:
    child.start()
    child.wait_for(lambda: is_listening(port), seconds=90)
