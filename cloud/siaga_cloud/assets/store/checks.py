"""Reads what is needed to judge pumps and gates, and stores which of them are to be inspected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.assets.check import AssetDuty, CheckResult, LevelSample
from siaga_core.rules.assets.state import StateSample


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAsset:
    """Represents an asset as it is judged."""

    id: str
    name: str
    lat: float
    lon: float
    gauge_id: str | None
    duty: AssetDuty


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheck:
    """Represents a problem of an asset that stands, by the signal that reports it."""

    signal_id: UUID
    asset_id: str
    problem: str
    confidence: float
    revision: int
    began_at: datetime
    last_at: datetime


def lock(conn: Connection) -> None:
    """Until the transaction ends nobody else judges assets."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('asset_check'), 0)")


def checked_assets(conn: Connection) -> list[CheckedAsset]:
    """Return every asset that the city lists, by id."""
    rows = conn.execute(
        "SELECT id, name, lat, lon, gauge_id, works_as, works_from_cm::float8 AS works_from_cm,"
        " rated_kw::float8 AS rated_kw, stale_seconds FROM asset WHERE retired_at IS NULL ORDER BY id"
    )
    return [
        CheckedAsset(
            id=row["id"],
            name=row["name"],
            lat=row["lat"],
            lon=row["lon"],
            gauge_id=row["gauge_id"],
            duty=AssetDuty(
                works_as=row["works_as"],
                works_from_cm=row["works_from_cm"],
                rated_kw=row["rated_kw"],
                stale_seconds=row["stale_seconds"],
            ),
        )
        for row in rows
    ]


def states(conn: Connection, *, since: datetime, until: datetime) -> Mapping[str, list[StateSample]]:
    """Return the states that were reported in a span, and the newest one however old, by asset and in the order of
    time.
    """
    columns = "asset_id, measured_at, state, capacity_share::float8 AS capacity_share, power_kw::float8 AS power_kw"
    rows = conn.execute(
        f"SELECT reported.* FROM asset CROSS JOIN LATERAL (SELECT {columns} FROM asset_state"  # noqa: S608 - ours
        "   WHERE asset_id = asset.id AND measured_at BETWEEN %(since)s AND %(until)s"
        f"  UNION (SELECT {columns} FROM asset_state WHERE asset_id = asset.id AND measured_at <= %(until)s"
        "   ORDER BY measured_at DESC LIMIT 1)) AS reported"
        " WHERE asset.retired_at IS NULL ORDER BY reported.asset_id, reported.measured_at".encode(),
        {"since": since, "until": until},
    )
    found: dict[str, list[StateSample]] = defaultdict(list)
    for row in rows:
        found[row["asset_id"]].append(
            StateSample(
                at=row["measured_at"],
                state=row["state"],
                capacity_share=row["capacity_share"],
                power_kw=row["power_kw"],
            )
        )
    return found


def levels(conn: Connection, *, since: datetime, until: datetime) -> Mapping[str, list[LevelSample]]:
    """Return the levels that can be trusted, by gauge and in the order of time, of gauges in whose water assets work.

    A level that nothing confirms yet decides nothing.
    """
    rows = conn.execute(
        "SELECT gauge_id, measured_at, level_cm::float8 AS level_cm FROM reading"
        " WHERE gauge_id IN (SELECT gauge_id FROM asset WHERE retired_at IS NULL AND works_from_cm IS NOT NULL)"
        " AND measured_at BETWEEN %s AND %s AND level_cm IS NOT NULL AND quality = 'good'"
        " AND NOT flags @> '{unconfirmed}' ORDER BY gauge_id, measured_at",
        (since, until),
    )
    found: dict[str, list[LevelSample]] = defaultdict(list)
    for row in rows:
        found[row["gauge_id"]].append(LevelSample(at=row["measured_at"], level_cm=row["level_cm"]))
    return found


def open_checks(conn: Connection) -> Mapping[str, OpenCheck]:
    """Return the problems that stand, by asset."""
    rows = conn.execute(
        "SELECT signal.id AS signal_id, checked.asset_id, checked.problem, checked.confidence::float8 AS confidence,"
        " signal.revision, signal.began_at, signal.last_at FROM asset_check AS checked"
        " JOIN signal ON signal.id = checked.signal_id WHERE checked.ended_at IS NULL"
    )
    return {row["asset_id"]: OpenCheck(**row) for row in rows}


def save_check(conn: Connection, *, signal_id: UUID, asset_id: str, check_result: CheckResult, now: datetime) -> None:
    """Write why an asset is to be inspected."""
    conn.execute(
        "INSERT INTO asset_check (signal_id, asset_id, problem, since, confidence, level_cm, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (signal_id) DO UPDATE SET problem = excluded.problem,"
        " since = excluded.since, confidence = excluded.confidence, level_cm = excluded.level_cm,"
        " updated_at = excluded.updated_at",
        (
            signal_id,
            asset_id,
            check_result.problem,
            check_result.since,
            check_result.confidence,
            check_result.level_cm,
            now,
        ),
    )


def end_check(conn: Connection, signal_id: UUID, *, now: datetime) -> None:
    """Write that an asset does what the water calls for again."""
    conn.execute("UPDATE asset_check SET ended_at = %s, updated_at = %s WHERE signal_id = %s", (now, now, signal_id))
