"""Writes the texts of alerts in plain sentences: first what happens and where, then when, then what to do.

Every sentence follows from the facts: a text names only the kinds of source that supported it, with numbers and times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final

from siaga_cloud.alerts.store.alerts import GaugeCourse, GaugeNow
from siaga_cloud.alerts.words import (
    BESIDE_GAUGE,
    FLOODS,
    HEADS,
    NOT_KNOWN,
    NOT_SAFE,
    SOURCES,
    TO_DO,
    TRENDS,
    UNCONFIRMED,
    Language,
)
from siaga_core.rules.alert import NORMAL, AlertLevel, Decision, ExpectedStage
from siaga_core.rules.trust.certainty import Certainty, SourceCount

_SEE_STREETS: Final = frozenset({"camera", "officer", "operator"})
_REPORT_STREETS: Final = frozenset({"feed", "verified_citizen", "unverified_citizen"})
_MOST_NAMES: Final = 3


__all__ = ["AlertFacts", "Cap", "Language", "cap", "headline", "instruction", "short", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """Holds the facts that the sentences need. `stage` is 4 where there is none; `gauges` are those in alarm, and
    `unknown` those of which nothing is known now.

    `certainty` is that of the flood. `basis` is what the alert rests on; `cameras_near` counts the cameras at the
    place, None where that was not looked up. `courses` are those of the gauges, by id.
    """

    place: str
    decision: Decision
    level: AlertLevel
    stage: int
    coming: ExpectedStage | None
    flood: int
    gauges: Sequence[GaugeNow]
    names: Mapping[str, str]
    zone: tzinfo
    at: datetime
    certainty: Certainty
    basis: Sequence[SourceCount]
    cameras_near: int | None = None
    courses: Mapping[str, GaugeCourse] = field(default_factory=dict)
    unknown: Sequence[GaugeNow] = ()

    @property
    def is_unconfirmed(self) -> bool:
        """Return whether nobody but people and partners who are not confirmed support it."""
        return self.stage == NORMAL and self.coming is None and self.flood > 0 and self.certainty <= Certainty.POSSIBLE

    @property
    def is_measured(self) -> bool:
        """Return whether a gauge supported it."""
        return any(one.kind == "gauge" for one in self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Holds the severity, urgency and certainty of the Common Alerting Protocol."""

    severity: str
    urgency: str
    certainty: str


def cap(alert_facts: AlertFacts) -> Cap:
    """Return the severity, urgency and certainty of the facts in the words of CAP 1.2."""
    if alert_facts.decision.kind == "all_clear":
        is_known = alert_facts.decision.why == "over" and alert_facts.is_measured
        return Cap(severity="Minor", urgency="Past", certainty="Observed" if is_known else "Unknown")
    if alert_facts.decision.why == "lapsed":
        return Cap(severity="Unknown", urgency="Unknown", certainty="Unknown")
    if alert_facts.is_unconfirmed:
        return Cap(severity="Minor", urgency="Unknown", certainty=alert_facts.certainty.cap)
    severity = {1: "Moderate", 2: "Severe", 3: "Extreme"}[int(alert_facts.level)]
    if _rests_on_unknown(alert_facts):
        return Cap(severity=severity, urgency="Unknown", certainty="Unknown")
    if alert_facts.stage < NORMAL:
        return Cap(severity=severity, urgency="Immediate", certainty="Observed")
    if alert_facts.flood and alert_facts.certainty > Certainty.POSSIBLE:
        return Cap(severity=severity, urgency="Immediate", certainty=alert_facts.certainty.cap)
    soon = alert_facts.coming is not None and alert_facts.coming.at - alert_facts.at <= timedelta(hours=1)
    return Cap(severity=severity, urgency="Expected" if soon else "Future", certainty="Likely")


def _rests_on_unknown(alert_facts: AlertFacts) -> bool:
    """Return whether nothing that is known now holds the alert up."""
    is_known = any(one.stage is not None and one.stage < 4 for one in alert_facts.gauges)
    return bool(alert_facts.unknown) and not (is_known or alert_facts.flood or alert_facts.coming)


def headline(alert_facts: AlertFacts, language: Language) -> str:
    """Return one line: how bad, where."""
    words = HEADS[language][alert_facts.level]
    if alert_facts.decision.why == "lapsed":
        words = NOT_KNOWN[language]
    elif alert_facts.decision.why == "unconfirmed":
        words = UNCONFIRMED[language]["ended"]
    elif alert_facts.is_unconfirmed:
        words = UNCONFIRMED[language]["headline"]
    return f"{words}: {alert_facts.place}"


def instruction(alert_facts: AlertFacts, language: Language) -> str:
    """Return the sentence that states what to do."""
    if alert_facts.decision.why == "lapsed":
        return NOT_SAFE[language]
    is_unconfirmed = alert_facts.is_unconfirmed or alert_facts.decision.why == "unconfirmed"
    return UNCONFIRMED[language]["to_do"] if is_unconfirmed else TO_DO[language][alert_facts.level]


def text(alert_facts: AlertFacts, language: Language) -> str:
    """Return the whole message, a sentence a line."""
    lines = [headline(alert_facts, language) + ".", *_facts(alert_facts, language), instruction(alert_facts, language)]
    lines.append(_source(alert_facts, language))
    if not alert_facts.decision.is_end:
        lines.append(
            "Kami memberi tahu lagi bila keadaan berubah, dan bila sudah aman."
            if language == "id"
            else "We will tell you when this changes, and when it is over."
        )
    return "\n".join(lines)


def short(alert_facts: AlertFacts, language: Language) -> str:
    """For SMS: what, where, when, and the first thing to do."""
    facts = _facts(alert_facts, language)
    advice = instruction(alert_facts, language).split(". ")[0]
    return f"{headline(alert_facts, language)}. {facts[0] if facts else ''} {advice}."


def _facts(alert_facts: AlertFacts, language: Language) -> list[str]:
    lost = [_unknown(one, alert_facts, language) for one in alert_facts.unknown]
    if alert_facts.decision.is_end:
        return [_over(alert_facts, language), *lost]
    found = []
    if alert_facts.coming is not None:
        found.append(_arrival(alert_facts, alert_facts.coming, language))
    if alert_facts.stage < 4:
        found += _at_hand(alert_facts, language)
    if alert_facts.flood:
        found.append(_on_streets(alert_facts, language))
    # What is worst stands first: at hand before to come, unless what comes is worse.
    if alert_facts.coming is not None and alert_facts.coming.stage >= alert_facts.stage:
        found.append(found.pop(0))
    return [*found, *lost]


def _on_streets(alert_facts: AlertFacts, language: Language) -> str:
    kinds = {one.kind for one in alert_facts.basis}
    if kinds.isdisjoint(_SEE_STREETS | _REPORT_STREETS):
        return BESIDE_GAUGE[language]  # a gauge does not measure streets, however sure it is
    if kinds.isdisjoint(_SEE_STREETS) or alert_facts.certainty <= Certainty.POSSIBLE:
        return UNCONFIRMED[language]["fact"]
    return FLOODS[language][alert_facts.flood]


def _over(alert_facts: AlertFacts, language: Language) -> str:
    at = _clock_time(alert_facts.at, alert_facts, language)
    if alert_facts.decision.why == "unconfirmed":
        return UNCONFIRMED[language]["over"]
    if alert_facts.decision.why == "lapsed":
        return {
            "id": f"Peringatan tidak diperbarui lagi sejak {at}. Ini bukan tanda aman.",
            "en": f"The warning is no longer renewed since {at}. This is not an all-clear.",
        }[language]
    if not alert_facts.is_measured:
        return {
            "id": f"Peringatan banjir sudah berakhir {at}. Selama satu jam tidak ada kabar air yang dipastikan.",
            "en": f"The flood warning is over {at}. No report of water was confirmed for an hour.",
        }[language]
    return {
        "id": f"Peringatan banjir sudah berakhir {at}. Air sudah turun dan tetap rendah selama satu jam.",
        "en": f"The flood warning is over {at}. The water is down and has stayed low for an hour.",
    }[language]


def _unknown(gauge: GaugeNow, alert_facts: AlertFacts, language: Language) -> str:
    """Since when nothing is known of a gauge, and what was known then, as history."""
    if gauge.unknown_since is None:
        return {
            "id": f"Tinggi air di {gauge.name} tidak diketahui.",
            "en": f"The level at {gauge.name} is unknown.",
        }[language]
    since = _clock_time(gauge.unknown_since, alert_facts, language)
    stage = None if gauge.last_stage is None else f"Siaga {gauge.last_stage}"
    level = None if gauge.last_level_cm is None else f"{gauge.last_level_cm:.0f} cm"
    then = ", ".join(part for part in (stage, level) if part)
    return {
        "id": f"Tinggi air di {gauge.name} tidak diketahui sejak {since}{then and f'; waktu itu {then}'}.",
        "en": f"The level at {gauge.name} has been unknown since {since}{then and f'; it was {then} then'}.",
    }[language]


def _at_hand(alert_facts: AlertFacts, language: Language) -> list[str]:
    """Return when the gauges that are worst reached their stage, and where their level is now."""
    alarming = [one for one in alert_facts.gauges if _worst(one, alert_facts) == alert_facts.stage]
    if not alarming and alert_facts.unknown:  # whether it is lower by now nobody knows
        return []
    if not alarming:  # it was so within the last hour
        text = {
            "id": f"Tinggi air belum cukup lama di bawah Siaga {alert_facts.stage}.",
            "en": f"The water has not yet stayed below Siaga {alert_facts.stage} for long.",
        }[language]
        return [text]
    sentences = [_gauge_sentence(one, alert_facts, language) for one in alarming[:_MOST_NAMES]]
    if (more := len(alarming) - _MOST_NAMES) > 0:
        sentences.append({"id": f"{more} pos pantau lain juga.", "en": f"{more} more gauges as well."}[language])
    return [" ".join(sentences)]


def _worst(gauge: GaugeNow, alert_facts: AlertFacts) -> int:
    course = alert_facts.courses.get(gauge.id)
    return min(gauge.stage or NORMAL, course.stage if course else NORMAL)


def _gauge_sentence(gauge: GaugeNow, alert_facts: AlertFacts, language: Language) -> str:
    stage, course = alert_facts.stage, alert_facts.courses.get(gauge.id)
    if course is None or course.stage != stage:  # by what an authority published alone
        by = gauge.published_by or "Siaga"
        return {
            "id": f"{gauge.name}: Siaga {stage} menurut {by}.",
            "en": f"{gauge.name}: Siaga {stage} (1 is the worst) according to {by}.",
        }[language]
    reached = _clock_time(course.reached_at, alert_facts, language)
    now = _level_now(gauge, course, alert_facts, language)
    return {
        "id": f"{gauge.name} mencapai Siaga {stage} {reached}; {now}.",
        "en": f"{gauge.name} reached Siaga {stage} (1 is the worst) at {reached}; {now}.",
    }[language]


def _level_now(gauge: GaugeNow, course: GaugeCourse, alert_facts: AlertFacts, language: Language) -> str:
    if gauge.level_cm is None or gauge.measured_at is None or gauge.computed_stage is None:
        return {"id": "tinggi air sekarang tidak diketahui", "en": "its level is not known now"}[language]
    at, trend = _clock_time(gauge.measured_at, alert_facts, language), TRENDS[language][course.trend]
    return {
        "id": f"sekarang ({at}) {gauge.level_cm:.0f} cm{trend}",
        "en": f"now ({at}) {gauge.level_cm:.0f} cm{trend}",
    }[language]


def _arrival(alert_facts: AlertFacts, coming: ExpectedStage, language: Language) -> str:
    gauge = alert_facts.names.get(coming.gauge_id, coming.gauge_id)
    likely, first = (
        _clock_time(coming.at, alert_facts, language),
        _clock_time(coming.earliest_at, alert_facts, language),
    )
    if coming.latest_at is None:
        span = {"id": f"paling cepat {first}", "en": f"{first} at the earliest"}[language]
    else:
        last = _clock_time(coming.latest_at, alert_facts, language)
        span = {"id": f"antara {first} dan {last}", "en": f"between {first} and {last}"}[language]
    return {
        "id": f"Air diperkirakan naik ke Siaga {coming.stage} di {gauge} sekitar {likely} ({span}).",
        "en": f"The water is expected to reach Siaga {coming.stage} at {gauge} around {likely} ({span}).",
    }[language]


def _source(alert_facts: AlertFacts, language: Language) -> str:
    """Return what the alert rests on: kinds of source with their numbers and times, and nothing that did not speak."""
    items = [_source_words(one, alert_facts, language) for one in alert_facts.basis]
    items += sorted({one.published_by for one in alert_facts.gauges if one.published_by})
    items += _cameras_that_see_nothing(alert_facts, language)
    made = {"id": "Sumber: ", "en": "Source: "}[language]
    at = _clock_time(alert_facts.at, alert_facts, language)
    return f"{made}{'; '.join(items) or 'Siaga'}. {at[0].upper()}{at[1:]}."


def _source_words(one: SourceCount, alert_facts: AlertFacts, language: Language) -> str:
    single, many = SOURCES[language][one.kind]
    words = single if one.count == 1 else many.format(n=one.count)
    if one.names:
        more = len(one.names) - _MOST_NAMES
        words += " " + ", ".join(one.names[:_MOST_NAMES]) + (f" +{more}" if more > 0 else "")
    first, last = (_clock_time(at, alert_facts, language) for at in (one.first_at, one.last_at))
    if first == last:
        return f"{words}, {first}"
    return f"{words}, {first} {'sampai' if language == 'id' else 'to'} {last}"


def _cameras_that_see_nothing(alert_facts: AlertFacts, language: Language) -> list[str]:
    count = alert_facts.cameras_near
    if count is None or any(one.kind == "camera" for one in alert_facts.basis):
        return []
    if count == 0:
        return [{"id": "tidak ada kamera yang melihat tempat ini", "en": "no camera sees the place"}[language]]
    return [
        {
            "id": f"{count} kamera di dekatnya tidak melaporkan air",
            "en": "a camera nearby reports no water" if count == 1 else f"{count} cameras nearby report no water",
        }[language]
    ]


def _clock_time(at: datetime, alert_facts: AlertFacts, language: Language) -> str:
    """17.30 WIB; with the day where it is not today."""
    local, today = at.astimezone(alert_facts.zone), alert_facts.at.astimezone(alert_facts.zone).date()
    name = local.strftime("%Z")
    time_of_day = {"id": f"pukul {local:%H.%M} {name}", "en": f"{local:%H:%M} {name}"}[language]
    if local.date() == today:
        return time_of_day
    day = f"{local:%d/%m}"
    return {"id": f"{time_of_day} tanggal {day}", "en": f"{time_of_day} on {day}"}[language]
