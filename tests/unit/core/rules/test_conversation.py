"""Talks: what is asked, when a report is made, when an operator reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.conversation import (
    Conversation,
    IncomingMessage,
    OperatorStep,
    QuestionStep,
    ReplyStep,
    ReportStep,
    advance,
    language_of,
)
from siaga_core.rules.geometry import LatLon

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SPOT = LatLon(lat=-6.2, lon=106.8)


def message(text: str, *, category: str | None = None, spot: LatLon | None = None, minutes: int = 0) -> IncomingMessage:
    return IncomingMessage(
        source_id=f"m{minutes}",
        at=NOW + timedelta(minutes=minutes),
        text=text,
        words=text.lower().split(),
        category=category,
        spot=spot,
        place_name="Tebet" if spot else None,
        is_over=False,
    )


def begun(*message: IncomingMessage) -> Conversation:
    dialogue: Conversation | None = None
    for one in message:
        dialogue, _ = advance(dialogue, one)
    assert dialogue is not None
    return dialogue


def test_a_whole_message_is_a_report_at_once() -> None:
    dialogue, step = advance(None, message("banjir di tebet", category="flooding", spot=SPOT))
    assert dialogue is None
    assert isinstance(step, ReportStep)
    assert (step.category, step.spot, step.dialogue.texts) == ("flooding", SPOT, ("banjir di tebet",))


@pytest.mark.parametrize("is_place_first", [True, False])
def test_missing_details_are_requested_in_either_sequence(is_place_first: bool) -> None:
    what, where = message("banjir besar", category="flooding"), message("di tebet saja", spot=SPOT, minutes=1)
    first, second = (where, what) if is_place_first else (what, where)
    dialogue, step = advance(None, first)
    assert step == QuestionStep(missing="category" if is_place_first else "place")
    dialogue, step = advance(dialogue, second)
    assert dialogue is None
    assert isinstance(step, ReportStep)
    assert step.dialogue.began_at == NOW
    assert step.dialogue.source_id == first.source_id


def test_after_two_questions_an_operator_reads() -> None:
    dialogue = begun(message("banjir besar", category="flooding"), message("di sini pak", minutes=1))
    conversation_after, step = advance(dialogue, message("rumah saya pak", minutes=2))
    assert conversation_after is None
    assert isinstance(step, OperatorStep)
    assert step.dialogue.texts == ("banjir besar", "di sini pak", "rumah saya pak")


def test_a_conversation_that_was_quiet_for_hours_has_ended() -> None:
    dialogue = begun(message("banjir besar", category="flooding"))
    assert isinstance(advance(dialogue, message("di tebet", spot=SPOT, minutes=119))[1], ReportStep)
    assert isinstance(advance(dialogue, message("di tebet", spot=SPOT, minutes=120))[1], ReportStep)
    again, step = advance(dialogue, message("di tebet", spot=SPOT, minutes=121))
    assert step == QuestionStep(missing="category")
    assert again == Conversation(
        source_id="m121", began_at=NOW + timedelta(minutes=121), last_message_at=NOW + timedelta(minutes=121),
        language="id",
        texts=("di tebet",), spot=SPOT, place_name="Tebet", questions=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STATUS 1001", ReplyStep(what="status", number=1001)),
        ("status #7", ReplyStep(what="status", number=7)),
        ("status ##7", ReplyStep(what="status", number=7)),
        ("status 123456789012", ReplyStep(what="status", number=123_456_789_012)),
        ("status #23456789012", ReplyStep(what="status", number=23_456_789_012)),
        ("status 1234567890123", QuestionStep(missing="category")),
        ("status X7", QuestionStep(missing="category")),
        *((word, ReplyStep(what="nothing_to_cancel")) for word in ("batal", "cancel", " STOP ")),
        *((word, ReplyStep(what="help")) for word in ("help", "Bantuan", "/start", "/help", "INFO")),
        ("p", ReplyStep(what="help")),
        ("status 99999999999999999999", QuestionStep(missing="category")),
        ("status ²", QuestionStep(missing="category")),
    ],
)
def test_commands(text: str, expected: ReplyStep | QuestionStep) -> None:
    assert advance(None, message(text))[1] == expected


def test_cancelling_ends_the_conversation_and_requesting_the_status_does_not() -> None:
    dialogue = begun(message("banjir besar", category="flooding"))
    assert advance(dialogue, message("STATUS 5", minutes=1)) == (dialogue, ReplyStep(what="status", number=5))
    assert advance(dialogue, message("BATAL", minutes=1)) == (None, ReplyStep(what="cancelled"))


def test_what_is_over_is_no_report() -> None:
    over = IncomingMessage(
        source_id="m", at=NOW, text="sudah surut", words=["sudah", "surut"], category=None, spot=SPOT, place_name="x",
        is_over=True,
    )  # fmt: skip
    assert advance(None, over) == (None, ReplyStep(what="over"))


def test_the_language_is_that_of_the_words_else_of_the_conversation() -> None:
    assert language_of(["the", "street", "is", "flooded"]) == "en"
    assert language_of(["jalan", "di", "depan", "rumah"]) == "id"
    assert language_of(["tebet"], "en") == "en"
    assert language_of([]) == "id"
    assert language_of(["tree", "water", "di", "air"], "en") == "en"
    assert language_of(["street"], "id") == "en"
    assert language_of(["jalan"], "en") == "id"


HELP_CONVERSATION = Conversation(source_id="m0", began_at=NOW, last_message_at=NOW, language="id")


@pytest.mark.parametrize("word", ["help", "bantuan", "/start", "/help", "info"])
def test_help_is_given_in_the_middle_of_a_conversation(word: str) -> None:
    assert advance(HELP_CONVERSATION, message(word, minutes=1)) == (HELP_CONVERSATION, ReplyStep(what="help"))


def test_a_conversation_grows_by_each_message_in_any_sequence() -> None:
    first = message("the street is flooded", category="flooding", minutes=5)
    dialogue: Conversation | None = begun(first)
    assert dialogue == Conversation(
        source_id="m5", began_at=first.at, last_message_at=first.at, language="en", texts=("the street is flooded",),
        category="flooding", questions=1,
    )  # fmt: skip
    dialogue, _ = advance(dialogue, message("  pohon besar  ", category="fallen_tree", minutes=3))
    assert dialogue == Conversation(
        source_id="m5", began_at=NOW + timedelta(minutes=3), last_message_at=first.at, language="en",
        texts=("the street is flooded", "pohon besar"), category="flooding", questions=2,
    )  # fmt: skip
    conversation_after, step = advance(dialogue, message("   ", spot=SPOT, minutes=9))
    assert conversation_after is None
    assert isinstance(step, ReportStep)
    assert step.dialogue.texts == ("the street is flooded", "pohon besar")
    assert (step.dialogue.last_message_at, step.dialogue.place_name, step.dialogue.spot) == (
        NOW + timedelta(minutes=9),
        "Tebet",
        SPOT,
    )


def test_a_spot_may_be_corrected_and_retains_its_name() -> None:
    other = replace(message("bukan, di pluit", minutes=1), spot=LatLon(lat=-6.1, lon=106.7), place_name="Pluit")
    dialogue = begun(message("rumah pak rt", spot=SPOT), other)
    assert (dialogue.spot, dialogue.place_name) == (other.spot, "Pluit")
    named_only = replace(message("banjir", category="flooding", minutes=2), place_name="Menteng")
    _, step = advance(dialogue, named_only)
    assert isinstance(step, ReportStep)
    assert (step.spot, step.dialogue.place_name) == (other.spot, "Pluit")


def test_six_messages_are_read_by_an_operator_even_without_a_question() -> None:
    five = replace(HELP_CONVERSATION, texts=("satu", "dua", "tiga", "empat"))
    dialogue, step = advance(five, message("lima kata", minutes=1))
    assert step == QuestionStep(missing="category")
    assert dialogue is not None
    dialogue, step = advance(replace(dialogue, questions=0), message("enam kata", minutes=2))
    assert (dialogue, type(step)) == (None, OperatorStep)
