"""Words a warning of a subscriber's own level, with what is known of the forecast's worth."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from siaga_cloud.alerts.store.thresholds import WaitingThreshold
from siaga_core.rules.ahead.precision import Precision, urgency
from siaga_core.rules.forecast import ForecastPoint

_WORDS = {
    "id": {
        "headline": "Perkiraan: {gauge} mencapai {cm} cm sekitar pukul {t}",
        "text": (
            "{headline}.\nSekarang {now} cm. Diperkirakan {low} sampai {high} cm pada pukul {t}, menurut perkiraan "
            "pukul {made}.\nDari {n} perkiraan seperti ini dalam 60 hari terakhir, air datang {came} kali.\n"
            "Ini perkiraan, bukan hasil ukur: bisa lebih awal, lebih tinggi, atau tidak terjadi. Kami tidak mengirim "
            "kabar lagi bila perkiraannya berubah; lihat halaman pos pantau."
        ),
    },
    "en": {
        "headline": "Forecast: {gauge} reaches {cm} cm at about {t}",
        "text": (
            "{headline}.\nIt is at {now} cm now. {low} to {high} cm are expected at {t}, by the forecast of {made}.\n"
            "Of {n} such forecasts in the last 60 days, the water came {came} times.\n"
            "This is a forecast and not a measurement: it may come earlier, higher, or not at all. We send no further "
            "message if the forecast changes; see the page of the gauge."
        ),
    },
}


def severity_of(one: WaitingThreshold) -> str:
    """Return the severity in the words of CAP 1.2 by the stage that the level belongs to; Unknown without limits."""
    if one.s3_cm is None:
        return "Unknown"
    for limit_cm, word in ((one.s1_cm, "Extreme"), (one.s2_cm, "Severe"), (one.s3_cm, "Moderate")):
        if limit_cm is not None and one.level_cm >= limit_cm:
            return word
    return "Minor"


def part_of(
    one: WaitingThreshold, point: ForecastPoint, measured: Precision, *, alert_id: UUID, zone: tzinfo, now: datetime
) -> dict[str, Any]:
    """Return what the message says, in the shape of every alert."""
    words = _WORDS[one.language]
    values = {
        "gauge": one.gauge_name,
        "cm": f"{one.level_cm:.0f}",
        "t": f"{point.at.astimezone(zone):%H:%M}",
        "made": f"{one.made_at.astimezone(zone):%H:%M}",
        "now": f"{one.now_cm:.0f}",
        "low": f"{point.low_cm:.0f}",
        "high": f"{point.high_cm:.0f}",
        "n": measured.episodes,
        "came": measured.came,
    }
    headline = words["headline"].format(**values)
    return {
        "alert_id": str(alert_id),
        "revision": 1,
        "kind": "raise",
        "level": 1,
        "place": one.gauge_id,
        "stage": 4,
        "flood_state": 0,
        "flood_certainty": None,
        "severity": severity_of(one),
        "urgency": urgency(point.at, now=now),
        "certainty": "Likely",
        "onset_at": point.at.isoformat(),
        "headline": headline,
        "text": words["text"].format(headline=headline, **values),
        "short": headline,
    }
