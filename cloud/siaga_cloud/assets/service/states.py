"""Records what nodes, people and files report of pumps and gates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from siaga_cloud.assets.store import assets as db
from siaga_cloud.assets.store.assets import StateRow
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError, NotFoundError
from siaga_core.rules.assets.state import CONDITIONS_OF_KIND
from siaga_core.wire.assets import AssetStatesMessage

RETENTION = timedelta(days=90)
_MAX_AHEAD = timedelta(minutes=5)
_FORGET_AT_ONCE = 20_000


def rows_of(message: AssetStatesMessage, received_at: datetime) -> list[StateRow]:
    """Return the states of a node's message as they are stored."""
    return [
        StateRow(
            asset_id=one.asset,
            measured_at=one.measured_at,
            state=str(one.state),
            capacity_share=one.capacity_share,
            power_kw=one.power_kw,
            level_difference_cm=one.level_difference_cm,
            origin="node",
            recorded_by=message.node,
            received_at=received_at,
        )
        for one in message.states
    ]


def store_reported(conn: Connection, rows: Sequence[StateRow]) -> int:
    """Store what nodes reported, once each; how many were new. A pump is never open and a gate never runs: such a
    report is left out.
    """
    kinds = db.kinds(conn, sorted({one.asset_id for one in rows}))
    return db.insert_states(conn, [one for one in rows if _fits(kinds.get(one.asset_id), one.state)])


def record(conn: Connection, state: StateRow, *, note: str) -> None:
    """Record what a person saw at an asset, with a line in the audit log; raises NotFoundError or InvalidError."""
    kind = db.kinds(conn, [state.asset_id]).get(state.asset_id)
    if kind is None:
        raise NotFoundError(f"there is no asset {state.asset_id!r}", code="asset_not_found")
    if not _fits(kind, state.state):
        raise InvalidError(f"state: got {state.state}, which no {kind} is ever in", code="asset_state_wrong")
    if state.measured_at > state.received_at + _MAX_AHEAD:
        raise InvalidError(f"measured_at: got {state.measured_at}, which is in the future", code="time_in_future")
    db.insert_states(conn, [state])
    audit.record(
        conn,
        actor=state.recorded_by,
        action="record_asset_state",
        kind="asset",
        object_id=state.asset_id,
        why=note,
        details={"state": state.state, "measured_at": state.measured_at.isoformat()},
        now=state.received_at,
    )


def forget(conn: Connection, *, now: datetime) -> None:
    """Delete states older than `RETENTION`, save the newest of each asset."""
    db.forget_states(conn, before=now - RETENTION, limit=_FORGET_AT_ONCE)


def _fits(kind: str | None, state: str) -> bool:
    return any(kind == name and state in states for name, states in CONDITIONS_OF_KIND.items())
