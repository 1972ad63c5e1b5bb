"""Decides when an area is warned, warned again and given the all-clear: no flapping, one all-clear for each raise.

What is known of a place at a moment is a `Situation`; `step` takes the alert in force (or none) one moment further.
Of every part of a situation the worst of the last `clear_after` counts: it rises at once, and falls only to what it was
at most for so long. An alert ends when all its parts have fallen to nothing.

A gauge that becomes unknown never ends an alert as an all-clear: people are notified since when it is unknown, and in
the end that the alert lapses without anybody knowing whether the water is down.

A flood that nobody verified raises nothing, and one that is only possible raises no more than an advisory, however many
report it: a warning needs a sensor, an officer at the place or an operator (rules.trust.certainty).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal

from siaga_core.rules.trust.certainty import Certainty

NORMAL = 4
STAGES_THAT_ALARM = (3, 2, 1)


class AlertLevel(IntEnum):
    """How bad it is for people; worse is more. In Indonesian: waspada, siaga, awas."""

    NONE = 0
    ADVISORY = 1
    WARNING = 2
    DANGER = 3

    @property
    def label(self) -> str:
        """As the API names it."""
        return self.name.lower()


# Siaga 4..1; a stage that is only coming weighs one less, so that it is published and wakes nobody.
LEVEL_OF_STAGE = {4: 0, 3: 1, 2: 2, 1: 3}
LEVEL_OF_COMING = {4: 0, 3: 1, 2: 1, 1: 2}
# None, caution, minor (10-70 cm), moderate (71-150 cm: to the chest), severe.
LEVEL_OF_FLOOD = {0: 0, 1: 1, 2: 2, 3: 3, 4: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPolicy:
    """`horizon`: how far ahead a forecast arrival counts. `clear_after`: how long it must be less to count as less.

    An arrival that moved by `moved_by` is published again, at most each `repeat_after`. A gauge that falls silent while
    alarming holds the alert for `unknown_valid_for`; that it is known again is published once it lasts `steady_for`.
    """

    horizon: timedelta = timedelta(hours=6)
    clear_after: timedelta = timedelta(minutes=60)
    moved_by: timedelta = timedelta(minutes=45)
    repeat_after: timedelta = timedelta(minutes=30)
    unknown_valid_for: timedelta = timedelta(hours=6)
    steady_for: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        times = (
            self.horizon,
            self.clear_after,
            self.moved_by,
            self.repeat_after,
            self.unknown_valid_for,
            self.steady_for,
        )
        if min(times) <= timedelta(0):
            raise ValueError(f"expected times above 0, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedStage:
    """A stage that the forecast of a gauge reaches: most likely `at`, within `earliest_at` .. `latest_at`."""

    gauge_id: str
    stage: int
    at: datetime
    earliest_at: datetime
    latest_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeState:
    """A gauge that warns the place: its stage (the worse of computed and published, None unknown) and what comes."""

    id: str
    stage: int | None
    coming: tuple[ExpectedStage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of a place now. `stage` 4 and `coming_stage` 4 are nothing; `flood` 0..4 as flood states.

    `certainty`: how sure the flood is. `gauges`: those that alarm; `silent`: those of which nothing is known.
    """

    stage: int = NORMAL
    coming: ExpectedStage | None = None
    flood: int = 0
    certainty: Certainty = Certainty.UNVERIFIED
    gauges: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def coming_stage(self) -> int:
        """The stage that comes, 4 where none does."""
        return self.coming.stage if self.coming else NORMAL

    @property
    def surest(self) -> Certainty:
        """How sure the surest of it is: a stage is measured, an arrival is computed from measurements."""
        if self.stage < NORMAL:
            return Certainty.OBSERVED
        return max(self.certainty, Certainty.LIKELY) if self.coming else self.certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an alert: the worst of the last while counts. `seen`: values, and when last so, the worst first."""

    seen: tuple[tuple[int, datetime], ...] = ()

    @property
    def value(self) -> int:
        """Return the value that counts for the level of the alert."""
        return self.seen[0][0] if self.seen else 0

    def step(self, value: int, *, clear_after: timedelta, now: datetime) -> Part:
        """More counts at once, less only after it lasted."""
        worse = tuple((held, at) for held, at in self.seen if held > value and now - at < clear_after)
        return Part(seen=(*worse, (value, now)) if value else worse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert in force. `stage` and `coming` count 0 (none) to 3 (Siaga 1), `flood` 0 to 4.

    `certainty` is that of the flood, `surest` the surest of anything since it was raised. `gauges`: every one that
    alarmed in it; if one of them falls silent, the alert does not end by that. `unknown`: those of them that were
    published as unknown; `back_at`: since when one of these is known again.
    """

    raised_at: datetime
    issued_at: datetime
    revision: int = 1
    stage: Part = field(default_factory=Part)
    coming: Part = field(default_factory=Part)
    flood: Part = field(default_factory=Part)
    certainty: Part = field(default_factory=Part)
    surest: int = int(Certainty.OBSERVED)  # of an alert that was stored without it
    arrival_at: datetime | None = None
    gauges: tuple[str, ...] = ()
    unknown_since: datetime | None = None
    unknown: tuple[str, ...] = ()
    back_at: datetime | None = None

    @property
    def level(self) -> AlertLevel:
        """The level in force."""
        return AlertLevel(
            max(
                LEVEL_OF_STAGE[NORMAL - self.stage.value],
                LEVEL_OF_COMING[NORMAL - self.coming.value],
                LEVEL_OF_FLOOD[self.flood.value],
            )
        )


Kind = Literal["raise", "update", "all_clear"]
Why = Literal["begins", "worse", "confirmed", "moved", "unknown", "known", "over", "lapsed", "unconfirmed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is published now, and why.

    "lapsed": it ends because the data stopped, not because the water is down; "unconfirmed": nobody ever confirmed it.
    """

    kind: Kind
    why: Why

    @property
    def is_end(self) -> bool:
        """Whether nothing is in force afterwards."""
        return self.kind == "all_clear" or self.why == "lapsed"


def assess(
    gauges: Iterable[GaugeState],
    flood: int,
    policy: AlertPolicy,
    *,
    certainty: Certainty = Certainty.UNVERIFIED,
    now: datetime,
) -> Situation:
    """The worst of all gauges, the soonest of the worst arrivals that are likely, and the flood state.

    The flood state counts as far as its certainty allows.
    """
    held = tuple(gauges)
    stages = [one.stage for one in held if one.stage is not None]
    coming = [
        one
        for gauge in held
        for one in gauge.coming
        if now < one.at <= now + policy.horizon
        and one.stage in STAGES_THAT_ALARM
        and one.stage < (gauge.stage or NORMAL)
    ]
    alarming = {one.id for one in held if (one.stage or NORMAL) < NORMAL} | {one.gauge_id for one in coming}
    return Situation(
        stage=min(stages, default=NORMAL),
        coming=min(coming, key=lambda one: (one.stage, one.at, one.gauge_id), default=None),
        flood=_alerted_flood(flood, certainty),
        certainty=certainty if flood else Certainty.UNVERIFIED,
        gauges=tuple(sorted(alarming)),
        silent=tuple(sorted(one.id for one in held if one.stage is None)),
    )


def _alerted_flood(flood: int, certainty: Certainty) -> int:
    if certainty is Certainty.UNVERIFIED:
        return 0
    return min(flood, 1) if certainty is Certainty.POSSIBLE else flood


def step(
    alert: Alert | None, seen: Situation, policy: AlertPolicy, *, now: datetime
) -> tuple[Alert | None, Decision | None]:
    """The alert as it is from now on (None: none), and what people are notified of, if anything."""
    if alert is None:
        return _raised(seen, policy, now=now)
    after = _followed(alert, seen, policy, now=now)
    if after.level is AlertLevel.NONE:
        return None, _end(after)
    why = _news(alert, after, seen, policy, now=now)
    return (after, None) if why is None else (_after_update(after, seen, now=now), Decision(kind="update", why=why))


def _end(last: Alert) -> Decision:
    if last.unknown_since is not None:
        return Decision(kind="update", why="lapsed")
    return Decision(kind="all_clear", why="unconfirmed" if last.surest == Certainty.POSSIBLE else "over")


def _news(before: Alert, after: Alert, seen: Situation, policy: AlertPolicy, *, now: datetime) -> Why | None:
    if _is_worse(before, after):
        return "worse"
    if before.surest == Certainty.POSSIBLE < after.surest:
        return "confirmed"
    if not set(unknown_gauges(after, seen)) <= set(after.unknown):
        return "unknown"
    if after.back_at is not None and now - after.back_at >= policy.steady_for:
        return "known"
    return "moved" if _has_moved(after, seen, policy, now=now) else None


def unknown_gauges(alert: Alert, seen: Situation) -> tuple[str, ...]:
    """Return the gauges of an alert whose level is not known now."""
    return tuple(one for one in alert.gauges if one in seen.silent)


def _raised(seen: Situation, policy: AlertPolicy, *, now: datetime) -> tuple[Alert | None, Decision | None]:
    nothing = Alert(raised_at=now, issued_at=now, revision=0, surest=int(Certainty.UNVERIFIED))
    fresh = _followed(nothing, seen, policy, now=now)
    if fresh.level is AlertLevel.NONE:
        return None, None
    return _after_update(fresh, seen, now=now), Decision(kind="raise", why="begins")


def _followed(alert: Alert, seen: Situation, policy: AlertPolicy, *, now: datetime) -> Alert:
    """Every part one moment further; what a silent gauge said last is held for a while."""
    stage, coming = NORMAL - seen.stage, NORMAL - seen.coming_stage
    is_silent = not set(alert.gauges).isdisjoint(seen.silent)
    unknown_since = (alert.unknown_since or now) if is_silent else None
    if unknown_since is not None and now - unknown_since < policy.unknown_valid_for:
        # Silence is not "down": it neither lowers these nor counts as time that they were low.
        stage, coming = max(stage, alert.stage.value), max(coming, alert.coming.value)
    has_back = not set(alert.unknown) <= set(seen.silent)
    return replace(
        alert,
        back_at=(alert.back_at or now) if has_back else None,
        stage=alert.stage.step(stage, clear_after=policy.clear_after, now=now),
        coming=alert.coming.step(coming, clear_after=policy.clear_after, now=now),
        flood=alert.flood.step(seen.flood, clear_after=policy.clear_after, now=now),
        certainty=alert.certainty.step(int(seen.certainty), clear_after=policy.clear_after, now=now),
        surest=max(alert.surest, int(seen.surest)),
        gauges=tuple(sorted({*alert.gauges, *seen.gauges})),
        unknown_since=unknown_since,
    )


def _after_update(alert: Alert, seen: Situation, *, now: datetime) -> Alert:
    arrival_at = seen.coming.at if seen.coming else None
    unknown = unknown_gauges(alert, seen)
    return replace(
        alert, revision=alert.revision + 1, issued_at=now, arrival_at=arrival_at, unknown=unknown, back_at=None
    )


def _is_worse(before: Alert, after: Alert) -> bool:
    """Also within a level: from Siaga 2 to "Siaga 1 is coming" nobody may be left to guess."""
    return (
        after.stage.value > before.stage.value
        or after.flood.value > before.flood.value
        # What has come is no longer coming: a stage at hand is not made worse by the same one announced.
        or (after.coming.value > before.coming.value and after.coming.value > after.stage.value)
    )


def _has_moved(alert: Alert, seen: Situation, policy: AlertPolicy, *, now: datetime) -> bool:
    if seen.coming is None or now - alert.issued_at < policy.repeat_after:
        return False
    if NORMAL - seen.coming_stage < alert.coming.value:
        return False  # a lesser stage that comes is no news beside the worse one that was published
    return alert.arrival_at is None or abs(seen.coming.at - alert.arrival_at) >= policy.moved_by
