"""What people are told in an alert, in both languages: plain, and with the span of the arrival."""

from __future__ import annotations

import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from siaga_cloud.alerts import texts as alert_texts
from siaga_cloud.alerts.store.alerts import GaugeCourse, GaugeNow
from siaga_cloud.alerts.texts import AlertFacts
from siaga_core.rules.alert import AlertLevel, Decision, ExpectedStage, Why
from siaga_core.rules.trust.certainty import Certainty, SourceCount, SourceKind

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)  # 15:00 in Jakarta
GAUGE = GaugeNow(
    id="manggarai", name="PA Manggarai", stage=2, computed_stage=3, published_stage=2, published_by="BPBD DKI",
    level_cm=860, measured_at=AT, limits_cm={3: 750, 2: 850, 1: 950}, forecast_at=AT,
)  # fmt: skip
COMING = ExpectedStage(
    gauge_id="manggarai", stage=1, at=AT + timedelta(hours=2), earliest_at=AT + timedelta(hours=1, minutes=20),
    latest_at=AT + timedelta(hours=10),
)  # fmt: skip
COURSE = GaugeCourse(stage=2, reached_at=AT - timedelta(minutes=59), trend="falling")


def source(kind: SourceKind, count: int = 1, *names: str, first: float = 0, last: float = 0) -> SourceCount:
    """Sources of a kind that supported it so many minutes after eight."""
    first_at, last_at = AT + timedelta(minutes=first), AT + timedelta(minutes=last)
    return SourceCount(kind=kind, count=count, first_at=first_at, last_at=last_at, names=names)


ALERT_MESSAGE = AlertFacts(
    place="Manggarai, Tebet", decision=Decision(kind="raise", why="begins"), level=AlertLevel.WARNING, stage=2,
    coming=COMING, flood=2, gauges=[GAUGE], names={"manggarai": "PA Manggarai"},
    zone=zoneinfo.ZoneInfo("Asia/Jakarta"), at=AT, certainty=Certainty.OBSERVED,
    basis=[
        source("gauge", 1, "PA Manggarai"),
        source("camera", 1, "Kamera pasar", first=-20, last=-1),
        source("unverified_citizen", 3, first=-12, last=-4),
    ],
    cameras_near=1, courses={"manggarai": COURSE},
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
POSSIBLE = replace(
    ALERT_MESSAGE,
    level=AlertLevel.ADVISORY,
    stage=4,
    coming=None,
    flood=1,
    gauges=[],
    certainty=Certainty.POSSIBLE,
    basis=[source("unverified_citizen", 3, first=2, last=10)],
    cameras_near=0,
)


_WARNING = """\
PERINGATAN banjir: Manggarai, Tebet.
Air diperkirakan naik ke Siaga 1 di PA Manggarai sekitar pukul 17.00 WIB (antara {first} dan {last}).
PA Manggarai mencapai Siaga 2 pukul 14.01 WIB; sekarang (pukul 15.00 WIB) 860 cm, turun.
Jalan tergenang, sampai setinggi lutut atau paha (10 sampai 70 cm).
Pindahkan barang dan kendaraan ke tempat tinggi. Siapkan tas: surat, obat, senter, air minum. {last_words}
Sumber: pos pantau PA Manggarai, pukul 15.00 WIB; kamera Kamera pasar, pukul 14.40 WIB sampai pukul 14.59 WIB; \
3 warga dari jaringan berbeda, pukul 14.48 WIB sampai pukul 14.56 WIB; BPBD DKI. Pukul 15.00 WIB.
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
    assert lines[2] == ("PA Manggarai reached Siaga 2 (1 is the worst) at 14:01 WIB; now (15:00 WIB) 860 cm, falling.")
    assert lines[-1] == "We will tell you when this changes, and when it is over."


_POSSIBLE = """\
Unconfirmed reports of flooding: Manggarai, Tebet.
Water on the street is reported, not confirmed; how deep is not yet known.
Watch for the next message. Look around you if it is safe.
Source: 3 citizens from different networks, 15:02 WIB to 15:10 WIB; no camera sees the place. 15:00 WIB.
We will tell you when this changes, and when it is over."""


def test_what_only_citizens_report_is_no_warning_and_states_who_saw_nothing() -> None:
    assert alert_texts.text(POSSIBLE, "en") == _POSSIBLE
    indonesian = alert_texts.text(POSSIBLE, "id")
    assert indonesian.startswith("Kabar banjir belum dipastikan: Manggarai, Tebet.\n")
    assert "3 warga dari jaringan berbeda, pukul 15.02 WIB sampai pukul 15.10 WIB" in indonesian
    assert "tidak ada kamera yang melihat tempat ini" in indonesian
    assert not {"PERINGATAN", "WASPADA", "BAHAYA"} & set(indonesian.split())


@pytest.mark.parametrize(
    ("basis", "cameras_near", "expected"),
    [
        pytest.param(
            [source("unverified_citizen")], 0, "Source: 1 citizen, 15:00 WIB; no camera sees", id="one citizen"
        ),
        pytest.param([source("unverified_citizen", 3)], 2, "2 cameras nearby report no water", id="nothing"),
        pytest.param(
            [source("verified_citizen", 2)], None, "Source: 2 verified citizens, 15:00 WIB. 15:", id="verified"
        ),
        pytest.param([source("camera", 1, "A")], 1, "Source: camera A, 15:00 WIB. 15:00", id="a camera"),
        pytest.param(
            [source("camera", 5, "A", "B", "C", "D", "E")], 5, "Source: 5 cameras A, B, C +2, 15:00", id="many cameras"
        ),
        pytest.param([source("officer")], 0, "an officer at the place, 15:00 WIB; no camera", id="an officer"),
        pytest.param([source("operator")], None, "Source: the city's staff, 15:00", id="an operator"),
        pytest.param([source("feed", 1, "waze")], None, "Source: partner waze, 15:00", id="a feed"),
        pytest.param([source("forecast", 1, "PA")], None, "Source: forecast for PA, 15:00", id="a forecast"),
        pytest.param([], None, "Source: Siaga. 15:00", id="nothing is stored"),
    ],
)
def test_the_sources_are_those_that_spoke(basis: list[SourceCount], cameras_near: int | None, expected: str) -> None:
    text = alert_texts.text(replace(POSSIBLE, basis=basis, cameras_near=cameras_near), "en")
    assert expected in text
    assert ("camera" in text) == (cameras_near is not None)


def test_a_gauge_alone_makes_no_street_wet() -> None:
    beside = replace(POSSIBLE, certainty=Certainty.OBSERVED, flood=2, basis=[source("gauge", 1, "PA")])
    assert "streets beside it may be under water" in alert_texts.text(beside, "en")
    assert "are under water, up to the knee" not in alert_texts.text(beside, "en")


def test_people_beside_a_gauge_confirm_no_water_on_the_street() -> None:
    people = [source("gauge", 1, "PA"), source("unverified_citizen", 3), source("feed", 1, "waze")]
    beside = replace(POSSIBLE, certainty=Certainty.OBSERVED, stage=1, flood=3, basis=people)
    assert "Water on the street is reported, not confirmed" in alert_texts.text(beside, "en")
    seen = replace(beside, basis=[*people, source("camera", 1, "A")])
    assert "as high as the chest" in alert_texts.text(seen, "en")


@pytest.mark.parametrize(
    ("gauge", "course", "expected"),
    [
        pytest.param(GAUGE, None, "PA Manggarai: Siaga 2 menurut BPBD DKI.", id="as published"),
        pytest.param(
            replace(GAUGE, published_by=None),
            replace(COURSE, stage=3),
            "PA Manggarai: Siaga 2 menurut Siaga.",
            id="nobody",
        ),
        pytest.param(
            replace(GAUGE, stage=3), COURSE, "mencapai Siaga 2 pukul 14.01 WIB; sekarang (pukul 15.00 WIB)", id="fell"
        ),
        pytest.param(
            replace(GAUGE, computed_stage=None),
            COURSE,
            "pukul 14.01 WIB; tinggi air sekarang tidak diketahui.",
            id="lost",
        ),
        pytest.param(
            replace(GAUGE, stage=3), None, "Tinggi air belum cukup lama di bawah Siaga 2.", id="within the last hour"
        ),
    ],
)
def test_a_gauge_states_when_it_reached_its_stage(gauge: GaugeNow, course: GaugeCourse | None, expected: str) -> None:
    facts = replace(ALERT_MESSAGE, gauges=[gauge], courses={"manggarai": course} if course else {})
    assert expected in alert_texts.text(facts, "id")


def test_of_many_gauges_some_are_named() -> None:
    many = [replace(GAUGE, id=f"g{number}", name=f"G{number}") for number in range(5)]
    text = alert_texts.text(replace(ALERT_MESSAGE, gauges=many, courses={one.id: COURSE for one in many}), "en")
    assert ("G2 reached" in text, "G3 reached" in text, "2 more gauges as well." in text) == (True, False, True)


def test_what_is_worst_stands_first() -> None:
    at_hand = replace(
        ALERT_MESSAGE, stage=1, coming=replace(COMING, stage=2), gauges=[replace(GAUGE, stage=1)],
        courses={"manggarai": replace(COURSE, stage=1)},
    )  # fmt: skip
    assert alert_texts.text(at_hand, "id").split("\n")[1].startswith("PA Manggarai mencapai Siaga 1 pukul 14.01 WIB;")


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
    assert "PA Manggarai" in alert_texts.text(beside, "id").split("\n")[1]
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


@pytest.mark.parametrize(
    ("why", "basis", "headline", "sentence"),
    [
        ("unconfirmed", [source("unverified_citizen", 3)], "Reports of flooding have ended", "were never confirmed"),
        ("over", [source("camera", 1, "A")], "ALL CLEAR", "No report of water was confirmed for an hour."),
        ("over", [source("gauge", 1, "A")], "ALL CLEAR", "The water is down and has stayed low for an hour."),
    ],
)
def test_how_an_alert_ends(why: Why, basis: list[SourceCount], headline: str, sentence: str) -> None:
    text = alert_texts.text(replace(OVER, decision=Decision(kind="all_clear", why=why), basis=basis), "en")
    assert text.startswith(f"{headline}: Manggarai, Tebet.")
    assert sentence in text


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
        pytest.param(POSSIBLE, ("Minor", "Unknown", "Possible"), id="only citizens"),
        pytest.param(
            replace(POSSIBLE, certainty=Certainty.LIKELY), ("Moderate", "Immediate", "Likely"), id="an operator"
        ),
        pytest.param(
            replace(POSSIBLE, coming=COMING), ("Moderate", "Future", "Likely"), id="citizens beside a forecast"
        ),
        pytest.param(OVER, ("Minor", "Past", "Observed"), id="over"),
        pytest.param(replace(OVER, basis=[source("camera", 1, "A")]), ("Minor", "Past", "Unknown"), id="not measured"),
        pytest.param(
            replace(OVER, decision=Decision(kind="all_clear", why="unconfirmed")),
            ("Minor", "Past", "Unknown"),
            id="never confirmed",
        ),
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
