"""Talks: what is asked, when a report is made, when an operator reads."""

from __future__ import annotations

from dataclasses import replace
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
    assert isinstance(hear(talk, said("di tebet", spot=SPOT, minutes=120))[1], File)
    again, step = hear(talk, said("di tebet", spot=SPOT, minutes=121))
    assert step == Ask(missing="category")
    assert again == Talk(
        source_id="m121", began_at=NOW + timedelta(minutes=121), heard_at=NOW + timedelta(minutes=121), language="id",
        texts=("di tebet",), spot=SPOT, place_name="Tebet", asked=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STATUS 1001", Tell(what="status", number=1001)),
        ("status #7", Tell(what="status", number=7)),
        ("status ##7", Tell(what="status", number=7)),
        ("status 123456789012", Tell(what="status", number=123_456_789_012)),
        ("status #23456789012", Tell(what="status", number=23_456_789_012)),
        ("status 1234567890123", Ask(missing="category")),
        ("status X7", Ask(missing="category")),
        *((word, Tell(what="nothing_to_cancel")) for word in ("batal", "cancel", " STOP ")),
        *((word, Tell(what="help")) for word in ("help", "Bantuan", "/start", "/help", "INFO")),
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
    assert language_of(["tree", "water", "di", "air"], "en") == "en"
    assert language_of(["street"], "id") == "en"
    assert language_of(["jalan"], "en") == "id"


HELP_TALK = Talk(source_id="m0", began_at=NOW, heard_at=NOW, language="id")


@pytest.mark.parametrize("word", ["help", "bantuan", "/start", "/help", "info"])
def test_help_is_given_in_the_middle_of_a_talk(word: str) -> None:
    assert hear(HELP_TALK, said(word, minutes=1)) == (HELP_TALK, Tell(what="help"))


def test_a_talk_grows_by_each_message_whatever_their_order() -> None:
    first = said("the street is flooded", category="flooding", minutes=5)
    talk: Talk | None = begun(first)
    assert talk == Talk(
        source_id="m5", began_at=first.at, heard_at=first.at, language="en", texts=("the street is flooded",),
        category="flooding", asked=1,
    )  # fmt: skip
    talk, _ = hear(talk, said("  pohon besar  ", category="fallen_tree", minutes=3))
    assert talk == Talk(
        source_id="m5", began_at=NOW + timedelta(minutes=3), heard_at=first.at, language="en",
        texts=("the street is flooded", "pohon besar"), category="flooding", asked=2,
    )  # fmt: skip
    talk_after, step = hear(talk, said("   ", spot=SPOT, minutes=9))
    assert talk_after is None
    assert isinstance(step, File)
    assert step.talk.texts == ("the street is flooded", "pohon besar")
    assert (step.talk.heard_at, step.talk.place_name, step.talk.spot) == (NOW + timedelta(minutes=9), "Tebet", SPOT)


def test_a_spot_may_be_put_right_and_keeps_its_name() -> None:
    other = replace(said("bukan, di pluit", minutes=1), spot=LatLon(lat=-6.1, lon=106.7), place_name="Pluit")
    talk = begun(said("rumah pak rt", spot=SPOT), other)
    assert (talk.spot, talk.place_name) == (other.spot, "Pluit")
    named_only = replace(said("banjir", category="flooding", minutes=2), place_name="Menteng")
    _, step = hear(talk, named_only)
    assert isinstance(step, File)
    assert (step.spot, step.talk.place_name) == (other.spot, "Pluit")


def test_six_messages_are_read_by_an_operator_even_without_a_question() -> None:
    five = replace(HELP_TALK, texts=("satu", "dua", "tiga", "empat"))
    talk, step = hear(five, said("lima kata", minutes=1))
    assert step == Ask(missing="category")
    assert talk is not None
    talk, step = hear(replace(talk, asked=0), said("enam kata", minutes=2))
    assert (talk, type(step)) == (None, Pass)
