"""Puts together the state of the city at a past minute, and forgets what is older than two days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.city.service import policy as policies
from siaga_cloud.control_room.store import devices, flood_states, gauges, history, incidents, tasks
from siaga_cloud.control_room.store.devices import PastCamera, PastNode
from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.incidents.store.flood_states import AreaFloodStateView
from siaga_cloud.incidents.store.read import IncidentRow
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.tasks.store.read import TaskRow
from siaga_core.rules.trust.independence import SourcePolicy

HOURS_BACK: Final = 24
FORGET_AFTER: Final = timedelta(hours=48)
FORGET_BITE: Final = 50_000
MOST_INCIDENTS: Final = 2_500
MOST_TASKS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStates:
    """Holds what the history of states has of a minute."""

    incidents: list[IncidentRow]
    tasks: list[TaskRow]
    flood_states: list[AreaFloodStateView]
    cameras: list[PastCamera]
    nodes: list[PastNode]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastState:
    """Holds the city at a minute. `states` is None for a minute before the history began, of which only the record of
    readings knows anything.
    """

    at: datetime
    recorded_since: datetime
    gauges: list[Gauge]
    states: StoredStates | None
    policy: SourcePolicy


def state_at(conn: Connection, time: datetime, *, now: datetime) -> PastState:
    """Return the city at the beginning of a minute of the last day. Raises InvalidError for any other."""
    at = time.replace(second=0, microsecond=0)
    if not now - timedelta(hours=HOURS_BACK, minutes=1) <= at <= now:
        raise InvalidError(
            f"got {time.isoformat()}, expected a time of the last {HOURS_BACK} hours",
            code="time_not_replayable",
            hours=HOURS_BACK,
        )
    history.limit_time(conn)
    since = history.began_at(conn)
    return PastState(
        at=at,
        recorded_since=since,
        gauges=list(gauges.gauges_at(conn, at=at)),
        states=_stored(conn, at) if at >= since else None,
        policy=policies.current(conn).sources,
    )


def forget(conn: Connection, *, now: datetime) -> int:
    """Forget states that were over two days ago; return how many lines."""
    return history.forget(conn, before=now - FORGET_AFTER, limit=FORGET_BITE)


def _stored(conn: Connection, at: datetime) -> StoredStates:
    return StoredStates(
        incidents=incidents.open_at(conn, at=at, limit=MOST_INCIDENTS),
        tasks=tasks.tasks_at(conn, at=at, limit=MOST_TASKS),
        flood_states=flood_states.shown_at(conn, at=at),
        cameras=devices.cameras_at(conn, at=at),
        nodes=devices.nodes_at(conn, at=at),
    )
