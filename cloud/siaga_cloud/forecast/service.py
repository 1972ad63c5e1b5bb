"""Forecasts the levels of gauges: models are fitted every few hours, forecasts run every few minutes and are scored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from siaga_cloud.forecast import candidates
from siaga_cloud.forecast import store as db
from siaga_cloud.forecast.inputs import surroundings
from siaga_cloud.forecast.inputs.store import InputRow, inputs_of
from siaga_cloud.forecast.inputs.surroundings import NOTHING, Surroundings
from siaga_cloud.forecast.learning.lags import lag_hours
from siaga_cloud.forecast.learning.learned import LearntState, UnknownFormatError
from siaga_cloud.forecast.store import FittedModel, LearnedModel, Run, UpstreamLink
from siaga_cloud.gauges.store import history as gauge_history
from siaga_cloud.platform.db import live
from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.forecast import Design, ForecastPoint, Series, Upstream, best_model, bridged, forecast
from siaga_core.rules.forecast_fit import TooLittleHistoryError, fit, lag_seconds

log = logging.getLogger(__name__)

STEP = timedelta(minutes=10)
HORIZONS = tuple(timedelta(minutes=30) * half for half in range(1, 21))
LOOK_BACK = timedelta(hours=16)  # longer than any lag, and the looks past it
LONGEST_LAG = timedelta(hours=12)
MOST_UPSTREAM = 3
HISTORY = timedelta(days=400)
# Still water teaches little and takes as long to learn from: of it only the newest days are used.
CALM_DAYS = timedelta(days=21)
STORM_RISE_CM = 15.0
STORM_PIECE = timedelta(hours=36)
MOST_PLACES = 15_000
GAP_STEPS = 3
FORECASTS_RETENTION = timedelta(days=60)

Levels = dict[str, list[float | None]]
Transactions = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """Holds the history that a fit starts from."""

    gauge_id: str
    above: tuple[UpstreamLink, ...]
    since: datetime
    until: datetime
    levels: Levels
    around: Surroundings


def fit_all(transaction: Transactions, *, now: datetime, first: str = "") -> Iterator[FittedModel]:
    """Fit every gauge that has others upstream, `first` before all others, and yield each model as it is stored.

    A gauge without any model is yielded twice: its linear model is stored before the learnt one, which takes longer.
    No transaction is open while it computes, which takes some seconds a gauge.
    """
    with transaction() as conn:
        gauge_ids = sorted(db.with_upstream(conn), key=lambda one: (one != first, one))
    for gauge_id in gauge_ids:
        with transaction() as conn:
            history = _history(conn, gauge_id, now=now)
            former = db.model_of(conn, gauge_id)
        linear = _fitted(history, gauge_id, now=now)
        if former is None or not former.models:
            yield _saved(transaction, linear)
        if history is not None and linear.models:
            yield _saved(transaction, _with_learnt(linear, history))
        elif former is not None and former.models:
            yield _saved(transaction, linear)


def _saved(transaction: Transactions, model: FittedModel) -> FittedModel:
    with transaction() as conn:
        db.save_model(conn, model)
    return model


def forecast_all(conn: Connection, *, now: datetime) -> int:
    """Forecast every gauge that has others upstream; return how many have a forecast."""
    at = _floor(now)
    forecast_count = 0
    for gauge_id in db.with_upstream(conn):
        run, points = _forecast_points(conn, gauge_id, at=at)
        db.save_run(conn, run, points)
        if points:
            live.announce(conn, "gauge", gauge_id, now)
        forecast_count += bool(points)
    return forecast_count


def check(conn: Connection, *, now: datetime) -> int:
    """Compare the forecasts of the last two days with the levels that came."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return db.score_days(conn, since=midnight - timedelta(days=2), until=now)


def recompute_usual(conn: Connection, *, now: datetime) -> int:
    """Recomputes what is usual at each gauge."""
    return gauge_history.recompute_usual(conn, now=now)


def forget(conn: Connection, *, now: datetime) -> None:
    """Drops single forecasts that are old; their scores stay."""
    db.forget(conn, before=now - FORECASTS_RETENTION)


def _history(conn: Connection, gauge_id: str, *, now: datetime) -> _History | None:
    above = tuple(db.upstream_of(conn, gauge_id)[:MOST_UPSTREAM])
    names = [gauge_id, *(one.gauge_id for one in above)]
    since = db.oldest_reading(conn, names, since=_floor(now - HISTORY))
    if since is None:
        return None
    since, until = _floor(since), _floor(now)
    levels = db.grid(conn, names, since=since, until=until, step=STEP)
    around = surroundings.read(conn, inputs_of(conn, gauge_id), since=since, until=until, step=STEP)
    return _History(gauge_id=gauge_id, above=above, since=since, until=until, levels=levels, around=around)


def _fitted(history: _History | None, gauge_id: str, *, now: datetime) -> FittedModel:
    empty = FittedModel(
        gauge_id=gauge_id, fitted_at=now, history_from=None, history_to=None, lags={}, models=(), reason=""
    )
    if history is None:
        return replace(empty, reason="no readings yet of the gauge and those upstream")
    levels = {name: bridged(series, longest=GAP_STEPS) for name, series in history.levels.items()}
    found = {one.gauge_id: _lag(levels[one.gauge_id], levels[gauge_id]) for one in history.above}
    known = replace(
        empty,
        history_from=history.since,
        history_to=history.until,
        lags={
            one.gauge_id: {"published_seconds": one.seconds, "found_seconds": found[one.gauge_id]}
            for one in history.above
        },
    )
    try:
        models = fit(_design(history, found), list(pieces(levels, gauge_id)))
    except TooLittleHistoryError as error:
        return replace(known, reason=str(error))
    return replace(known, models=models)


def _with_learnt(fitted: FittedModel, history: _History) -> FittedModel:
    """Add the learnt model, where it forecasts better than the linear one, and one with rain and tide, where better."""
    lags = {one.gauge_id: fitted.lags[one.gauge_id]["found_seconds"] or one.seconds for one in history.above}

    def learnt(around: Surroundings, without: LearnedModel | None) -> LearnedModel | None:
        return candidates.learnt(
            history.levels, fitted.models[0], lags, began_at=history.since, step=STEP, around=around, without=without
        )

    plain = learnt(NOTHING, None)
    with_inputs = learnt(history.around, plain) if history.around else None
    return replace(fitted, learned=plain, learned_with_inputs=with_inputs)


def _lag(upstream: Series, downstream: Series) -> float | None:
    """By the rises of half an hour; where these are lost in noise or gaps, by the waves of days."""
    step, longest = STEP.total_seconds(), LONGEST_LAG.total_seconds()
    by_rises = lag_seconds(upstream, downstream, step_seconds=step, longest_seconds=longest)
    if by_rises is not None:
        return by_rises
    up, down = (np.array(series, dtype=np.float64) for series in (upstream, downstream))
    by_waves = lag_hours(up, down, step_seconds=step, longest_hours=longest / 3600)
    return None if by_waves is None else by_waves * 3600


def _design(history: _History, found: Mapping[str, float | None]) -> Design:
    """Looks back by the lag found on history, else by the published one; gauges with neither are left out."""
    lags = {one.gauge_id: found[one.gauge_id] or one.seconds for one in history.above}
    return Design(
        gauge_id=history.gauge_id,
        upstream=tuple(Upstream(gauge_id=name, lag_seconds=lag) for name, lag in lags.items() if lag),
        horizons_seconds=tuple(horizon.total_seconds() for horizon in HORIZONS),
        step_seconds=STEP.total_seconds(),
    )


def pieces(levels: Mapping[str, Series], gauge_id: str) -> Iterator[Mapping[str, Series]]:
    """Yield the newest calm days, and before them the storms: stretches round any half hour's worth of real rise.

    Newest first, until there is enough.
    """
    length = len(levels[gauge_id])
    calm_from = max(0, length - int(CALM_DAYS / STEP))
    used = length - calm_from
    yield {name: series[calm_from:] for name, series in levels.items()}
    piece = int(STORM_PIECE / STEP)
    for end in range(calm_from, piece - 1, -piece):
        if used >= MOST_PLACES:
            return
        part = {name: series[end - piece : end] for name, series in levels.items()}
        if any(_moves(series) for series in part.values()):
            used += piece
            yield part


def _moves(series: Series) -> bool:
    known = [level for level in series if level is not None]
    return bool(known) and max(known) - min(known) >= STORM_RISE_CM


def _forecast_points(conn: Connection, gauge_id: str, *, at: datetime) -> tuple[Run, Sequence[ForecastPoint]]:
    nothing = Run(gauge_id=gauge_id, made_at=at, seen_until=None, level_cm=None, used=(), unknown=(), reason="")
    fitted = db.model_of(conn, gauge_id)
    if fitted is None or not fitted.models:
        return replace(nothing, reason=fitted.reason if fitted else "not fitted yet"), ()
    names = sorted(frozenset[str]().union(*(model.uses for model in fitted.models)))
    levels = db.grid(conn, names, since=at - LOOK_BACK, until=at, step=STEP)
    bridged_levels = {name: bridged(series, longest=GAP_STEPS) for name, series in levels.items()}
    unknown = tuple(name for name, series in bridged_levels.items() if series[-1] is None)
    if not unknown:
        nothing, points = _with_inputs(conn, replace(nothing, used=tuple(names)), names, at=at)
        points = points or _learned_points(conn, gauge_id, names, at=at)
        if points:
            return replace(nothing, seen_until=at, level_cm=bridged_levels[gauge_id][-1]), points
    models = [model for model in fitted.models if not model.uses & set(unknown)]
    while model := best_model(models, frozenset(names)):
        if points := forecast(model, bridged_levels, at=at):
            level_cm = bridged_levels[gauge_id][-1]
            return replace(
                nothing, seen_until=at, level_cm=level_cm, used=tuple(sorted(model.uses)), unknown=unknown
            ), points
        models.remove(model)  # a gap further back than "now"
    return replace(nothing, unknown=unknown, reason="the levels of the last hours are not known"), ()


def _with_inputs(
    conn: Connection, run: Run, names: Sequence[str], *, at: datetime
) -> tuple[Run, Sequence[ForecastPoint]]:
    """By the learnt model with rain and tide, where all of them are known; the run states which are and which not."""
    inputs = inputs_of(conn, run.gauge_id)
    newest = surroundings.read(conn, inputs, since=at - LOOK_BACK, until=at, step=STEP)
    unknown = tuple(surroundings.unknown(newest, step=STEP))
    run = replace(run, unknown_inputs=unknown)
    if not inputs or unknown:
        return run, ()
    points = _learned_points(conn, run.gauge_id, names, at=at, inputs=inputs)
    return (replace(run, used_inputs=newest.names) if points else run), points


def _learned_points(
    conn: Connection, gauge_id: str, names: Sequence[str], *, at: datetime, inputs: Sequence[InputRow] = ()
) -> Sequence[ForecastPoint]:
    """By the learnt model; none where there is none, or it is one of another version or of other gauges."""
    learned = _learned(conn, gauge_id, at=at, with_inputs=bool(inputs))
    if learned is None or {gauge_id, *learned.places} != set(names):
        return ()
    if sorted((*learned.rain, *learned.tide)) != sorted(one.id for one in inputs):
        return ()
    since = _floor(datetime.fromtimestamp(learned.seen_until, UTC) - timedelta(hours=learned.look_back_hours))
    levels = db.grid(conn, names, since=since, until=at, step=STEP)
    around = surroundings.read(conn, inputs, since=since, until=at, step=STEP)
    return candidates.points(learned, levels, gauge_id, at=at, step=STEP, around=around)


def _learned(conn: Connection, gauge_id: str, *, at: datetime, with_inputs: bool) -> LearntState | None:
    stored = db.learned_of(conn, gauge_id, since=at - db.LEARNED_FOR, with_inputs=with_inputs)
    if stored is None:
        return None
    try:
        return candidates.stored_model(stored)
    except UnknownFormatError as error:
        log.warning("learned forecast of %s is fitted anew soon: %s", gauge_id, error)
        return None


def _floor(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())
