"""Writes the texts of alerts in plain sentences: first what happens and where, then when, then what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from siaga_cloud.alerts.store.alerts import GaugeNow
from siaga_core.rules.alert import AlertLevel, Decision, ExpectedStage

Language = Literal["id", "en"]

_HEADS: Final[Mapping[Language, Mapping[AlertLevel, str]]] = {
    "id": {
        AlertLevel.NONE: "AMAN",
        AlertLevel.ADVISORY: "WASPADA banjir",
        AlertLevel.WARNING: "PERINGATAN banjir",
        AlertLevel.DANGER: "BAHAYA banjir",
    },
    "en": {
        AlertLevel.NONE: "ALL CLEAR",
        AlertLevel.ADVISORY: "Flood advisory",
        AlertLevel.WARNING: "Flood WARNING",
        AlertLevel.DANGER: "Flood DANGER",
    },
}
_FLOODS: Final[Mapping[Language, Mapping[int, str]]] = {
    "id": {
        1: "Ada kabar air naik ke jalan; dalamnya belum diketahui.",
        2: "Jalan tergenang, sampai setinggi lutut atau paha (10 sampai 70 cm).",
        3: "Banjir setinggi dada (71 sampai 150 cm).",
        4: "Banjir lebih tinggi dari orang dewasa (di atas 150 cm).",
    },
    "en": {
        1: "Water on the street has been reported; how deep is not yet known.",
        2: "Streets are under water, up to the knee or thigh (10 to 70 cm).",
        3: "The flood is as high as the chest (71 to 150 cm).",
        4: "The flood is higher than a grown person (over 150 cm).",
    },
}
_TO_DO: Final[Mapping[Language, Mapping[AlertLevel, str]]] = {
    "id": {
        AlertLevel.NONE: "Jauhi kabel dan colokan yang masih basah. Rebus air sebelum diminum.",
        AlertLevel.ADVISORY: "Perhatikan kabar berikutnya. Taruh surat penting dan obat di tempat tinggi.",
        AlertLevel.WARNING: (
            "Pindahkan barang dan kendaraan ke tempat tinggi. Siapkan tas: surat, obat, senter, air minum. "
            "Bantu anak dan orang tua bersiap."
        ),
        AlertLevel.DANGER: (
            "Matikan listrik. Pergi sekarang ke tempat tinggi atau pengungsian. Jangan menyeberangi air yang "
            "mengalir. Butuh pertolongan: telepon 112."
        ),
    },
    "en": {
        AlertLevel.NONE: "Keep away from wet cables and sockets. Boil water before you drink it.",
        AlertLevel.ADVISORY: "Watch for the next message. Put papers and medicine in a high place.",
        AlertLevel.WARNING: (
            "Move your things and vehicles to higher ground. Pack a bag: papers, medicine, a torch, drinking water. "
            "Help children and old people get ready."
        ),
        AlertLevel.DANGER: (
            "Switch off the electricity. Go to higher ground or a shelter now. Do not cross flowing water. "
            "For help call 112."
        ),
    },
}

# Of an alert that ends without anybody knowing whether the water is down.
_NOT_KNOWN: Final[Mapping[Language, str]] = {"id": "TIDAK DIKETAHUI", "en": "NOT KNOWN"}
_NOT_SAFE: Final[Mapping[Language, str]] = {
    "id": "Jangan anggap aman. Lihat sendiri keadaan air dari tempat tinggi.",
    "en": "Do not take this as safe. Look at the water yourself, from higher ground.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """Holds the facts that the sentences need. `stage` is 4 where there is none; `gauges` are those in alarm, and
    `unknown` those of which nothing is known now.
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
    unknown: Sequence[GaugeNow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Holds the severity, urgency and certainty of the Common Alerting Protocol."""

    severity: str
    urgency: str
    certainty: str


def cap(alert_facts: AlertFacts) -> Cap:
    """Return the severity, urgency and certainty of the facts in the words of CAP 1.2."""
    if alert_facts.decision.kind == "all_clear":
        return Cap(severity="Minor", urgency="Past", certainty="Observed")
    if alert_facts.decision.why == "lapsed":
        return Cap(severity="Unknown", urgency="Unknown", certainty="Unknown")
    severity = {1: "Moderate", 2: "Severe", 3: "Extreme"}[int(alert_facts.level)]
    if _rests_on_unknown(alert_facts):
        return Cap(severity=severity, urgency="Unknown", certainty="Unknown")
    if alert_facts.stage < 4 or alert_facts.flood:
        return Cap(severity=severity, urgency="Immediate", certainty="Observed")
    soon = alert_facts.coming is not None and alert_facts.coming.at - alert_facts.at <= timedelta(hours=1)
    return Cap(severity=severity, urgency="Expected" if soon else "Future", certainty="Likely")


def _rests_on_unknown(alert_facts: AlertFacts) -> bool:
    """Return whether nothing that is known now holds the alert up."""
    is_known = any(one.stage is not None and one.stage < 4 for one in alert_facts.gauges)
    return bool(alert_facts.unknown) and not (is_known or alert_facts.flood or alert_facts.coming)


def headline(alert_facts: AlertFacts, language: Language) -> str:
    """Return one line: how bad, where."""
    if alert_facts.decision.why == "lapsed":
        return f"{_NOT_KNOWN[language]}: {alert_facts.place}"
    return f"{_HEADS[language][alert_facts.level]}: {alert_facts.place}"


def instruction(alert_facts: AlertFacts, language: Language) -> str:
    """Return the sentence that states what to do."""
    if alert_facts.decision.why == "lapsed":
        return _NOT_SAFE[language]
    return _TO_DO[language][alert_facts.level]


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
        found.append(_FLOODS[language][alert_facts.flood])
    # What is worst stands first: at hand before to come, unless what comes is worse.
    if alert_facts.coming is not None and alert_facts.coming.stage >= alert_facts.stage:
        found.append(found.pop(0))
    return [*found, *lost]


def _over(alert_facts: AlertFacts, language: Language) -> str:
    at = _clock_time(alert_facts.at, alert_facts, language)
    if alert_facts.decision.why == "lapsed":
        return {
            "id": f"Peringatan tidak diperbarui lagi sejak {at}. Ini bukan tanda aman.",
            "en": f"The warning is no longer renewed since {at}. This is not an all-clear.",
        }[language]
    return {
        "id": f"Peringatan banjir sudah berakhir {at}. Air sudah turun dan tetap rendah selama satu jam.",
        "en": f"The flood warning is over {at}. The water is down and has stayed low for an hour.",
    }[language]


def _at_hand(alert_facts: AlertFacts, language: Language) -> list[str]:
    names = _and([one.name for one in alert_facts.gauges if one.stage == alert_facts.stage], language)
    if names:
        text = {
            "id": f"Tinggi air di {names} sekarang Siaga {alert_facts.stage}.",
            "en": f"The water at {names} is at Siaga {alert_facts.stage} now (1 is the worst).",
        }[language]
        return [text]
    if alert_facts.unknown:  # whether it is lower by now nobody knows
        return []
    text = {  # it was so within the last hour
        "id": f"Tinggi air belum cukup lama di bawah Siaga {alert_facts.stage}.",
        "en": f"The water has not yet stayed below Siaga {alert_facts.stage} for long.",
    }[language]
    return [text]


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
    names = [one.name for one in alert_facts.gauges]
    names += sorted({one.published_by for one in alert_facts.gauges if one.published_by})
    if alert_facts.flood:
        names.append({"id": "laporan warga dan kamera", "en": "reports and cameras"}[language])
    made = {"id": "Sumber: ", "en": "Source: "}[language]
    at = _clock_time(alert_facts.at, alert_facts, language)
    return f"{made}{', '.join(names) or 'Siaga'}; {at}."


def _clock_time(at: datetime, alert_facts: AlertFacts, language: Language) -> str:
    """17.30 WIB; with the day where it is not today."""
    local, today = at.astimezone(alert_facts.zone), alert_facts.at.astimezone(alert_facts.zone).date()
    name = local.strftime("%Z")
    time_of_day = {"id": f"pukul {local:%H.%M} {name}", "en": f"{local:%H:%M} {name}"}[language]
    if local.date() == today:
        return time_of_day
    day = f"{local:%d/%m}"
    return {"id": f"{time_of_day} tanggal {day}", "en": f"{time_of_day} on {day}"}[language]


def _and(names: Sequence[str], language: Language) -> str:
    if len(names) < 2:
        return "".join(names)
    word = {"id": "dan", "en": "and"}[language]
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
