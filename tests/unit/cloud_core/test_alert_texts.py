"""What people are told in an alert, in both languages: plain, and with the span of the arrival."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
            replace(OVER, decision=Decision(kind="all_clear", why="silent")), ("Minor", "Past", "Unknown"), id="silent"
        ),
    ],
)
def test_how_bad_how_soon_how_sure(reported: AlertFacts, expected: tuple[str, str, str]) -> None:
    cap = alert_texts.cap(reported)
    assert (cap.severity, cap.urgency, cap.certainty) == expected
