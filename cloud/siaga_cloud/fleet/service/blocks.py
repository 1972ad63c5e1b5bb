"""Ends a stolen node at once: ingest drops all of it, no command goes out, and the broker refuses it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from siaga_cloud.fleet import broker_files, keys
from siaga_cloud.fleet.service.enrolment import PASSWORD_FILE, remove_password
from siaga_cloud.fleet.store import blocks as db
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.platform.db import audit, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError


def block(conn: Connection, node_id: str, *, reason: str, by: str, now: datetime) -> int:
    """Block a node, revoke its certificates and waiting tokens, and return how many certificates were revoked.

    Its cameras and gauges stay its own, so that nobody claims them; release them when another node takes over. Write
    the files of the broker afterwards. Raises `ConflictError` where the node is blocked already.
    """
    # An enrolment locks its token and then the node; in the other order each could wait for the other.
    fleet.withdraw_token(conn, node_id)
    fleet.lock_node(conn, node_id)
    if not db.insert(conn, node_id, reason=reason, by=by, now=now):
        raise ConflictError(f"{node_id} is blocked already", code="node_blocked")
    revoked = db.revoke_certificates(conn, node_id, now=now)
    details = {"certificates": revoked}
    audit.record(
        conn, actor=by, action="block_node", kind="node", object_id=node_id, why=reason, details=details, now=now
    )
    live.announce(conn, "node", node_id, now)
    return revoked


def unblock(conn: Connection, node_id: str, *, reason: str, by: str, now: datetime) -> int:
    """End the block of a node, which must enrol again, and return how many of its certificates stay revoked.

    Certificates that are not on record (of `admin secrets`) work again. Raises `ConflictError` where the node is not
    blocked.
    """
    if not db.delete(conn, node_id):
        raise ConflictError(f"{node_id} is not blocked", code="node_not_blocked")
    audit.record(conn, actor=by, action="unblock_node", kind="node", object_id=node_id, why=reason, now=now)
    live.announce(conn, "node", node_id, now)
    return db.count_revoked(conn, node_id)


def write_broker_files(conn: Connection, fleet_folder: Path, broker_folder: Path, *, now: datetime) -> list[Path]:
    """Write the access list, the revocation list (where there is an authority) and the passwords without those of
    blocked nodes; return the files. Raises `keys.FleetKeyError` or OSError.
    """
    blocked = db.blocked(conn)
    files = [broker_folder / broker_files.ACL_FILE]
    broker_files.write_in_place(files[0], broker_files.access_list(blocked).encode())
    if keys.has_authority(fleet_folder):
        files.append(broker_folder / broker_files.CRL_FILE)
        broker_files.write_in_place(
            files[1], broker_files.revocation_list(fleet_folder, db.revoked(conn, now=now), now=now)
        )
    passwords = fleet_folder / PASSWORD_FILE
    if passwords.exists():
        for node_id in sorted(blocked):
            remove_password(passwords, node_id)
        files.append(passwords)
    return files
