"""What is left of a mail when quotes, signatures and closings are cut, in Indonesian and English."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from siaga_cloud.channels.sources.mail_text import from_html, own_words

WORDS = "Banjir selutut di Kampung Melayu."


@pytest.mark.parametrize(
    "rest",
    [
        "On Tue, 3 Feb 2026 at 10:01, Siaga <siaga@example.org> wrote:\n> Di mana?",
        "On Tue, 3 Feb 2026 at 10:01, Siaga\n<siaga@example.org> wrote:\n> Di mana?",
        "Pada tanggal Sel, 3 Feb 2026 pukul 10.01 Siaga <siaga@example.org> menulis:\n> Di mana?",
        "Pada Sel, 3 Feb 2026 10.01, Siaga <siaga@example.org>\nmenulis:\n\n> Di mana?",
        "3 Februari 2026 10:01, Siaga <siaga@example.org> menulis:\nDi mana?",
        "-----Original Message-----\nFrom: Siaga\nDi mana?",
        "----- Pesan Asli -----\nDari: Siaga\nDi mana?",
        "Dari: Siaga <siaga@example.org>\nDikirim: Selasa 3 Februari\nKepada: Budi\nPerihal: Laporan\n\nDi mana?",
        "From: Siaga <siaga@example.org>\nSent: Tuesday\nTo: Budi\nSubject: Report\n\nWhere?",
        "________________________________\nFrom: Siaga",
        "> Di mana?\n> Balas dengan nama jalan",
        "-- \nBudi Santoso\nKetua RT 03\n0812-0000-0001",
        "--\nBudi",
        "Dikirim dari iPhone saya",
        "Sent from my Samsung Galaxy smartphone.",
        "Get Outlook for Android",
        "Dapatkan Outlook untuk iOS",
        "Hormat saya,\nBudi Santoso\nJl. Jatinegara Barat 4",
        "Salam,\nBudi",
        "Terima kasih banyak,\nBudi",
        "Best regards,\n\nBudi Santoso\nPT Maju",
        "Thanks,\nBudi\n\nDikirim dari iPhone saya",
    ],
)
def test_only_the_senders_own_new_words_are_left(rest: str) -> None:
    assert own_words(f"{WORDS}\n\n{rest}") == WORDS
    assert own_words(f"{WORDS}\r\n\r\n{rest}".replace("\n", "\r\n")) == WORDS


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        "Dari: halte sampai pasar banjir.",
        "Terima kasih",
        "Pak RT menulis surat tetapi sampah belum diangkut di Tebet.",
        "Lampu mati.\n\nSudah tiga hari.\n\nMohon dicek.",
        "Tolong -- jalan rusak di depan pasar.",
    ],
)
def test_what_only_looks_like_an_end_remains(text: str) -> None:
    assert own_words(text) == text


def test_an_answer_between_the_quoted_lines_is_stored() -> None:
    assert own_words("> Di mana?\nDi Kampung Melayu\n> Apa?\nBanjir") == "Di Kampung Melayu\nBanjir"


# The shapes of the corpus of Zapier's email-reply-parser, by the name of its file, with words of our own.
CORPUS = json.loads((Path(__file__).parents[2] / "data" / "mail" / "replies.json").read_text("utf-8"))
LINE = "Di depan pasar, dekat jembatan."


@pytest.mark.parametrize("mail", CORPUS, ids=lambda mail: mail["shape"])
def test_the_corpus_of_email_reply_parser(mail: dict[str, str]) -> None:
    assert own_words(mail["text"]) == mail["own_words"]
    assert own_words(mail["text"].replace("\n", "\r\n")) == mail["own_words"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Pada Sel, 3 Feb 2026 10.01, Siaga <siaga@example.org> menulis:\n\n> Di mana?\n\n{LINE}", LINE),
        (f"> Apa?\n{WORDS}\n> Di mana?\n{LINE}\n\nSalam,\nBudi", f"{WORDS}\n{LINE}"),
        (f"{WORDS}\n\n3 Februari 2026 10:01, Siaga menulis:\nDi mana?\n\nBalas ke sini.", WORDS),
    ],
)
def test_an_answer_below_the_quote_is_stored(text: str, expected: str) -> None:
    assert own_words(text) == expected


def test_html_becomes_words_and_its_quote_is_cut() -> None:
    markup = (
        "<style>p {color: red}</style><script>alert(1)</script>"
        "<p>Banjir di <b>Kampung&nbsp;Melayu</b><br>Jl. Raya No. 5</p>"
        "<blockquote>Di mana?</blockquote><img src='http://tracker.example/x.gif'>"
    )
    assert own_words(from_html(markup)).replace("\xa0", " ") == "Banjir di Kampung Melayu\nJl. Raya No. 5"


def test_no_text_needs_long() -> None:
    began = time.process_time()
    for text in ("on " * 60_000, "Re: " * 50_000, ">" * 200_000, "-" * 200_000, "a wrote" * 30_000, "\n" * 200_000):
        own_words(text)
        own_words("\n".join([text[:400]] * 400))
    assert time.process_time() - began < 5
