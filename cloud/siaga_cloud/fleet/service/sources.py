"""Releases cameras and gauges from the node that owns them, or hands them to another one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from siaga_cloud.fleet.store import sources as db
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.platform.db import audit, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_core.wire.ids import NAME_PATTERN

KINDS: Final = ("gauge", "camera", "asset")


def find(conn: Connection, text: str) -> SourceName:
    """Return the source that `gauge:ID`, `camera:ID`, `asset:ID` or a bare id names; raises `NotFoundError`, and
    `InvalidError` where a bare id is that of several kinds.
    """
    kind, colon, source_id = text.partition(":")
    candidates = [SourceName(kind, source_id)] if colon else [SourceName(each, text) for each in KINDS]
    found = sorted(db.owners(conn, [one for one in candidates if one.kind in KINDS]))
    if not found:
        raise NotFoundError(f"got {text!r}, expected a recorded camera, gauge or asset", code="source_not_found")
    if len(found) > 1:
        both = " or ".join(f"{one.kind}:{text}" for one in found)
        raise InvalidError(f"got {text!r}, expected {both}: each exists", code="source_ambiguous")
    return found[0]


def release(conn: Connection, source: SourceName, *, to: str | None, reason: str, by: str, now: datetime) -> str | None:
    """End the ownership of a camera or gauge and return who owned it; `to` owns it from now on, or the next node that
    reports it.

    The line in the audit log names both nodes and the reason.
    """
    if to is not None and not re.fullmatch(NAME_PATTERN, to):
        raise InvalidError(f"to: got {to!r}, expected the name of a node", code="node_unknown", got=to)
    owners = db.owners(conn, [source])
    if source not in owners:
        raise NotFoundError(f"there is no {source.kind} {source.id!r}", code="source_not_found")
    db.set_owner(conn, source, to, now=now)
    details = {"node_id": [owners[source], to]}
    audit.record(
        conn,
        actor=by,
        action="release_source",
        kind=source.kind,
        object_id=source.id,
        why=reason,
        details=details,
        now=now,
    )
    if source.kind != "asset":
        live.announce(conn, "gauge" if source.kind == "gauge" else "camera", source.id, now)
    return owners[source]
