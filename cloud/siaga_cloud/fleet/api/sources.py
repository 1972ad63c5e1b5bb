"""Serves the refused sources to staff, and lets administrators release a camera or gauge from its node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from siaga_cloud.fleet.service import sources as service
from siaga_cloud.fleet.store import sources as db
from siaga_cloud.fleet.store.sources import SourceName
from siaga_cloud.people.auth import Admin, Overseer
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import PartsOf
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(prefix="/admin/sources", tags=["nodes"])

Kind = Literal["camera", "gauge", "asset"]
SourceId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]


class RefusedSource(ResponseModel):
    """Describes a camera, gauge, asset or event that a node reported without a right to it."""

    kind: Literal["camera", "gauge", "event", "asset"]
    id: Annotated[str, Field(description="empty: further ones of this node, together")]
    node_id: str
    reason: Annotated[
        Literal["unknown", "foreign"],
        Field(description="unknown: the city has not recorded it; foreign: it belongs to another node"),
    ]
    messages: int
    first_at: datetime
    last_at: datetime
    is_recorded: Annotated[bool, Field(description="whether the city has recorded it by now")]
    owner: Annotated[str | None, Field(description="the node that owns it now; null: nobody, or not recorded")]


class SourceRelease(BaseModel):
    """States why, and who owns the source from now on."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=500)]
    to: Annotated[
        str | None, Field(max_length=48, pattern=NAME_PATTERN, description="null: the next node that reports it")
    ] = None


class SourceOwner(ResponseModel):
    """States who owned a source and who owns it now."""

    kind: Kind
    id: str
    before: str | None
    owner: str | None


@router.get("/refused", summary="Sources that nodes reported without a right to it (operator)")
def list_refused_sources(
    parts: PartsOf, overseer: Overseer, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> list[RefusedSource]:
    """The most recent first. Their messages are dead letters, which can be replayed once the source is recorded."""
    with parts.transaction(overseer) as conn:
        found = db.list_refused(conn, limit=limit)
    return [RefusedSource.model_validate(one, from_attributes=True) for one in found]


@router.post("/{kind}/{source_id}/release", summary="Release a source from the node that owns it (admin)")
def release_source(parts: PartsOf, admin: Admin, kind: Kind, source_id: SourceId, form: SourceRelease) -> SourceOwner:
    """The node of before is refused from the next message on; the audit log records the reason."""
    source = SourceName(kind, source_id)
    with parts.transaction(admin) as conn:
        before = service.release(conn, source, to=form.to, reason=form.reason, by=admin.id, now=datetime.now(UTC))
    return SourceOwner(kind=kind, id=source_id, before=before, owner=form.to)
