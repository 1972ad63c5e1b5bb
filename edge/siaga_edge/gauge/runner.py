"""Polls one gauge: source to watch to batch and event registry."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from siaga_core.wire.messages import EventState, GaugeHealth, Reading, StageDetails
from siaga_edge.events.drafts import EventDraft, EventSink
from siaga_edge.gauge.registers import RegisterError, Sample
from siaga_edge.gauge.watch import GaugeFacts, GaugeWatch, Outcome, missed, receive

log = logging.getLogger(__name__)


class GaugeUnreachableError(OSError):
    """The gauge did not answer; says why."""


class GaugeSource(Protocol):
    """A gauge that can be asked."""

    def read(self, now: datetime) -> Sequence[Sample]:
        """New samples, oldest first, or the latest again; raises `GaugeUnreachableError` or `RegisterError`."""

    def mark_read(self, sample: Sample) -> None:
        """A sample was taken over and need not be given again after a restart."""

    def close(self) -> None:
        """Lets go of sockets and files."""


class Alarm(Protocol):
    """A siren beside the water, driven by one gauge."""

    def accept(self, number: int, reading: Reading) -> None:
        """One reading, numbered by its gauge; returns at once."""

    def close(self) -> None:
        """Ends its thread; the siren stays as it is."""


class GaugeRunner:
    """One gauge, polled by one thread. `add` takes readings, `sink` events; `alarm` hears each numbered reading
    first, so that a siren needs nothing but the gauge, and is closed with it."""

    def __init__(
        self,
        source: GaugeSource,
        facts: GaugeFacts,
        watch: GaugeWatch,
        *,
        add: Callable[[Reading], None],
        sink: EventSink,
        alarm: Alarm | None = None,
    ) -> None:
        self.id = facts.id
        self._source, self._facts, self._watch = source, facts, watch
        self._add, self._sink, self._alarm = add, sink, alarm
        self._readings = self._errors = 0
        self._last_logged = self._complaint = ""

    def update_facts(self, facts: GaugeFacts) -> None:
        """Other limits and thresholds count from the next poll on; what was read so far stays known."""
        self._facts = facts

    def poll(self, now: datetime) -> None:
        """Asks once. Raises what the sink raises; the same sample is then taken again at the next poll."""
        try:
            samples = self._source.read(now)
        except (GaugeUnreachableError, RegisterError) as error:
            self._errors += 1
            self._log_once(f"no response: {error}")
            self._apply(missed(self._watch, now=now, facts=self._facts))
            return
        self._log_once("")
        for sample in samples or (None,):
            self._apply(receive(self._watch, sample, now=now, facts=self._facts))
            if sample is not None:
                self._source.mark_read(sample)

    def close(self) -> None:
        """Close the source and the siren."""
        if self._alarm is not None:
            self._alarm.close()
        self._source.close()

    def health(self) -> GaugeHealth:
        """The gauge since the node started."""
        watch = self._watch
        return GaugeHealth(
            id=self._facts.id,
            unknown_since=watch.silent_since,
            readings=self._readings,
            errors=self._errors,
            last_reading_at=watch.last_at if watch.has_read else None,
        )

    def _apply(self, step: tuple[GaugeWatch, Outcome]) -> None:
        watch, outcome = step
        if self._alarm is not None and outcome.reading is not None and watch.number is not None:
            self._alarm.accept(watch.number, outcome.reading)
        if outcome.drafts:
            self._sink.report(outcome.drafts)
        self._watch = watch
        if outcome.reading is not None:
            self._readings += 1
            self._complain_once(outcome.complaint)
            self._add(outcome.reading)
        for draft in outcome.drafts:
            self._log_event(draft)

    def _log_event(self, draft: EventDraft) -> None:
        if isinstance(draft.details, StageDetails):
            details = draft.details
            text = "gauge %s: Siaga %s -> %d at %.1f cm"
            log.warning(text, self._facts.id, details.previous_stage or "?", details.stage, details.level_cm)
        elif draft.state is EventState.BEGAN:
            log.warning("gauge %s: silent since %s", self._facts.id, draft.began_at.isoformat(timespec="seconds"))
        else:
            log.info("gauge %s: no longer silent", self._facts.id)

    def _complain_once(self, complaint: str) -> None:
        if complaint and not self._complaint:
            log.error("gauge %s: %s", self._facts.id, complaint)
        self._complaint = complaint

    def _log_once(self, what: str) -> None:
        if what == self._last_logged:
            return
        if what:
            log.warning("gauge %s: %s", self._facts.id, what)
        else:
            log.info("gauge %s: responds again", self._facts.id)
        self._last_logged = what
