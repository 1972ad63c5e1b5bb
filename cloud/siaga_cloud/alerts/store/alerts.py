"""Stores the alerts of places and their revisions, and reads what is known of gauges and areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from siaga_cloud.gauges.store import gauges as gauge_levels
from siaga_cloud.incidents.store.flood_evidence import read_source, source_as_json
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.alert import NORMAL, Alert, Situation
from siaga_core.rules.trust.certainty import SourceCount

_MEMORY: TypeAdapter[Alert] = TypeAdapter(Alert)

PlaceKind = Literal["area", "gauge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeNow:
    """Holds the current state of a gauge. `stage` is the worse of the computed and the published stage, None where
    neither is known. While the level is unknown, `last_stage` and `last_level_cm` are those of `unknown_since`.
    """

    id: str
    name: str
    stage: int | None
    computed_stage: int | None
    published_stage: int | None
    published_by: str | None
    level_cm: float | None
    measured_at: datetime | None
    limits_cm: Mapping[int, float]
    forecast_at: datetime | None
    unknown_cause: str | None = None
    unknown_since: datetime | None = None
    last_stage: int | None = None
    last_level_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeCourse:
    """Holds the worst stage of a gauge since a time, when it reached it last, and where its level goes now."""

    stage: int
    reached_at: datetime
    trend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """Represents an alert in force as it is stored, with the sources that it rests on."""

    id: UUID
    kind: PlaceKind
    place_id: str
    alert: Alert
    basis: tuple[SourceCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Holds what a revision of an alert states, in both languages and in the terms of CAP."""

    at: datetime
    kind: str
    why: str
    level: int
    stage: int
    flood_state: int
    flood_certainty: str | None
    severity: str
    urgency: str
    certainty: str
    onset_at: datetime | None
    expires_at: datetime | None
    headline_id: str
    headline_en: str
    text_id: str
    text_en: str
    short_id: str
    short_en: str
    instruction_id: str
    instruction_en: str
    evidence: Mapping[str, Any]
    basis: Sequence[SourceCount]


def lock(conn: Connection) -> bool:
    """Return whether this transaction, and no other, may decide on alerts now."""
    row = conn.execute("SELECT pg_try_advisory_xact_lock(hashtext('siaga alerts')) AS yes").fetchone()
    return bool(row and row["yes"])


def gauges(conn: Connection, *, now: datetime) -> list[GaugeNow]:
    """Return every gauge that could warn, as the view gauge_alarm has it, at a time: a stage of before is no stage of
    now, and a published Siaga 4 does not make a lost gauge calm.
    """
    rows = conn.execute(
        "SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id) AS name, published.stage AS published_stage,"
        " published.source AS published_by, latest.measured_at, gauge.s3_cm, gauge.s2_cm, gauge.s1_cm,"
        " CASE WHEN cause.text IS NULL THEN latest.level_cm END AS level_cm,"
        " CASE WHEN cause.text IS NULL THEN latest.stage END AS computed_stage, run.made_at AS forecast_at,"
        " cause.text AS unknown_cause, CASE WHEN cause.text IS NOT NULL THEN coalesce(fact.known_at, fact.lost_since)"
        "  END AS unknown_since, latest.stage AS last_stage, fact.known_level_cm AS last_level_cm"
        " FROM gauge JOIN gauge_fact AS fact ON fact.gauge_id = gauge.id"
        " CROSS JOIN LATERAL (SELECT gauge_unknown_cause(fact, %(now)s) AS text) AS cause"
        " LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id"
        " LEFT JOIN forecast_run AS run ON run.gauge_id = gauge.id AND run.made_at > %(now)s - interval '40 minutes'"
        "  AND run.seen_until IS NOT NULL"
        " LEFT JOIN LATERAL (SELECT one.stage, one.source FROM gauge_published AS one WHERE one.gauge_id = gauge.id"
        "   AND one.at > %(now)s - interval '3 hours' AND one.at <= %(now)s + interval '5 minutes'"
        "   ORDER BY one.at DESC, one.stage LIMIT 1) AS published ON true"
        " WHERE gauge.retired_at IS NULL AND (latest.gauge_id IS NOT NULL OR published.stage IS NOT NULL)"
        " ORDER BY gauge.id",
        {"now": now},
    )
    return [_gauge(row) for row in rows]


def _gauge(row: Mapping[str, Any]) -> GaugeNow:
    published = row["published_stage"]
    if published == NORMAL and row["unknown_cause"] not in (None, "never"):
        published = None
    known = [stage for stage in (row["computed_stage"], published) if stage is not None]
    limits = {3: row["s3_cm"], 2: row["s2_cm"], 1: row["s1_cm"]}
    return GaugeNow(
        id=row["id"],
        name=row["name"],
        stage=min(known, default=None),
        computed_stage=row["computed_stage"],
        published_stage=row["published_stage"],
        published_by=row["published_by"],
        level_cm=row["level_cm"],
        measured_at=row["measured_at"],
        limits_cm={stage: limit for stage, limit in limits.items() if limit is not None},
        forecast_at=row["forecast_at"],
        unknown_cause=row["unknown_cause"],
        unknown_since=row["unknown_since"],
        last_stage=row["last_stage"],
        last_level_cm=row["last_level_cm"],
    )


# What each gauge warns: the areas it names, else the one that it stands in.
_NAMED = (
    "SELECT gauge.id AS gauge_id, wanted.area_id, area_path(wanted.area_id) AS path"
    "  FROM gauge CROSS JOIN LATERAL (SELECT area_id FROM gauge_warns WHERE gauge_id = gauge.id UNION ALL"
    "   SELECT gauge.area_id WHERE NOT EXISTS (SELECT FROM gauge_warns WHERE gauge_id = gauge.id)) AS wanted"
    "  WHERE wanted.area_id IS NOT NULL AND gauge.retired_at IS NULL"
)


def warned_by(conn: Connection) -> Mapping[str, Sequence[str]]:
    """Return which gauges warn each kelurahan: those that name it or an area over it, else those that stand in it."""
    rows = conn.execute(
        "WITH kelurahan AS MATERIALIZED (SELECT id, area_path(id) AS path FROM area WHERE level = 'kelurahan'),"  # noqa: S608
        f" named AS MATERIALIZED ({_NAMED})"
        " SELECT kelurahan.id AS area_id, array_agg(DISTINCT gauge_id ORDER BY gauge_id) AS gauges FROM kelurahan"
        " JOIN named ON named.area_id = ANY (kelurahan.path) OR kelurahan.id = ANY (named.path) GROUP BY 1"
    )
    return {row["area_id"]: row["gauges"] for row in rows}


def gauges_that_warn(conn: Connection, area_id: str) -> Sequence[str]:
    """Return those that warn an area, one over it or one in it."""
    rows = conn.execute(
        f"WITH named AS ({_NAMED}) SELECT DISTINCT gauge_id FROM named"  # noqa: S608
        " WHERE area_id = ANY (area_path(%(id)s)) OR %(id)s = ANY (path) ORDER BY 1",
        {"id": area_id},
    )
    return [row["gauge_id"] for row in rows]


def courses(conn: Connection, gauge_ids: Sequence[str], *, since: datetime) -> Mapping[str, GaugeCourse]:
    """Return the course of gauges since a time; of those alone whose own stage is known."""
    rows = conn.execute(
        "SELECT DISTINCT ON (gauge_id) gauge_id, stage, at FROM ("
        " SELECT gauge_id, stage, at FROM gauge_stage WHERE gauge_id = ANY(%(ids)s) AND at >= %(since)s"
        " UNION ALL SELECT gauge_id, stage, coalesce(stage_since, measured_at) FROM gauge_latest"
        "  WHERE gauge_id = ANY(%(ids)s) AND stage IS NOT NULL) AS reached ORDER BY gauge_id, stage, at DESC",
        {"ids": list(gauge_ids), "since": since},
    ).fetchall()
    trends = {one.id: one.trend for one in gauge_levels.gauges(conn, list(gauge_ids))}
    return {
        row["gauge_id"]: GaugeCourse(
            stage=row["stage"], reached_at=row["at"], trend=trends.get(row["gauge_id"], "unknown")
        )
        for row in rows
    }


def cameras_near_floods(conn: Connection, area_id: str) -> int:
    """Return how many cameras that are in use stand within 300 m of the open flood incidents of an area."""
    row = conn.execute(
        "SELECT count(DISTINCT camera.id)::int AS n FROM incident JOIN camera ON camera.retired_at IS NULL"
        "  AND abs(camera.lat - incident.lat) < 0.0027"
        "  AND abs(camera.lon - incident.lon) * cos(radians(incident.lat)) < 0.0027"
        " WHERE incident.state = 'open' AND incident.category = 'flooding' AND %s = ANY (area_path(incident.area_id))"
        " AND NOT EXISTS (SELECT FROM camera_masked AS masked WHERE masked.camera_id = camera.id)",
        (area_id,),
    ).fetchone()
    return row["n"] if row else 0


def area_names(conn: Connection) -> Mapping[str, str]:
    """Return what kelurahan are called, with the kecamatan."""
    rows = conn.execute(
        "SELECT area.id, area.name || coalesce(', ' || parent.name, '') AS name FROM area"
        " LEFT JOIN area AS parent ON parent.id = area.parent_id WHERE area.level = 'kelurahan'"
    )
    return {row["id"]: row["name"] for row in rows}


def in_force(conn: Connection) -> Mapping[tuple[PlaceKind, str], HeldAlert]:
    """Return the alerts that have not ended, by place."""
    rows = conn.execute("SELECT id, area_id, gauge_id, rule_state, basis FROM area_alert WHERE ended_at IS NULL")
    found: dict[tuple[PlaceKind, str], HeldAlert] = {}
    for row in rows:
        kind: PlaceKind = "area" if row["area_id"] is not None else "gauge"
        place_id = row["area_id"] or row["gauge_id"]
        alert = _MEMORY.validate_python(row["rule_state"])
        basis = tuple(read_source(one) for one in row["basis"])
        found[kind, place_id] = HeldAlert(id=row["id"], kind=kind, place_id=place_id, alert=alert, basis=basis)
    return found


def save(conn: Connection, held: HeldAlert, seen: Situation) -> None:
    """Stores an alert as it is now."""
    alert, coming = held.alert, seen.coming
    conn.execute(
        "INSERT INTO area_alert (id, area_id, gauge_id, level, stage, coming_stage, flood_state, arrives_at,"
        " earliest_at, latest_at, revision, raised_at, issued_at, basis, rule_state) VALUES (%(id)s, %(area)s,"
        " %(gauge)s, %(level)s,"
        " %(stage)s, %(coming)s, %(flood)s, %(at)s, %(earliest)s, %(latest)s, %(revision)s, %(raised)s, %(told)s,"
        " %(basis)s, %(memory)s) ON CONFLICT (id) DO UPDATE SET level = excluded.level, stage = excluded.stage,"
        " coming_stage = excluded.coming_stage, flood_state = excluded.flood_state, arrives_at = excluded.arrives_at,"
        " earliest_at = excluded.earliest_at, latest_at = excluded.latest_at, revision = excluded.revision,"
        " issued_at = excluded.issued_at, basis = excluded.basis, rule_state = excluded.rule_state",
        {
            "id": held.id,
            "area": held.place_id if held.kind == "area" else None,
            "gauge": held.place_id if held.kind == "gauge" else None,
            "level": int(alert.level),
            "stage": 4 - alert.stage.value,
            "coming": 4 - alert.coming.value,
            "flood": alert.flood.value,
            "at": coming.at if coming else None,
            "earliest": coming.earliest_at if coming else None,
            "latest": coming.latest_at if coming else None,
            "revision": alert.revision,
            "raised": alert.raised_at,
            "told": alert.issued_at,
            "basis": _basis_as_json(held.basis),
            "memory": Jsonb(_MEMORY.dump_python(alert, mode="json")),
        },
    )


def end(conn: Connection, alert_id: UUID, *, revision: int, now: datetime) -> None:
    """The alert is over."""
    conn.execute(
        "UPDATE area_alert SET level = 0, stage = 4, coming_stage = 4, flood_state = 0, arrives_at = NULL,"
        " earliest_at = NULL, latest_at = NULL, revision = %s, issued_at = %s, ended_at = %s WHERE id = %s",
        (revision, now, now, alert_id),
    )


def note(conn: Connection, alert_id: UUID, number: int, revision: Revision) -> None:
    """Writes a revision into the ledger."""
    values = {name: getattr(revision, name) for name in Revision.__slots__}
    values |= {"alert_id": alert_id, "revision": number, "evidence": Jsonb(dict(revision.evidence))}
    values |= {"basis": _basis_as_json(revision.basis)}
    names = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    conn.execute(f"INSERT INTO area_alert_revision ({names}) VALUES ({places})".encode(), values)  # noqa: S608 - our names


def _basis_as_json(basis: Sequence[SourceCount]) -> Jsonb:
    return Jsonb([source_as_json(one) for one in basis])


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlert:
    """Represents an alert as the public reads it, with its newest text."""

    id: UUID
    area_id: str | None
    area_name: str | None
    gauge_id: str | None
    gauge_name: str | None
    level: int
    stage: int
    coming_stage: int
    flood_state: int
    flood_certainty: str | None
    arrives_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None
    revision: int
    raised_at: datetime
    issued_at: datetime
    ended_at: datetime | None
    severity: str
    urgency: str
    certainty: str
    headline_id: str
    headline_en: str
    text_id: str
    text_en: str
    instruction_id: str
    instruction_en: str
    basis: list[dict[str, Any]]


_SHOWN = (
    "SELECT alert.id, alert.area_id, area.name AS area_name, alert.gauge_id,"
    " coalesce(nullif(gauge.name, ''), gauge.id) AS gauge_name, alert.level, alert.stage, alert.coming_stage,"
    " alert.flood_state, told.flood_certainty, alert.arrives_at, alert.earliest_at, alert.latest_at, alert.revision,"
    " alert.raised_at, alert.issued_at, alert.ended_at, told.severity, told.urgency, told.certainty, told.headline_id,"
    " told.headline_en, told.text_id, told.text_en, told.instruction_id, told.instruction_en, alert.basis"
    " FROM area_alert AS alert"
    " JOIN area_alert_revision AS told ON told.alert_id = alert.id AND told.revision = alert.revision"
    " LEFT JOIN area ON area.id = alert.area_id LEFT JOIN gauge ON gauge.id = alert.gauge_id"
)


def shown(conn: Connection, *, kind: PlaceKind) -> list[ShownAlert]:
    """Return the alerts in force of areas or of gauges, the worst first."""
    query = f"{_SHOWN} WHERE alert.ended_at IS NULL AND alert.{kind}_id IS NOT NULL ORDER BY alert.level DESC, alert.id"
    return conn.cursor(row_factory=class_row(ShownAlert)).execute(f"{query} LIMIT 1000".encode()).fetchall()


def shown_of_area(conn: Connection, area_id: str) -> ShownAlert | None:
    """Return the alert in force of an area; of an RW that of its kelurahan."""
    query = f"{_SHOWN} WHERE alert.ended_at IS NULL AND alert.area_id = ANY (area_path(%s)) ORDER BY alert.level DESC"
    found = conn.cursor(row_factory=class_row(ShownAlert)).execute(f"{query} LIMIT 1".encode(), (area_id,))
    return found.fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Represents a revision of an alert with the outcomes of its messages."""

    revision: int
    at: datetime
    kind: str
    why: str
    level: int
    stage: int
    flood_state: int
    headline_id: str
    text_id: str
    evidence: dict[str, Any]
    basis: list[dict[str, Any]]
    subscribers: int
    sent: int
    failed: int
    waiting: int


def ledger(conn: Connection, alert_id: UUID) -> list[LedgerLine]:
    """Return the revisions of an alert with their evidence and the number of messages sent."""
    return (
        conn.cursor(row_factory=class_row(LedgerLine))
        .execute(
            "SELECT line.revision, line.at, line.kind, line.why, line.level, line.stage, line.flood_state,"
            " line.headline_id, line.text_id, line.evidence, line.basis, count(message.id)::int AS subscribers,"
            " (count(*) FILTER (WHERE message.state = 'sent'))::int AS sent,"
            " (count(*) FILTER (WHERE message.state = 'failed'))::int AS failed,"
            " (count(*) FILTER (WHERE message.state = 'queued'))::int AS waiting"
            " FROM area_alert_revision AS line LEFT JOIN alert_notified AS told ON told.alert_id = line.alert_id"
            "  AND told.revision = line.revision LEFT JOIN alert_message AS message ON message.id = told.message_id"
            " WHERE line.alert_id = %s GROUP BY line.alert_id, line.revision ORDER BY line.revision",
            (alert_id,),
        )
        .fetchall()
    )


def past(conn: Connection, *, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Alerts, the newest first, for the ledger's list."""
    rows = conn.execute(
        "SELECT id, area_id, gauge_id, level, revision, raised_at, ended_at FROM area_alert WHERE raised_at < %s"
        " ORDER BY raised_at DESC LIMIT %s",
        (before, limit),
    )
    return rows.fetchall()


def is_area(conn: Connection, area_id: str) -> bool:
    """Return whether there is such an area."""
    return conn.execute("SELECT FROM area WHERE id = %s", (area_id,)).fetchone() is not None
