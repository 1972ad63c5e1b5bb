"""What people are told in an alert, in both languages: plain, and with the span of the arrival."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from siaga_cloud.alerts import texts as alert_texts
from siaga_cloud.alerts.store.alerts import GaugeNow
from siaga_cloud.alerts.texts import AlertFacts
from siaga_core.rules.alert import AlertLevel, Decision, ExpectedStage

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)  # 15:00 in Jakarta
GAUGE = GaugeNow(
    id="manggarai", name="PA Manggarai", stage=2, computed_stage=3, published_stage=2, published_by="BPBD DKI",
    level_cm=860, measured_at=AT, limits_cm={3: 750, 2: 850, 1: 950}, forecast_at=AT,
)  # fmt: skip
COMING = ExpectedStage(
    gauge_id="manggarai", stage=1, at=AT + timedelta(hours=2), earliest_at=AT + timedelta(hours=1, minutes=20),
    latest_at=AT + timedelta(hours=10),
)  # fmt: skip
ALERT_MESSAGE = AlertFacts(
    place="Manggarai, Tebet", decision=Decision(kind="raise", why="begins"), level=AlertLevel.WARNING, stage=2,
    coming=COMING, flood=2, gauges=[GAUGE], names={"manggarai": "PA Manggarai"},
    zone=zoneinfo.ZoneInfo("Asia/Jakarta"), at=AT,
)  # fmt: skip
OVER = replace(
    ALERT_MESSAGE,
    decision=Decision(kind="all_clear", why="over"),
    level=AlertLevel.NONE,
    stage=4,
    coming=None,
    flood=0,
    gauges=[],
)


_WARNING = """\
PERINGATAN banjir: Manggarai, Tebet.
Air diperkirakan naik ke Siaga 1 di PA Manggarai sekitar pukul 17.00 WIB (antara {first} dan {last}).
Tinggi air di PA Manggarai sekarang Siaga 2.
Jalan tergenang, sampai setinggi lutut atau paha (10 sampai 70 cm).
Pindahkan barang dan kendaraan ke tempat tinggi. Siapkan tas: surat, obat, senter, air minum. {last_words}
Sumber: PA Manggarai, BPBD DKI, laporan warga dan kamera; pukul 15.00 WIB.
Kami memberi tahu lagi bila keadaan berubah, dan bila sudah aman."""


def test_a_warning_states_what_where_when_and_what_to_do_in_indonesian() -> None:
    assert alert_texts.text(ALERT_MESSAGE, "id") == _WARNING.format(
        first="pukul 16.20 WIB",
        last="pukul 01.00 WIB tanggal 16/01",
        last_words="Bantu anak dan orang tua bersiap.",
    )


def test_and_in_english() -> None:
    lines = alert_texts.text(ALERT_MESSAGE, "en").split("\n")
    assert lines[0] == "Flood WARNING: Manggarai, Tebet."
    assert lines[1].endswith("around 17:00 WIB (between 16:20 WIB and 01:00 WIB on 16/01).")
    assert lines[-1] == "We will tell you when this changes, and when it is over."


def test_what_is_worst_stands_first() -> None:
    at_hand = replace(ALERT_MESSAGE, stage=1, coming=replace(COMING, stage=2), gauges=[replace(GAUGE, stage=1)])
    assert alert_texts.text(at_hand, "id").split("\n")[1] == "Tinggi air di PA Manggarai sekarang Siaga 1."


def test_a_band_with_an_open_end_states_only_when_it_begins() -> None:
    text = alert_texts.text(replace(ALERT_MESSAGE, coming=replace(COMING, latest_at=None)), "id")
    assert "(paling cepat pukul 16.20 WIB)" in text


def test_an_all_clear_states_since_when_and_promises_nothing_more() -> None:
    lines = alert_texts.text(OVER, "id").split("\n")
    assert lines[0] == "AMAN: Manggarai, Tebet."
    assert (
        lines[1]
        == "Peringatan banjir sudah berakhir pukul 15.00 WIB. Air sudah turun dan tetap rendah selama satu jam."
    )
    assert "Kami memberi tahu" not in lines[-1]


LOST = replace(
    GAUGE,
    stage=None,
    computed_stage=None,
    level_cm=None,
    unknown_cause="lost",
    unknown_since=AT - timedelta(minutes=30),
    last_stage=2,
    last_level_cm=860,
)
UNKNOWN = replace(
    ALERT_MESSAGE, decision=Decision(kind="update", why="unknown"), coming=None, flood=0, gauges=[], unknown=[LOST]
)


def test_an_alert_that_rests_on_an_unknown_gauge_states_since_when_and_nothing_of_now() -> None:
    indonesian, english = (alert_texts.text(UNKNOWN, language).split("\n") for language in ("id", "en"))
    assert (
        indonesian[1] == "Tinggi air di PA Manggarai tidak diketahui sejak pukul 14.30 WIB; waktu itu Siaga 2, 860 cm."
    )
    assert english[1] == "The level at PA Manggarai has been unknown since 14:30 WIB; it was Siaga 2, 860 cm then."
    assert "sekarang" not in "".join(indonesian)
    assert "stayed below" not in "".join(english), "whether it is lower by now nobody knows"
    assert alert_texts.cap(UNKNOWN).certainty == "Unknown"
    assert alert_texts.cap(UNKNOWN).severity == "Severe"


def test_what_is_known_besides_leaves_its_certainty() -> None:
    beside = replace(UNKNOWN, gauges=[GAUGE])
    assert alert_texts.cap(beside).certainty == "Observed"
    assert alert_texts.text(beside, "id").split("\n")[1] == "Tinggi air di PA Manggarai sekarang Siaga 2."
    assert "tidak diketahui sejak" in alert_texts.text(beside, "id")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        pytest.param({"unknown_since": None}, "The level at PA Manggarai is unknown.", id="never known"),
        pytest.param(
            {"last_stage": None},
            "The level at PA Manggarai has been unknown since 14:30 WIB; it was 860 cm then.",
            id="no stage",
        ),
        pytest.param(
            {"last_stage": None, "last_level_cm": None},
            "The level at PA Manggarai has been unknown since 14:30 WIB.",
            id="no level",
        ),
    ],
)
def test_history_is_stated_as_far_as_there_is_any(more: dict[str, Any], text: str) -> None:
    assert alert_texts.text(replace(UNKNOWN, unknown=[replace(LOST, **more)]), "en").split("\n")[1] == text


@pytest.mark.parametrize(
    ("language", "head", "never"), [("id", "TIDAK DIKETAHUI", "AMAN"), ("en", "NOT KNOWN", "ALL CLEAR")]
)
def test_an_alert_that_lapses_is_no_all_clear(language: alert_texts.Language, head: str, never: str) -> None:
    lapsed = replace(OVER, decision=Decision(kind="update", why="lapsed"), unknown=[LOST])
    text = alert_texts.text(lapsed, language)
    assert text.startswith(f"{head}: Manggarai, Tebet.")
    assert never not in text
    assert "14" in text
    assert alert_texts.instruction(lapsed, language) in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_short_text_fits_two_sms_and_states_what_where_and_what_to_do(language: alert_texts.Language) -> None:
    short = alert_texts.short(ALERT_MESSAGE, language)
    assert len(short) <= 300
    assert "Manggarai" in short
    assert "Siaga 1" in short


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        pytest.param(ALERT_MESSAGE, ("Severe", "Immediate", "Observed"), id="at hand"),
        pytest.param(replace(ALERT_MESSAGE, stage=4, flood=0), ("Severe", "Future", "Likely"), id="in two hours"),
        pytest.param(
            replace(ALERT_MESSAGE, stage=4, flood=0, coming=replace(COMING, at=AT + timedelta(minutes=50))),
            ("Severe", "Expected", "Likely"),
            id="within the hour",
        ),
        pytest.param(
            replace(ALERT_MESSAGE, level=AlertLevel.DANGER), ("Extreme", "Immediate", "Observed"), id="danger"
        ),
        pytest.param(OVER, ("Minor", "Past", "Observed"), id="over"),
        pytest.param(
            replace(OVER, decision=Decision(kind="update", why="lapsed")),
            ("Unknown", "Unknown", "Unknown"),
            id="lapsed",
        ),
    ],
)
def test_how_bad_how_soon_how_sure(reported: AlertFacts, expected: tuple[str, str, str]) -> None:
    cap = alert_texts.cap(reported)
    assert (cap.severity, cap.urgency, cap.certainty) == expected
