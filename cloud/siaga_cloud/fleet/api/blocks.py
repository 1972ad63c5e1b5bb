"""Lets administrators end a stolen node at once, and lists the blocked nodes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.fleet.broker_files import ACL_FILE
from siaga_cloud.fleet.keys import FleetKeyError
from siaga_cloud.fleet.service import blocks as service
from siaga_cloud.fleet.store import blocks as db
from siaga_cloud.people.auth import Admin, Overseer
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(prefix="/admin/nodes", tags=["nodes"])
log = logging.getLogger(__name__)

NodeId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]


class NodeBlock(ResponseModel):
    """Describes a blocked node and what ingest dropped of it since."""

    node_id: str
    blocked_at: datetime
    blocked_by: str
    reason: str
    dropped: Annotated[int, Field(description="messages")]
    dropped_bytes: int
    last_dropped_at: datetime | None


class NodeBlockUpdate(BaseModel):
    """Blocks a node or ends its block, with the reason for the audit log."""

    model_config = ConfigDict(extra="forbid")

    blocked: bool
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class NodeBlockResult(ResponseModel):
    """States what was done at once, and whether the broker's files were written here."""

    blocked: bool
    revoked_certificates: int
    is_broker_written: Annotated[
        bool,
        Field(description="false: run `siaga-cloud admin fleet broker-files` where the broker's files are"),
    ]


@router.get("/blocked", summary="Blocked nodes (operator)")
def list_blocked_nodes(parts: PartsOf, overseer: Overseer) -> list[NodeBlock]:
    """The list is sorted by name."""
    with parts.transaction(overseer) as conn:
        return [NodeBlock.model_validate(one, from_attributes=True) for one in db.blocks(conn)]


@router.post("/{node_id}/block", summary="Block a stolen node at once, or end its block (admin)")
def update_node_block(parts: PartsOf, admin: Admin, node_id: NodeId, form: NodeBlockUpdate) -> NodeBlockResult:
    """Ingest drops everything of a blocked node from its next batch on, and no command goes to it. Its certificates are
    revoked and stay so: after the end of a block the node enrols again. The answer is 409 where nothing would change.
    """
    now, revoked = datetime.now(UTC), 0
    with parts.transaction(admin) as conn:
        if form.blocked:
            revoked = service.block(conn, node_id, reason=form.reason, by=admin.id, now=now)
        else:
            service.unblock(conn, node_id, reason=form.reason, by=admin.id, now=now)
        written = _write_files(conn, parts, now)
    return NodeBlockResult(blocked=form.blocked, revoked_certificates=revoked, is_broker_written=written)


def _write_files(conn: Connection, parts: Parts, now: datetime) -> bool:
    folder: FilePath | None = parts.fleet.folder if parts.fleet else None
    if folder is None or not (folder / ACL_FILE).is_file():
        return False
    try:
        service.write_broker_files(conn, folder, folder, now=now)
    except (FleetKeyError, OSError) as error:
        log.warning("the broker's files could not be written: %s", error)
        return False
    return True
