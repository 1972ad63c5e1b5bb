"""One gauge: samples in, readings and events out. Pure; state in, state out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from siaga_core.rules import stage as stage_rule
from siaga_core.rules.stage import StageChanged, StageLimits, StageWatch
from siaga_core.wire.messages import (
    EventState,
    Hazard,
    Place,
    Quality,
    Reading,
    Severity,
    Source,
    SourceKind,
    Stage,
    StageDetails,
    ViewDetails,
)
from siaga_edge.events.drafts import EventDraft
from siaga_edge.gauge.quality import QualityLimits, QualityWatch, Verdict, judge, rate_cm_per_hour
from siaga_edge.gauge.registers import Sample
from siaga_edge.gauge.scale import LevelRange, Scale, misdeclared

_SEVERITY = {1: Severity.SEVERE, 2: Severity.MODERATE, 3: Severity.MINOR, 4: Severity.MINOR}
_CONFIDENCE = {Quality.GOOD: 0.95, Quality.SUSPECT: 0.6}
_DECIMALS = 2
_TICK = timedelta(milliseconds=1)
_SURE_AFTER = 3  # readings in a row that one mistake in the configuration explains
_MOST_FLAGS = 8
_PLAIN = Scale()


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeFacts:
    """What does not change about a gauge."""

    id: str
    place: Place
    limits: StageLimits
    hysteresis_cm: float
    stale_seconds: float
    datum_cm: float
    quality: QualityLimits
    scale: Scale = _PLAIN

    @property
    def source(self) -> Source:
        """As it is named in events."""
        return Source(kind=SourceKind.GAUGE, id=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeWatch:
    """The state of a gauge. `received_at`: its last answer; `last_at`: its latest reading, or the start of polling."""

    last_at: datetime
    received_at: datetime
    number: int | None = None
    has_read: bool = False
    interval_seconds: float = 0.0
    quality: QualityWatch = field(default_factory=QualityWatch)
    stage: StageWatch = field(default_factory=StageWatch)
    alarm_since: datetime | None = None
    silent_since: datetime | None = None
    misdeclared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one step brought; `complaint` says what in the configuration must be wrong."""

    reading: Reading | None = None
    drafts: tuple[EventDraft, ...] = ()
    complaint: str = ""


def begin(
    now: datetime,
    *,
    stage: int | None = None,
    alarm_since: datetime | None = None,
    silent_since: datetime | None = None,
) -> GaugeWatch:
    """A watch that begins now, going on from events that were open when the agent last ran."""
    held = StageWatch(stage=stage, since=alarm_since) if stage else StageWatch()
    return GaugeWatch(last_at=now, received_at=now, stage=held, alarm_since=alarm_since, silent_since=silent_since)


def receive(
    watch: GaugeWatch, sample: Sample | None, *, now: datetime, facts: GaugeFacts
) -> tuple[GaugeWatch, Outcome]:
    """The gauge answered; a sample that was seen before brings nothing, but may be too old."""
    watch = replace(watch, received_at=now)
    if sample is None or sample.number == watch.number:
        return _check_silence(watch, now=now, facts=facts)
    measured_at = now - timedelta(seconds=sample.age_seconds)
    if watch.has_read:  # ages are whole seconds, yet a higher number is always the later reading
        measured_at = max(measured_at, watch.last_at + _TICK)
    watch = replace(watch, number=sample.number, interval_seconds=sample.report_interval_seconds)
    watch, outcome = _read(watch, sample, measured_at, facts)
    if sample.level_cm is None:
        watch, silence = _check_silence(watch, now=now, facts=facts)
        return watch, replace(outcome, drafts=outcome.drafts + silence.drafts)
    watch = replace(watch, last_at=measured_at, has_read=True)
    watch, back = _back(watch, measured_at, now, facts)
    return watch, replace(outcome, drafts=back + outcome.drafts)


def missed(watch: GaugeWatch, *, now: datetime, facts: GaugeFacts) -> tuple[GaugeWatch, Outcome]:
    """Record that the gauge did not answer."""
    return _check_silence(watch, now=now, facts=facts)


def _read(watch: GaugeWatch, sample: Sample, at: datetime, facts: GaugeFacts) -> tuple[GaugeWatch, Outcome]:
    level = None if sample.level_cm is None else round(sample.level_cm + facts.datum_cm, _DECIMALS)
    watch, complaint = _declared(watch, sample, facts)
    quality, verdict = judge(
        watch.quality,
        level,
        at=at,
        age_seconds=sample.age_seconds,
        device_flags=(*sample.flags, "unit") if complaint else sample.flags,
        spread_cm=sample.spread_cm,
        limits=facts.quality,
    )
    decisive = level if verdict.counts else None
    stage, change = stage_rule.step(
        watch.stage, decisive, at=at, limits=facts.limits, hysteresis_cm=facts.hysteresis_cm
    )
    watch = replace(watch, quality=quality, stage=stage)
    reading = _reading(facts, sample, level, at, verdict, stage)
    if change is None:
        return watch, Outcome(reading=reading, complaint=complaint)
    watch, draft = _stage_event(watch, change, verdict, facts)
    return watch, Outcome(reading=reading, drafts=(draft,), complaint=complaint)


def _declared(watch: GaugeWatch, sample: Sample, facts: GaugeFacts) -> tuple[GaugeWatch, str]:
    if sample.level_cm is None:
        return watch, ""
    believable = LevelRange(min_cm=facts.quality.min_cm, max_cm=facts.quality.max_cm)
    mistake = misdeclared(sample.level_cm, facts.scale, datum_cm=facts.datum_cm, believable=believable)
    watch = replace(watch, misdeclared=watch.misdeclared + 1 if mistake else 0)
    return watch, mistake if mistake and watch.misdeclared >= _SURE_AFTER else ""


def _reading(
    facts: GaugeFacts, sample: Sample, level: float | None, at: datetime, verdict: Verdict, stage: StageWatch
) -> Reading:
    return Reading(
        gauge=facts.id,
        measured_at=at,
        level_cm=level,
        quality=verdict.quality,
        flags=verdict.flags[:_MOST_FLAGS],
        spread_cm=sample.spread_cm,
        samples=sample.samples,
        # Without a level the stage is unknown, which is not normal.
        stage=None if level is None or stage.level_cm is None else Stage(stage.stage),
    )


def _stage_event(
    watch: GaugeWatch, change: StageChanged, verdict: Verdict, facts: GaugeFacts
) -> tuple[GaugeWatch, EventDraft]:
    state = EventState.UPDATED if watch.alarm_since else EventState.BEGAN
    began_at = watch.alarm_since or change.at
    if change.stage == stage_rule.NORMAL:
        state = EventState.ENDED
    rate = rate_cm_per_hour(watch.quality)
    draft = EventDraft(
        key="stage",
        state=state,
        hazard=Hazard.WATER_LEVEL,
        source=facts.source,
        place=facts.place,
        at=change.at,
        began_at=began_at,
        ended_at=change.at if state is EventState.ENDED else None,
        confidence=_CONFIDENCE.get(verdict.quality, 0.0),
        severity=_SEVERITY[change.stage],
        details=StageDetails(
            stage=Stage(change.stage),
            previous_stage=Stage(change.previous),
            level_cm=change.level_cm,
            rate_cm_per_hour=None if rate is None else round(rate, 1),
        ),
    )
    return replace(watch, alarm_since=None if state is EventState.ENDED else began_at), draft


def _check_silence(watch: GaugeWatch, *, now: datetime, facts: GaugeFacts) -> tuple[GaugeWatch, Outcome]:
    if watch.silent_since is not None or not _is_silent(watch, now, facts):
        return watch, Outcome()
    silent = replace(watch, silent_since=watch.last_at)
    return silent, Outcome(drafts=(_silence(facts, EventState.BEGAN, since=watch.last_at, at=now),))


def _is_silent(watch: GaugeWatch, now: datetime, facts: GaugeFacts) -> bool:
    if now - watch.received_at > timedelta(seconds=facts.stale_seconds):
        return True
    # A gauge that answers and reports only each quarter of an hour is not silent in between.
    return now - watch.last_at > timedelta(seconds=max(facts.stale_seconds, 2 * watch.interval_seconds))


def _back(
    watch: GaugeWatch, at: datetime, now: datetime, facts: GaugeFacts
) -> tuple[GaugeWatch, tuple[EventDraft, ...]]:
    if watch.silent_since is None or _is_silent(watch, now, facts):
        return watch, ()
    ended = _silence(facts, EventState.ENDED, since=watch.silent_since, at=max(at, watch.silent_since))
    return replace(watch, silent_since=None), (ended,)


def _silence(facts: GaugeFacts, state: EventState, *, since: datetime, at: datetime) -> EventDraft:
    return EventDraft(
        key="silence",
        state=state,
        hazard=Hazard.VIEW_LOST,
        source=facts.source,
        place=facts.place,
        at=at,
        began_at=since,
        ended_at=at if state is EventState.ENDED else None,
        confidence=1.0,
        severity=Severity.MINOR,
        details=ViewDetails(reason="no_readings"),
    )
