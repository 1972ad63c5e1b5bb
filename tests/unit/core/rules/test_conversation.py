"""Talks: what is asked, when a report is made, when an operator reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.conversation import Ask, File, Heard, Pass, Talk, Tell, hear, language_of
from siaga_core.rules.geometry import LatLon

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SPOT = LatLon(lat=-6.2, lon=106.8)


def said(text: str, *, category: str | None = None, spot: LatLon | None = None, minutes: int = 0) -> Heard:
    return Heard(
        source_id=f"m{minutes}",
        at=NOW + timedelta(minutes=minutes),
        text=text,
        words=text.lower().split(),
        category=category,
        spot=spot,
        place_name="Tebet" if spot else None,
        is_over=False,
    )


def begun(*heard: Heard) -> Talk:
    talk: Talk | None = None
    for one in heard:
        talk, _ = hear(talk, one)
    assert talk is not None
    return talk


def test_a_whole_message_is_a_report_at_once() -> None:
    talk, step = hear(None, said("banjir di tebet", category="flooding", spot=SPOT))
    assert talk is None
    assert isinstance(step, File)
    assert (step.category, step.spot, step.talk.texts) == ("flooding", SPOT, ("banjir di tebet",))


@pytest.mark.parametrize("is_place_first", [True, False])
def test_what_is_missing_is_asked_for_in_either_order(is_place_first: bool) -> None:
    what, where = said("banjir besar", category="flooding"), said("di tebet saja", spot=SPOT, minutes=1)
    first, second = (where, what) if is_place_first else (what, where)
    talk, step = hear(None, first)
    assert step == Ask(missing="category" if is_place_first else "place")
    talk, step = hear(talk, second)
    assert talk is None
    assert isinstance(step, File)
    assert step.talk.began_at == NOW
    assert step.talk.source_id == first.source_id


def test_after_two_questions_an_operator_reads() -> None:
    talk = begun(said("banjir besar", category="flooding"), said("di sini pak", minutes=1))
    talk_after, step = hear(talk, said("rumah saya pak", minutes=2))
    assert talk_after is None
    assert isinstance(step, Pass)
    assert step.talk.texts == ("banjir besar", "di sini pak", "rumah saya pak")


def test_a_talk_that_was_quiet_for_hours_has_ended() -> None:
    talk = begun(said("banjir besar", category="flooding"))
    assert isinstance(hear(talk, said("di tebet", spot=SPOT, minutes=119))[1], File)
    assert hear(talk, said("di tebet", spot=SPOT, minutes=121))[1] == Ask(missing="category")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STATUS 1001", Tell(what="status", number=1001)),
        ("status #7", Tell(what="status", number=7)),
        ("batal", Tell(what="nothing_to_cancel")),
        ("help", Tell(what="help")),
        ("p", Tell(what="help")),
        ("status 99999999999999999999", Ask(missing="category")),
        ("status ²", Ask(missing="category")),
    ],
)
def test_commands(text: str, expected: Tell | Ask) -> None:
    assert hear(None, said(text))[1] == expected


def test_cancelling_ends_the_talk_and_asking_for_status_does_not() -> None:
    talk = begun(said("banjir besar", category="flooding"))
    assert hear(talk, said("STATUS 5", minutes=1)) == (talk, Tell(what="status", number=5))
    assert hear(talk, said("BATAL", minutes=1)) == (None, Tell(what="cancelled"))


def test_what_is_over_is_no_report() -> None:
    over = Heard(
        source_id="m", at=NOW, text="sudah surut", words=["sudah", "surut"], category=None, spot=SPOT, place_name="x",
        is_over=True,
    )  # fmt: skip
    assert hear(None, over) == (None, Tell(what="over"))


def test_the_language_is_that_of_the_words_else_of_the_talk() -> None:
    assert language_of(["the", "street", "is", "flooded"]) == "en"
    assert language_of(["jalan", "di", "depan", "rumah"]) == "id"
    assert language_of(["tebet"], "en") == "en"
    assert language_of([]) == "id"
