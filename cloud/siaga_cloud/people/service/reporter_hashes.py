"""Makes the hashes that tell reporters apart.

What a reporter is called may be a telephone number, and all of those can be tried. With a server key the hash is keyed,
so that a copy of the database does not reveal numbers. The key is applied to the hash without a key: hashes of earlier
versions get theirs without the number being known.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Final

from siaga_cloud.people.store import reporter_hashes as db
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.server_key import server_key

KEYED: Final = "k"  # no hexadecimal digit, so that a keyed hash is recognised
BITE: Final = 200
_PURPOSE: Final = "reporter"

log = logging.getLogger(__name__)


def reporter_hash(reporter: str) -> str:
    """Return what is stored of a reporter's name, number or address."""
    return _keyed(hashlib.sha256(reporter.encode()).hexdigest()[:32])


def rekey(database: Database, *, limit: int = 1000) -> int:
    """Key the hashes that were made without a server key, in bites; return how many reporters.

    Without a server key nothing is keyed, and the log says so.
    """
    if not server_key().is_set:
        log.warning("hashes of reporters are not keyed (SIAGA_SERVER_KEY is not set); telephone numbers can be tried")
        return 0
    count = 0
    for _ in range(limit):
        with database.transaction() as conn:
            bare = db.list_unkeyed(conn, limit=BITE)
            for one in bare:
                db.update_hash(conn, one, _keyed(one))
        count += len(bare)
        if len(bare) < BITE:
            break
    if count:
        log.info("keyed the hashes of %d reporters", count)
    return count


def _keyed(bare: str) -> str:
    key = server_key()
    return f"{KEYED}{key.hash_of(_PURPOSE, bare)[:32]}" if key.is_set else bare
