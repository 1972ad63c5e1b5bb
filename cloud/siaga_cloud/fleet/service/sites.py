"""Creates, changes, retires and restores cameras, gauges and nodes; every change is recorded in the audit log.

A node receives what it must know as a wanted configuration that the worker signs (ADR 0014): where a camera or gauge
is, the limits of a gauge (which its siren follows), and the stream address that an administrator entered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siaga_cloud.fleet.node_names import check_node_name
from siaga_cloud.fleet.service.commands import make_config, wanted_body
from siaga_cloud.fleet.site_tables import with_sites
from siaga_cloud.fleet.store import commands as fleet
from siaga_cloud.fleet.store import sites as db
from siaga_cloud.fleet.store.sites import CameraSite, ConfigProgress, GaugeSite, Kind, NodeSite
from siaga_cloud.platform.db import audit, jobs, live
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import ConflictError, InvalidError, NotFoundError
from siaga_core.rules.stage import StageLimits
from siaga_core.wire.codec import encode
from siaga_core.wire.topics import DownStream, down

T = TypeVar("T")
Facts = Mapping[str, Any]
FindArea = Callable[[float, float], str | None]
State = Literal["none", "no_box", "waiting", "problem", "sent", "trial", "applied", "refused", "rolled_back"]
SCHEMES: Final = ("rtsp", "rtsps", "http", "https", "v4l2")
_ANSWERS: Final[Mapping[str, State]] = {
    "trial": "trial", "good": "applied", "refused": "refused", "rolled_back": "rolled_back",
}  # fmt: skip


def camera(conn: Connection, camera_id: str) -> CameraSite:
    """Return one camera; raises NotFoundError."""
    return _there(db.camera(conn, camera_id), "camera", camera_id)


def gauge(conn: Connection, gauge_id: str) -> GaugeSite:
    """Return one gauge; raises NotFoundError."""
    return _there(db.gauge(conn, gauge_id), "gauge", gauge_id)


def node(conn: Connection, node_id: str) -> NodeSite:
    """Return one node; raises NotFoundError."""
    return _there(db.node(conn, node_id), "node", node_id)


def save_camera(
    conn: Connection, camera_id: str, facts: Facts, *, url: str | None, area_at: FindArea, by: str, now: datetime
) -> CameraSite:
    """Create or change a camera and configure its node; raises InvalidError with the field. `url` None leaves it
    unchanged.
    """
    before = db.camera(conn, camera_id)
    _check_node(conn, facts["node_id"], before)
    if url is not None:
        _check_url(url, facts["node_id"])
    held = {**facts, **_left_as_it_was(before, facts), "area_id": area_at(facts["lat"], facts["lon"])}
    db.save_camera(conn, camera_id, held, now=now)
    _leave(conn, "camera", before, facts["node_id"], by=by, now=now)
    if facts["node_id"] is not None:
        db.request_rollout(conn, "camera", camera_id, facts["node_id"], off=_is_retired(before), by=by, now=now)
        if url is not None:
            db.set_url(conn, camera_id, facts["node_id"], url)
        jobs.defer_sites(conn, facts["node_id"])
    change_note = {"stream": "given"} if url is not None else {}  # never the address: it may hold a password
    _note(conn, "save_camera", "camera", camera_id, {**_changes(before, held), **change_note}, by=by, now=now)
    return camera(conn, camera_id)


def _left_as_it_was(before: CameraSite | None, facts: Facts) -> dict[str, Any]:
    """What an older client or page does not send stays unchanged."""
    unchanged: dict[str, Any] = {"permission": before.permission if before else ""}
    unchanged["public_snapshot"] = before.public_snapshot if before else False
    return {name: value if facts[name] is None else facts[name] for name, value in unchanged.items()}


def save_gauge(
    conn: Connection, gauge_id: str, facts: Facts, *, area_at: FindArea, by: str, now: datetime
) -> GaugeSite:
    """Create or change a gauge and configure its node; raises InvalidError with the field."""
    before = db.gauge(conn, gauge_id)
    _check_node(conn, facts["node_id"], before)
    _check_limits(facts)
    _check_river(conn, gauge_id, facts)
    held = {**facts, **_as_it_was(before, facts), "area_id": area_at(facts["lat"], facts["lon"])}
    _check_warned(conn, held["warns"])
    db.save_gauge(conn, gauge_id, held, now=now)
    if facts["node_id"] is not None:
        db.request_rollout(conn, "gauge", gauge_id, facts["node_id"], off=False, by=by, now=now)
        jobs.defer_sites(conn, facts["node_id"])
    _note(conn, "save_gauge", "gauge", gauge_id, _changes(before, held), by=by, now=now)
    return gauge(conn, gauge_id)


def save_node(conn: Connection, node_id: str, facts: Facts, *, by: str, now: datetime) -> NodeSite:
    """Makes or changes a node; raises InvalidError with the field, or for the name of a feed."""
    before = db.node(conn, node_id)
    if before is None:
        check_node_name(node_id)
    if (facts["lat"] is None) != (facts["lon"] is None):
        raise InvalidError("lat: expected both lat and lon, or neither", code="incomplete_coordinates")
    db.save_node(conn, node_id, name=facts["name"], lat=facts["lat"], lon=facts["lon"])
    _note(conn, "save_node", "node", node_id, _changes(before, facts), by=by, now=now)
    return node(conn, node_id)


def retire(conn: Connection, kind: Kind, site_id: str, *, reason: str, by: str, now: datetime) -> None:
    """Takes one out of use; raises ConflictError where it is, or where something still rests on it."""
    if _is_retired(_one(conn, kind, site_id)):
        raise ConflictError(f"{site_id} is retired already", code="already_retired")
    _refuse_needed(conn, kind, site_id)
    db.retire(conn, kind, site_id, at=now)
    _follow(conn, kind, site_id, off=True, by=by, now=now)
    _note(conn, f"retire_{kind}", kind, site_id, {}, by=by, now=now, why=reason)


def withdraw(conn: Connection, kind: Kind, site_id: str, *, reason: str, by: str, now: datetime) -> None:
    """Put a retired one back into use; raises ConflictError where it is in use."""
    if not _is_retired(_one(conn, kind, site_id)):
        raise ConflictError(f"{site_id} is in use", code="already_active")
    db.retire(conn, kind, site_id, at=None)
    _follow(conn, kind, site_id, off=False, by=by, now=now)
    _note(conn, f"restore_{kind}", kind, site_id, {}, by=by, now=now, why=reason)


def build_config(conn: Connection, node_id: str, key: Ed25519PrivateKey, *, now: datetime) -> tuple[str, bytes] | None:
    """Return the topic and the signed configuration with all that a node has not received, recorded as sent; None where
    it is up to date.

    The caller passes it to the broker before it commits, so that nothing unsent is recorded as sent.
    """
    fleet.lock_node(conn, node_id)
    if not db.is_waiting(conn, node_id):
        return None
    body = with_sites(wanted_body(conn, node_id), db.configs_of(conn, node_id))
    message = make_config(conn, key, node_id, body, now=now, by="sites")
    db.record_rollout(conn, node_id, config_version=message.version, now=now)
    return down(node_id, DownStream.CONFIG), encode(message)


def state_of(progress: ConfigProgress) -> State:
    """Return how far the facts have come. A later configuration has them too, so that its answer counts as well."""
    if progress.node_id is None:
        return "no_box"
    if progress.requested_at is None:
        return "none"
    if progress.config_version is None:
        return "problem" if progress.problem else "waiting"
    if (progress.answered_version or 0) < progress.config_version:
        return "sent"
    return _ANSWERS.get(progress.answered_state or "", "sent")


def problem_of(progress: ConfigProgress) -> str | None:
    """Why it was not sent, or what the node answered."""
    if progress.config_version is None:
        return progress.problem
    return (progress.answered_reason or None) if (progress.answered_version or 0) >= progress.config_version else None


def _there(found: T | None, kind: Kind, site_id: str) -> T:
    if found is None:
        raise NotFoundError(f"there is no {kind} {site_id!r}", code=f"{kind}_not_found")
    return found


def _one(conn: Connection, kind: Kind, site_id: str) -> CameraSite | GaugeSite | NodeSite:
    match kind:
        case "camera":
            return camera(conn, site_id)
        case "gauge":
            return gauge(conn, site_id)
        case "node":
            return node(conn, site_id)


def _is_retired(site: CameraSite | GaugeSite | NodeSite | None) -> bool:
    return site is not None and site.retired_at is not None


def _check_node(conn: Connection, node_id: str | None, before: CameraSite | GaugeSite | None) -> None:
    """An owner that the city's files name may be known before it is seen for the first time."""
    if node_id is None or (before is not None and before.node_id == node_id and db.node(conn, node_id) is None):
        return
    node_site = db.node(conn, node_id)
    if node_site is None:
        raise InvalidError(f"node_id: got {node_id}, expected a known node", code="node_unknown", got=node_id)
    if node_site.retired_at is not None:
        raise InvalidError(f"node_id: {node_id} is retired, expected a node in use", code="node_retired", got=node_id)


def _check_url(url: str, node_id: str | None) -> None:
    if node_id is None:
        raise InvalidError("url: expected a node as well, which it is for", code="url_without_node")
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in SCHEMES and bool(parts.path if parts.scheme == "v4l2" else parts.hostname)
        is_whole = is_whole and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or any(one.isspace() or not one.isprintable() for one in url):
        schemes = ", ".join(f"{one}://" for one in SCHEMES)
        raise InvalidError(f"url: expected an address that begins with one of {schemes}", code="invalid_stream_url")


def _check_limits(facts: Facts) -> None:
    s3, s2, s1 = facts["s3_cm"], facts["s2_cm"], facts["s1_cm"]
    if s3 is None and (s2 is not None or s1 is not None):
        raise InvalidError(
            "s3_cm: expected a limit for Siaga 3 below those of Siaga 2 and 1", code="stage_3_limit_required"
        )
    if s3 is None:
        return
    try:
        StageLimits(s3_cm=s3, s2_cm=s2, s1_cm=s1)
    except ValueError:
        field = "s2_cm" if s2 is not None and s2 < s3 else "s1_cm"
        raise InvalidError(
            f"{field}: got {facts[field]:g}, expected limits that rise from Siaga 3 to Siaga 2 to Siaga 1",
            code="limits_not_ascending",
        ) from None


def _check_river(conn: Connection, gauge_id: str, facts: Facts) -> None:
    below = facts["downstream_id"]
    if below is None:
        return
    if below == gauge_id or gauge_id in db.flows_to(conn, below):
        raise InvalidError(f"downstream_id: the water would flow from {below} back to here", code="circular_river")
    if db.gauge(conn, below) is None:
        raise InvalidError(f"downstream_id: there is no gauge {below!r}", code="gauge_unknown", got=below)


def _as_it_was(before: GaugeSite | None, facts: Facts) -> dict[str, Any]:
    """Fill in datum and alerted areas where the request leaves them out."""
    held = {"datum_cm": before.datum_cm if before else 0.0, "warns": before.warns if before else []}
    wished = {name: facts[name] for name in held if facts[name] is not None}
    return held | wished | ({"warns": sorted(set(wished["warns"]))} if "warns" in wished else {})


def _check_warned(conn: Connection, area_ids: Sequence[str]) -> None:
    if unknown := db.unknown_areas(conn, area_ids):
        raise InvalidError(f"warns: there is no area {unknown[0]!r}", code="area_unknown", got=unknown[0])


def _refuse_needed(conn: Connection, kind: Kind, site_id: str) -> None:
    if kind == "gauge" and (stage := db.stage_now(conn, site_id)) is not None:
        raise ConflictError(
            f"{site_id} warns now (Siaga {stage}); retire it when the water is calm",
            code="gauge_alarm_active",
            stage=stage,
        )
    if kind == "node" and (held := node(conn, site_id).held) > 0:
        raise ConflictError(
            f"{held} cameras and gauges in use speak by {site_id}; give them another node first",
            code="node_in_use", n=held,
        )  # fmt: skip


def _leave(
    conn: Connection, kind: Literal["camera"], before: CameraSite | None, node_id: str | None, *, by: str, now: datetime
) -> None:
    """Configure the earlier node to stop using it."""
    if before is None or before.node_id is None or before.node_id == node_id:
        return
    db.request_rollout(conn, kind, before.id, before.node_id, off=True, by=by, now=now)
    jobs.defer_sites(conn, before.node_id)


def _follow(conn: Connection, kind: Kind, site_id: str, *, off: bool, by: str, now: datetime) -> None:
    """A camera's node looks through it no more, or again. A gauge's node goes on: a siren is not silenced from afar."""
    if kind != "camera":
        return
    node_site = camera(conn, site_id).node_id
    if node_site is not None:
        db.request_rollout(conn, "camera", site_id, node_site, off=off, by=by, now=now)
        jobs.defer_sites(conn, node_site)


def _changes(before: object | None, after: Facts) -> dict[str, Any]:
    """Return what is new, as [before, after] by field."""
    held = {name: getattr(before, name, None) for name in after}
    return {name: [held[name], value] for name, value in after.items() if held[name] != value}


def _note(
    conn: Connection, action: str, kind: Kind, site_id: str, details: Facts, *, by: str, now: datetime, why: str = ""
) -> None:
    audit.record(conn, actor=by, action=action, kind=kind, object_id=site_id, details=details, now=now, why=why)
    live.announce(conn, kind, site_id, now)
