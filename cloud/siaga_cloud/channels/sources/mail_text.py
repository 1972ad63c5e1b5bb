"""Extracts the words of a mail that its sender wrote anew, without markup, quoted mails, signatures and closings."""

from __future__ import annotations

import re
from typing import Final

import html2text

MAX_HTML: Final = 200_000
MAX_LINES: Final = 2000
CLOSING_LINES: Final = 6
MAX_INTRODUCTION: Final = 3
MAX_DEVICE_WORDS: Final = 9

# How a quoted mail is introduced. Each is looked for in one line, or three where a client has broken it.
_INTRODUCED: Final = re.compile(
    r"^(?:"
    r"(?:on|pada|tanggal|el|le|am)\b.{5,200}\b(?:wrote|menulis|menuliskan)\s*:"
    r"|\d{1,2}[./ -].{5,150}\b(?:wrote|menulis)\s*:"
    r"|.{3,120}\b(?:wrote|menulis)\s*:$"
    r")",
    re.IGNORECASE,
)
# What everything below belongs to another mail.
_SEPARATED: Final = re.compile(
    r"^(?:"
    r"-{2,}\s*(?:original message|pesan asli|forwarded message|pesan (?:yang )?diteruskan)\s*-{2,}"
    r"|begin forwarded message:|mulai pesan (?:yang )?diteruskan:"
    r"|_{20,}$"
    r")",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"^\s*[-_=*]{3,}\s*$")
# How the line begins that a client may have broken in two.
_DATED: Final = re.compile(r"^(?:on|pada|tanggal|\d{1,2}[./ -])", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"^\*{0,2}(?:from|dari|sent|dikirim|to|kepada|subject|perihal|subjek|date|tanggal)\*{0,2}\s*:", re.IGNORECASE
)
_DEVICE: Final = re.compile(
    r"^(?:sent from (?:my )?|dikirim dari |terkirim dari |get outlook for |dapatkan outlook untuk |kirim dari )",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"^(?:(?:best|kind|warm)? ?regards|sincerely|cheers|many thanks|thanks|thank you|hormat (?:kami|saya)"
    r"|salam(?: hormat)?|terima ?kasih(?: banyak)?|demikian.{0,60}|wassalam\S*|tks|trims|makasih)\W*$",
    re.IGNORECASE,
)


def from_html(markup: str) -> str:
    """Return the text of HTML; quoted parts come out behind >, images and addresses of links are left out."""
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_links = reader.ignore_images = reader.ignore_emphasis = reader.ignore_tables = True
    reader.unicode_snob = True
    text = reader.handle(markup[:MAX_HTML])
    return re.sub(r"\\([.#()+*_-])", r"\1", text)


def own_words(text: str) -> str:
    """Return what is left after quoted mails, the signature and the closing are cut. What stands between and below
    quoted lines is the sender's own, as long as the quote is marked by >.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:MAX_LINES]]
    own_lines = _before_closing(_before_signature(_without_quotes(lines)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(own_lines)).strip()


def _without_quotes(lines: list[str]) -> list[str]:
    """Return the lines without those that are marked as quoted, up to where another mail begins that is not marked."""
    own: list[str] = []
    at = 0
    while at < len(lines):
        length = _introduction(lines, at)
        if length and not _is_marked(lines, at + length):
            break
        if _begins_another(lines, at):
            return _without_rules(own)
        if not length and not lines[at].lstrip().startswith(">"):
            own.append(lines[at])
        at += length or 1
    return own


def _introduction(lines: list[str], at: int) -> int:
    """Return how many lines introduce a quote here; 0 where none does."""
    found = lines[at].strip()
    if _INTRODUCED.match(found[:250]):
        return 1
    if not _DATED.match(found):
        return 0
    lengths = range(2, min(MAX_INTRODUCTION, len(lines) - at) + 1)
    joined = ((length, " ".join(line.strip() for line in lines[at : at + length])) for length in lengths)
    return next((length for length, text in joined if _INTRODUCED.match(text[:250])), 0)


def _is_marked(lines: list[str], at: int) -> bool:
    """Return whether the next filled line is quoted by >."""
    filled = next((line for line in lines[at:] if line.strip()), "")
    return filled.lstrip().startswith(">")


def _begins_another(lines: list[str], at: int) -> bool:
    found = lines[at].strip()
    if _SEPARATED.match(found[:250]):
        return True
    return bool(_HEADER.match(found)) and sum(bool(_HEADER.match(one.strip())) for one in lines[at : at + 6]) >= 3


def _without_rules(lines: list[str]) -> list[str]:
    """Return the lines without the rule that a client draws above another mail."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.match(lines[end - 1])):
        end -= 1
    return lines[:end]


def _before_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line in ("--", "-- ") or _is_device(line.strip()):
            return lines[:at]
    return lines


def _is_device(line: str) -> bool:
    """Return whether a line names the sender's device; a longer one is a sentence that begins like it."""
    return bool(_DEVICE.match(line)) and len(line.split()) <= MAX_DEVICE_WORDS


def _before_closing(lines: list[str]) -> list[str]:
    """A closing counts near the end alone, and never where nothing would be left."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for at in filled[-CLOSING_LINES:]:
        if _CLOSING.match(lines[at].strip()) and any(one < at for one in filled):
            return lines[:at]
    return lines
