"""Stores models, forecasts and their scores, and reads the levels from which they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import class_row
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.forecast import ForecastPoint, Model

_MODELS: TypeAdapter[tuple[Model, ...]] = TypeAdapter(tuple[Model, ...])
_LONGEST_CHAIN = 4
LEARNED_FOR = timedelta(days=3)  # an older learnt model is not used: what it would have to catch up with is too long


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamLink:
    """Represents a gauge upstream of another; `seconds` is the published travel time of the water, None where not
    published.
    """

    gauge_id: str
    name: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonSkill:
    """States how good forecasts were on history that the model had not seen."""

    horizon_seconds: float
    rms_error_cm: float
    skill: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedModel:
    """Represents a learnt model as stored, with its errors by horizon."""

    model: bytes
    horizons: tuple[HorizonSkill, ...]


_SKILLS: TypeAdapter[tuple[HorizonSkill, ...]] = TypeAdapter(tuple[HorizonSkill, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedModel:
    """Represents what was fitted for a gauge; `reason` states why it was not, `learned` is None where the other model
    is better or the history short, and `learned_with_inputs` where rain and tide do not improve it.
    """

    gauge_id: str
    fitted_at: datetime
    history_from: datetime | None
    history_to: datetime | None
    lags: Mapping[str, Mapping[str, float | None]]
    reason: str
    models: tuple[Model, ...]
    learned: LearnedModel | None = None
    learned_with_inputs: LearnedModel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Represents the newest attempt to forecast."""

    gauge_id: str
    made_at: datetime
    seen_until: datetime | None
    level_cm: float | None
    used: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    used_inputs: tuple[str, ...] = ()
    unknown_inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Holds how forecasts turned out: the rms error, that of persistence, and the share inside the band."""

    horizon_minutes: int
    n: int
    rms_error_cm: float
    rms_persistence_cm: float
    inside_share: float


def with_upstream(conn: Connection) -> list[str]:
    """Gauges that at least one other flows to."""
    rows = conn.execute("SELECT DISTINCT downstream_id FROM gauge WHERE downstream_id IS NOT NULL ORDER BY 1")
    return [row["downstream_id"] for row in rows]


def upstream_of(conn: Connection, gauge_id: str) -> list[UpstreamLink]:
    """Return the gauges whose water comes by, nearest first; a time is known where it is for each reach on the way."""
    rows = conn.cursor(row_factory=class_row(UpstreamLink)).execute(
        "WITH RECURSIVE above AS ("
        "  SELECT id, coalesce(nullif(name, ''), id) AS name, travel_minutes * 60 AS seconds, 1 AS depth"
        "  FROM gauge WHERE downstream_id = %(id)s UNION ALL"
        "  SELECT gauge.id, coalesce(nullif(gauge.name, ''), gauge.id), above.seconds + gauge.travel_minutes * 60,"
        "    above.depth + 1 FROM gauge JOIN above ON gauge.downstream_id = above.id WHERE above.depth < %(most)s)"
        " SELECT id AS gauge_id, name, seconds FROM above WHERE id <> %(id)s ORDER BY depth, seconds, id",
        {"id": gauge_id, "most": _LONGEST_CHAIN},
    )
    return rows.fetchall()


def grid(
    conn: Connection, gauge_ids: Sequence[str], *, since: datetime, until: datetime, step: timedelta
) -> dict[str, list[float | None]]:
    """Mean usable levels on a grid from `since` (included) to `until` (not); None where a step has no reading."""
    length = int((until - since) / step)
    found: dict[str, list[float | None]] = {gauge_id: [None] * length for gauge_id in gauge_ids}
    rows = conn.execute(
        "SELECT gauge_id, (extract(epoch FROM date_bin(%(step)s, measured_at, %(since)s) - %(since)s)"
        "   / extract(epoch FROM %(step)s))::int AS place, avg(level_cm)::float8 AS level_cm"
        " FROM reading WHERE gauge_id = ANY(%(ids)s) AND measured_at >= %(since)s AND measured_at < %(until)s"
        "   AND quality IN ('good', 'suspect') AND level_cm IS NOT NULL AND NOT flags @> '{unconfirmed}' GROUP BY 1, 2",
        {"ids": list(gauge_ids), "since": since, "until": since + length * step, "step": step},
    )
    for row in rows:
        found[row["gauge_id"]][row["place"]] = row["level_cm"]
    return found


def oldest_reading(conn: Connection, gauge_ids: Sequence[str], *, since: datetime) -> datetime | None:
    """Return the first moment after `since` from which there is something of each gauge."""
    row = conn.execute(
        "SELECT max(first) AS first, count(first) AS n FROM (SELECT (SELECT min(measured_at) FROM reading"
        " WHERE gauge_id = wanted AND measured_at >= %s) AS first FROM unnest(%s::text[]) AS wanted) AS each",
        (since, list(gauge_ids)),
    ).fetchone()
    return row["first"] if row and row["n"] == len(gauge_ids) else None


def save_model(conn: Connection, fitted: FittedModel) -> None:
    """Stores what was fitted; a gauge's former model is replaced, unless this one is empty and that one was not."""
    conn.execute(
        "INSERT INTO forecast_model AS held (gauge_id, fitted_at, history_from, history_to, models, lags, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (gauge_id) DO UPDATE SET fitted_at = excluded.fitted_at,"
        " history_from = excluded.history_from, history_to = excluded.history_to, models = excluded.models,"
        " lags = excluded.lags, reason = excluded.reason"
        " WHERE excluded.models <> '[]' OR held.models = '[]'",
        (
            fitted.gauge_id,
            fitted.fitted_at,
            fitted.history_from,
            fitted.history_to,
            Jsonb(_MODELS.dump_python(fitted.models, mode="json")),
            Jsonb(fitted.lags),
            fitted.reason,
        ),
    )
    if fitted.models:
        _save_learned(conn, "forecast_learned", fitted, fitted.learned)
        _save_learned(conn, "forecast_learned_inputs", fitted, fitted.learned_with_inputs)


LearnedTable = Literal["forecast_learned", "forecast_learned_inputs"]


def _save_learned(conn: Connection, table: LearnedTable, fitted: FittedModel, learned: LearnedModel | None) -> None:
    """Store a learnt model in place of the former, or delete that."""
    name = Identifier(table)
    if learned is None:
        conn.execute(SQL("DELETE FROM {} WHERE gauge_id = %s").format(name), (fitted.gauge_id,))
        return
    conn.execute(
        SQL(
            "INSERT INTO {} (gauge_id, fitted_at, model, horizons) VALUES (%s, %s, %s, %s) ON CONFLICT (gauge_id)"
            " DO UPDATE SET fitted_at = excluded.fitted_at, model = excluded.model, horizons = excluded.horizons"
        ).format(name),
        (
            fitted.gauge_id,
            fitted.fitted_at,
            learned.model,
            Jsonb(_SKILLS.dump_python(learned.horizons, mode="json")),
        ),
    )


def learned_of(conn: Connection, gauge_id: str, *, since: datetime, with_inputs: bool = False) -> bytes | None:
    """Return the learnt model of a gauge, where it was fitted at `since` or later."""
    query = SQL("SELECT model FROM {} WHERE gauge_id = %s AND fitted_at >= %s")
    row = conn.execute(query.format(Identifier(_table(with_inputs))), (gauge_id, since)).fetchone()
    return None if row is None else bytes(row["model"])


def _table(with_inputs: bool) -> LearnedTable:
    return "forecast_learned_inputs" if with_inputs else "forecast_learned"


def skill_of(
    conn: Connection, gauge_id: str, *, since: datetime, with_inputs: bool = False
) -> tuple[HorizonSkill, ...]:
    """Return the skill of the model that forecasts a gauge: the learnt one if fitted since then, or the linear one."""
    query = SQL("SELECT horizons FROM {} WHERE gauge_id = %s AND fitted_at >= %s")
    row = conn.execute(query.format(Identifier(_table(with_inputs))), (gauge_id, since)).fetchone()
    if row is not None:
        return _SKILLS.validate_python(row["horizons"])
    fitted = model_of(conn, gauge_id)
    return tuple(
        HorizonSkill(horizon_seconds=one.horizon_seconds, rms_error_cm=one.rms_error_cm, skill=one.skill)
        for one in (fitted.models[0].horizons if fitted and fitted.models else ())
    )


def model_of(conn: Connection, gauge_id: str) -> FittedModel | None:
    """Return what was fitted last."""
    row = conn.execute("SELECT * FROM forecast_model WHERE gauge_id = %s", (gauge_id,)).fetchone()
    return None if row is None else FittedModel(**{**row, "models": _MODELS.validate_python(row["models"])})


def save_run(conn: Connection, run: Run, points: Sequence[ForecastPoint]) -> None:
    """Store the newest attempt with its forecast."""
    conn.execute(
        "INSERT INTO forecast_run (gauge_id, made_at, seen_until, level_cm, used, unknown, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (gauge_id) DO UPDATE SET made_at = excluded.made_at,"
        " seen_until = excluded.seen_until, level_cm = excluded.level_cm, used = excluded.used,"
        " unknown = excluded.unknown, reason = excluded.reason",
        (run.gauge_id, run.made_at, run.seen_until, run.level_cm, list(run.used), list(run.unknown), run.reason),
    )
    conn.execute(
        "INSERT INTO forecast_run_inputs (gauge_id, used_inputs, unknown_inputs) VALUES (%s, %s, %s) ON CONFLICT"
        " (gauge_id) DO UPDATE SET used_inputs = excluded.used_inputs, unknown_inputs = excluded.unknown_inputs",
        (run.gauge_id, list(run.used_inputs), list(run.unknown_inputs)),
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO forecast (gauge_id, made_at, at, level_cm, low_cm, high_cm, stayed_cm)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (run.gauge_id, run.made_at, one.at, one.level_cm, one.low_cm, one.high_cm, run.level_cm)
                for one in points
            ],
        )


def run_of(conn: Connection, gauge_id: str) -> Run | None:
    """Return the newest attempt to forecast a gauge."""
    row = conn.execute(
        "SELECT run.*, coalesce(inputs.used_inputs, '{}') AS used_inputs, coalesce(inputs.unknown_inputs, '{}') AS"
        " unknown_inputs FROM forecast_run AS run LEFT JOIN forecast_run_inputs AS inputs USING (gauge_id)"
        " WHERE gauge_id = %s",
        (gauge_id,),
    ).fetchone()
    if row is None:
        return None
    lists = {key: tuple(row[key]) for key in ("used", "unknown", "used_inputs", "unknown_inputs")}
    return Run(**{**row, **lists})


def points_of(conn: Connection, gauge_id: str, made_at: datetime) -> list[ForecastPoint]:
    """Return the forecast of a time, soonest first."""
    return (
        conn.cursor(row_factory=class_row(ForecastPoint))
        .execute(
            "SELECT at, round(level_cm::numeric, 1)::float8 AS level_cm, round(low_cm::numeric, 1)::float8 AS low_cm,"
            " round(high_cm::numeric, 1)::float8 AS high_cm FROM forecast"
            " WHERE gauge_id = %s AND made_at = %s ORDER BY at",
            (gauge_id, made_at),
        )
        .fetchall()
    )


def score_days(conn: Connection, *, since: datetime, until: datetime) -> int:
    """Recomputes the scores of forecasts made in whole days from `since` on; how many lines."""
    found = conn.execute(
        "INSERT INTO forecast_score"
        " SELECT told.gauge_id, (told.made_at AT TIME ZONE 'UTC')::date, told.minutes, count(*),"
        "   sum((told.level_cm - came.level_cm) ^ 2), sum((told.stayed_cm - came.level_cm) ^ 2),"
        "   count(*) FILTER (WHERE came.level_cm BETWEEN told.low_cm AND told.high_cm)"
        " FROM (SELECT *, (extract(epoch FROM at - made_at) / 60)::int AS minutes FROM forecast"
        "   WHERE made_at >= %(since)s AND at <= %(until)s) AS told"
        " JOIN LATERAL (SELECT avg(level_cm)::float8 AS level_cm FROM reading WHERE gauge_id = told.gauge_id"
        "   AND quality IN ('good', 'suspect') AND NOT flags @> '{unconfirmed}'"
        "   AND measured_at > told.at - interval '5 minutes'"
        "   AND measured_at <= told.at + interval '5 minutes') AS came ON came.level_cm IS NOT NULL"
        " GROUP BY 1, 2, 3 ON CONFLICT (gauge_id, day, horizon_minutes) DO UPDATE SET n = excluded.n,"
        " sum_square = excluded.sum_square, sum_square_persistence = excluded.sum_square_persistence, inside ="
        " excluded.inside",
        {"since": since, "until": until},
    )
    return found.rowcount


def scores_of(conn: Connection, gauge_id: str, *, since: datetime) -> list[Score]:
    """Return how a gauge's forecasts came out since a day, by horizon."""
    rows = conn.cursor(row_factory=class_row(Score)).execute(
        "SELECT horizon_minutes, sum(n)::int AS n, sqrt(sum(sum_square) / sum(n)) AS rms_error_cm,"
        " sqrt(sum(sum_square_persistence) / sum(n)) AS rms_persistence_cm, sum(inside)::float8 / sum(n) AS"
        " inside_share"
        " FROM forecast_score WHERE gauge_id = %s AND day >= %s GROUP BY 1 ORDER BY 1",
        (gauge_id, since.date()),
    )
    return rows.fetchall()


def forget(conn: Connection, *, before: datetime) -> None:
    """Drops single forecasts made before a time; their scores stay."""
    conn.execute("SELECT forget_forecasts(%s)", (before,))
