"""Extracts the words of a mail that its sender wrote anew, without markup, quoted mails, signatures and closings."""

from __future__ import annotations

import re
from typing import Final

import html2text

MAX_HTML: Final = 200_000
MAX_LINES: Final = 2000
CLOSING_LINES: Final = 6

# Where a quoted mail begins. Each is looked for in one line, or two where a client has broken it.
_QUOTED: Final = re.compile(
    r"^(?:"
    r"(?:on|pada|tanggal|el|le|am)\b.{5,200}\b(?:wrote|menulis|menuliskan)\s*:"
    r"|\d{1,2}[./ -].{5,150}\b(?:wrote|menulis)\s*:"
    r"|.{3,120}\b(?:wrote|menulis)\s*:$"
    r"|-{2,}\s*(?:original message|pesan asli|forwarded message|pesan (?:yang )?diteruskan)\s*-{2,}"
    r"|begin forwarded message:|mulai pesan (?:yang )?diteruskan:"
    r"|_{20,}$"
    r")",
    re.IGNORECASE,
)
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
    """Return what is left after quoted mails, the signature and the closing are cut."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:MAX_LINES]]
    selected = _before_signature(_before_quote(lines))
    own_lines = [line for line in selected if not line.lstrip().startswith(">")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_before_closing(own_lines))).strip()


def _before_quote(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        found = line.strip()
        together = f"{found} {lines[at + 1].strip()}" if at + 1 < len(lines) else found
        if _QUOTED.match(found[:250]) or (_DATED.match(found) and _QUOTED.match(together[:250])):
            return lines[:at]
        if _HEADER.match(found) and sum(bool(_HEADER.match(one.strip())) for one in lines[at : at + 6]) >= 3:
            return lines[:at]
    return lines


def _before_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line in ("--", "-- ") or _DEVICE.match(line.strip()):
            return lines[:at]
    return lines


def _before_closing(lines: list[str]) -> list[str]:
    """A closing counts near the end alone, and never where nothing would be left."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for at in filled[-CLOSING_LINES:]:
        if _CLOSING.match(lines[at].strip()) and any(one < at for one in filled):
            return lines[:at]
    return lines
