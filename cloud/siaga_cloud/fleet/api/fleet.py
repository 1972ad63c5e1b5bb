"""Serves the nodes to administrators: enrolment by a token that is shown once, credentials and drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from siaga_cloud.fleet import keys
from siaga_cloud.fleet.qr_code import as_path, modules_of
from siaga_cloud.fleet.service.enrolment import command_of, command_with_token, make_token
from siaga_cloud.fleet.store import commands as db
from siaga_cloud.fleet.store.commands import NodeState
from siaga_cloud.people.auth import Admin
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.errors import NotFoundError
from siaga_cloud.platform.http.foreign.links import add_next
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.platform.http.parts import Parts, PartsOf
from siaga_cloud.platform.http.problem import Problem, refusals
from siaga_core.wire.ids import NAME_PATTERN

router = APIRouter(prefix="/admin", tags=["nodes"])

NodeId = Annotated[str, Path(max_length=48, pattern=NAME_PATTERN)]
Credential = Literal["certificate", "password"]


class EnrolmentToken(ResponseModel):
    """Describes the newest one-time token of a node, of which only the hash is stored."""

    state: Literal["waiting", "expired", "used"]
    made_at: datetime
    made_by: Annotated[str, Field(description="empty: on the command line")]
    expires_at: datetime
    used_at: datetime | None
    used_from: str | None


class NodeCredential(ResponseModel):
    """Describes the credentials that the node got when it enrolled. A node that was set up by hand has none here."""

    kind: Credential | None
    given_at: datetime
    until: Annotated[datetime | None, Field(description="null: it has no end")]


class FleetNode(ResponseModel):
    """Describes a node: what it shall run, what it runs, and how it signs in."""

    id: str
    name: str | None
    state: str
    software: str
    last_seen_at: datetime | None
    cameras: int
    gauges: int
    retired_at: Annotated[datetime | None, Field(description="since when it is in use no more")]
    wanted_version: int | None
    running_version: int | None
    answered_version: int | None
    config_state: str | None
    config_reason: str | None
    differs: Annotated[bool | None, Field(description="null: nothing was ever ordered")]
    token: EnrolmentToken | None
    credential: NodeCredential | None
    blocked_at: Annotated[datetime | None, Field(description="since when nothing of it is believed")]
    blocked_because: str | None


class FleetNodePage(ResponseModel):
    """Lists nodes by id, and how new ones are enrolled."""

    nodes: list[FleetNode]
    gives: Annotated[
        Credential | None, Field(description="what a node gets for its token; null: nodes do not enrol here")
    ]


class EnrolmentTokenCreate(BaseModel):
    """States how long the token remains valid."""

    hours: Annotated[float, Field(ge=0.1, le=720)] = 24


class EnrolmentQr(ResponseModel):
    """Describes a QR code as an SVG drawing of `size` by `size` units, with its empty border."""

    size: int
    path: Annotated[str, Field(description="the dark modules, as the attribute `d` of a path")]


class EnrolmentTokenSecret(ResponseModel):
    """Holds a token, which is shown only this once; it invalidates an older unused token of the node."""

    node_id: str
    token: str
    expires_at: datetime
    command: Annotated[str, Field(description="to be run on the node; it prompts for the token")]
    qr: Annotated[EnrolmentQr, Field(description="the command together with the token")]


@router.get("/nodes", summary="Nodes: enrolment, credentials, configuration wanted and running (admin)")
def list_fleet_nodes(
    parts: PartsOf,
    admin: Admin,
    request: Request,
    response: Response,
    q: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> FleetNodePage:
    """Also those that never connected, where a token, configuration or command was made for them."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        found = db.node_states(conn, text=q or None, after=after, limit=limit)
    if len(found) == limit:
        add_next(request, response, after=found[-1].node_id)
    return FleetNodePage(nodes=[_form(one, now) for one in found], gives=_gives(parts))


@router.post(
    "/nodes/{node_id}/enrolment",
    summary="A one-time token for a new node (admin)",
    status_code=201,
    responses=refusals("node_name_reserved"),
)
def create_enrolment_token(
    parts: PartsOf, admin: Admin, node_id: NodeId, form: EnrolmentTokenCreate, response: Response
) -> EnrolmentTokenSecret:
    """The node trades it for its credentials at `/api/v1/enrol`."""
    if _gives(parts) is None:
        raise Problem(
            409, "enrolment-disabled", "Nodes do not enrol here", "SIAGA_FLEET_DIR has no key; see admin fleet-key"
        )
    response.headers["Cache-Control"] = "no-store"
    now, lasts = datetime.now(UTC), timedelta(hours=form.hours)
    with parts.transaction(admin) as conn:
        token = make_token(conn, node_id, now=now, lasts=lasts, by=admin.id)
        details: dict[str, Any] = {"hours": form.hours}
        audit.record(
            conn, actor=admin.id, action="enrol_token", kind="node", object_id=node_id, details=details, now=now
        )
    url = parts.settings.public_url
    modules = modules_of(command_with_token(url, token))
    qr = EnrolmentQr(size=len(modules), path=as_path(modules))
    return EnrolmentTokenSecret(node_id=node_id, token=token, expires_at=now + lasts, command=command_of(url), qr=qr)


@router.delete("/nodes/{node_id}/enrolment", summary="Take back a token that was not used (admin)", status_code=204)
def delete_enrolment_token(parts: PartsOf, admin: Admin, node_id: NodeId) -> None:
    """What a node already has stays good."""
    now = datetime.now(UTC)
    with parts.transaction(admin) as conn:
        if not db.withdraw_token(conn, node_id):
            raise NotFoundError(f"no token waits for {node_id!r}", code="pending_token_not_found")
        audit.record(conn, actor=admin.id, action="withdraw_token", kind="node", object_id=node_id, now=now)


def _gives(parts: Parts) -> Credential | None:
    if parts.fleet is None or not (parts.fleet.folder / keys.PUBLIC_FILE).is_file():
        return None
    return "certificate" if keys.has_authority(parts.fleet.folder) else "password"


_SAME = (
    "name", "state", "software", "last_seen_at", "cameras", "gauges", "retired_at", "wanted_version", "running_version",
    "answered_version", "config_state", "config_reason", "differs", "blocked_at", "blocked_because",
)  # fmt: skip


def _form(one: NodeState, now: datetime) -> FleetNode:
    same = {name: getattr(one, name) for name in _SAME}
    return FleetNode(id=one.node_id, token=_token(one, now), credential=_credential(one), **same)


def _token(one: NodeState, now: datetime) -> EnrolmentToken | None:
    if one.token_made_at is None or one.token_expires_at is None:
        return None
    state: Literal["waiting", "expired", "used"] = "used" if one.token_used_at else "waiting"
    if state == "waiting" and one.token_expires_at <= now:
        state = "expired"
    return EnrolmentToken(
        state=state,
        made_at=one.token_made_at,
        made_by=one.token_made_by or "",
        expires_at=one.token_expires_at,
        used_at=one.token_used_at,
        used_from=one.token_used_from,
    )


def _credential(one: NodeState) -> NodeCredential | None:
    if one.credential_at is None:
        return None
    kind: Credential | None = "certificate" if one.credential == "certificate" else None
    kind = "password" if one.credential == "password" else kind
    return NodeCredential(kind=kind, given_at=one.credential_at, until=one.credential_until)
